"""Where what goes on from run to run is kept: one module a kind of store.

A store holds what was read, windows, alerts and what is still to be sent. Everything that belongs together is written
in one transaction, so that a run which is killed leaves either all of it or nothing.
"""

from engine.stores._exported import empty, export, refill, restore, tables
from engine.stores._ledger import Aside, Entry, Ledger
from engine.stores._lock import Alone
from engine.stores._slots import Slots
from engine.stores._where import alone, held, is_server, open_store, owned
from engine.stores.sqlite import Store

__all__ = [
    "Alone",
    "Aside",
    "Entry",
    "Ledger",
    "Slots",
    "Store",
    "alone",
    "empty",
    "export",
    "held",
    "is_server",
    "open_store",
    "owned",
    "refill",
    "restore",
    "tables",
]
