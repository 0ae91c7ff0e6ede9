"""Python's garbage collector, which a scan needs seldom: what it makes has no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["calm", "calmed"]


def calm() -> None:
    """Let the collector look seldom, and not at what is there already: rules, which stay."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


@contextmanager
def calmed() -> Iterator[None]:
    """The same until the end of a block or function, which puts back what was set before."""
    before = gc.get_threshold()
    calm()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
