"""Where what goes on from run to run is kept: one module a kind of store.

A store holds what was read, windows, alerts and what is still to be sent. Everything that belongs together is written
in one transaction, so that a run which is killed leaves either all of it or nothing.
"""

from engine.stores._ledger import Entry, Ledger
from engine.stores._lock import Alone
from engine.stores._slots import Slots
from engine.stores.sqlite import Store

__all__ = ["Alone", "Entry", "Ledger", "Slots", "Store"]
