"""One run at a time on a state file: two would both read what is new, and tell it twice."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import IO, Self

from engine.errors import InUse, Place, StoreError

__all__ = ["Alone"]


class Alone:
    """Holds a lock beside a state file until it is left, or the process ends however it does.

    The lock is on a file of its own, as SQLite would lose its locks when another handle of its file is closed, and it
    belongs to this process alone: workers that outlive it do not hold it. Raises StoreError where another run has it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._file = open(f"{self._path}.lock", "ab")  # open as long as the lock is held
            os.chmod(f"{self._path}.lock", 0o600)
            _lock(self._file)
        except BlockingIOError:
            self.__exit__(None, None, None)
            hint = "wait until it has ended, or give this one a state file of its own"
            raise InUse("is in use by another run", Place(self._path), hint) from None
        except OSError as error:
            fault = f"cannot be locked: {error.strerror or error}"
            raise StoreError(fault, Place(self._path), "name a file in a folder that can be written to") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except PermissionError:  # what some systems say for BlockingIOError
            raise BlockingIOError from None
