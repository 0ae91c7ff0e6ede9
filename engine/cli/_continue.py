"""--state: the file that a run goes on from, and when what it prints has reached its reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from engine.config import Config
    from engine.runners.continuing import Continuing
    from engine.runners.retention import Keep
    from engine.stores import Store

__all__ = ["going_on", "kept_for", "stored"]


@contextmanager
def stored(path: str | None) -> Iterator[Store | None]:
    """The state file, for this run alone; None where there is none. Raises StoreError."""
    if path is None:
        yield None
        return
    from engine.stores import owned

    path = os.path.expanduser(path)
    with owned(path) as store:
        yield store


def going_on(
    store: Store | None,
    lateness: int | None,
    form: type[Any],
    stream: BinaryIO,
    also: Callable[[], None] = lambda: None,
    config: Config | None = None,
) -> Continuing | None:
    """How the run goes on from its store.

    Where every line is complete as it stands and goes straight to its reader, what was read is kept now and then while
    the run lasts; else at its end, when the output is in its place. `also` is called before anything is kept.
    `config` says how long things are remembered.
    """
    if store is None:
        return None
    from engine.runners.continuing import LATENESS, Continuing

    def flush() -> None:
        also()
        stream.flush()
        with suppress(OSError):  # a pipe cannot be synchronised
            os.fsync(stream.fileno())

    live = getattr(form, "lines", False) and getattr(stream, "direct", False)
    lateness = LATENESS if lateness is None else lateness
    return Continuing(store, lateness, flush if live else None, keep=kept_for(config))


def kept_for(config: Config | None) -> Keep:
    """How long things are remembered."""
    from engine.runners.retention import Keep

    if config is None:
        return Keep()
    said = config.settings.keep
    return Keep(int(said.files), int(said.reported), int(said.aside))
