"""Files: a folder with everything below it, one file, or a glob.

Order is that of the refs, compared by their "/"-parts, so it is the same on every platform. Hidden files and folders
(".git", ".DS_Store") below the target are passed over silently; a symbolic link is followed, each real folder once.
What is neither file nor folder (a pipe, a socket, a device) is reported and never opened, because opening can block.
"""

from __future__ import annotations

import difflib
import errno
import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from threading import Event
from typing import BinaryIO

from engine.errors import UsageError
from engine.model import Blob, Problem
from engine.sources._dated import outside

__all__ = ["find", "news", "open"]

LOOK = 5.0
"""Seconds between two looks where nobody tells of changes."""

_GLOB = re.compile(r"[*?\[]")


def find(
    target: str, since: int | None = None, until: int | None = None, after: int | None = None
) -> Iterator[Blob | Problem]:
    """Yield what to read, in order of ref; refs are relative to the folder, or to the fixed part of the glob.

    target        a folder, a file or a glob ("logs/**/*.json.gz")
    since, until  microseconds; a file in the S3 layout is passed over ("out-of-range") when the date in its path, which
                  is that of delivery, lies more than a day outside
    after         not heeded: any file may have changed

    Raises UsageError when nothing is there.
    """
    if "\0" in target:
        raise UsageError(f'"{target}" cannot be a path', hint="a path holds no NUL character")
    target = os.path.expanduser(target)
    if os.path.isdir(target):
        found = _Walk(target).files()
    elif os.path.lexists(target):
        found = _named(target)
    elif _GLOB.search(target):
        found = _matching(target)
    else:
        raise UsageError(f'"{target}" does not exist', hint=_hint(target))
    for item in found:
        if isinstance(item, Blob) and (fault := outside(item.path.replace(os.sep, "/"), since, until)):
            yield Problem(item.ref, None, fault, False, "out-of-range")
        else:
            yield item


def open(blob: Blob) -> BinaryIO:
    """The stored bytes. Raises OSError, also where a pipe or device has taken the place of the file: it could block."""
    handle = os.open(blob.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", blob.path)
        return os.fdopen(handle, "rb", buffering=0)
    except BaseException:
        os.close(handle)
        raise


def news(target: str, stop: Event) -> Iterator[None]:
    """Yield when files have changed, a fifth of a second after the first change. Without watchfiles: every few seconds.

    The system tells of changes, which network file systems and some containers do not: what is not told of is found
    when it is time to scan.
    """
    try:
        from watchfiles import watch
    except ImportError:
        while not stop.wait(LOOK):
            yield
        return
    root = _watched(os.path.expanduser(target))
    while not stop.is_set():
        if not os.path.exists(root):
            stop.wait(LOOK)
            continue
        try:
            for _ in watch(
                root, stop_event=stop, debounce=200, step=50, ignore_permission_denied=True, watch_filter=_is_of_logs
            ):
                yield
        except OSError:  # it is gone, or there are more folders than the system watches
            stop.wait(LOOK)
            yield


def _is_of_logs(change: object, path: str) -> bool:
    """What SQLite writes beside a state file that stands among logs is no news: to scan for it would write it again."""
    return not path.endswith(("-wal", "-shm", "-journal"))


def _watched(target: str) -> str:
    """The folder or file that is watched for a target: of a glob its fixed part."""
    if os.path.lexists(target) or not _GLOB.search(target):
        return target
    parts = target.replace(os.sep, "/").split("/")
    fixed = next(index for index, part in enumerate(parts) if _GLOB.search(part))
    return "/".join(parts[:fixed]) or ("/" if target.startswith("/") else ".")


def _named(path: str) -> Iterator[Blob | Problem]:
    yield _blob(path, os.path.basename(path), True)


def _blob(path: str, ref: str, named: bool) -> Blob | Problem:
    """What one path is; the file may have gone since it was listed."""
    try:
        status = os.stat(path)
    except OSError as error:
        return Problem(ref, None, f"cannot be read: {error.strerror or error}", True, "unreadable")
    if not stat.S_ISREG(status.st_mode):
        return Problem(ref, None, f"is a {_kind(status.st_mode)}, not a file", named, "no-log")
    return Blob("files", _printable(ref), path, named, status.st_size, status.st_mtime_ns // 1_000)


def _kind(mode: int) -> str:
    tests = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISDIR, "folder"))
    return next((name for test, name in tests if test(mode)), "device")


def _printable(ref: str) -> str:
    """Names that are no UTF-8 come with surrogates, which no output can encode."""
    return ref.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Walk:
    """One folder, depth first, names in order of code points; a folder that several links lead to is walked once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._seen: set[tuple[int, int]] = set()

    def files(self, folder: str = "") -> Iterator[Blob | Problem]:
        path = os.path.join(self._root, folder) if folder else self._root
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in self._seen and status.st_ino:
                return
            self._seen.add((status.st_dev, status.st_ino))
            names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        except OSError as error:
            yield _unlisted(folder, error)
            return
        for name in names:
            ref = f"{folder}/{name}" if folder else name
            if os.path.isdir(os.path.join(self._root, ref)):
                yield from self.files(ref)
            else:
                yield _blob(os.path.join(self._root, ref), ref, False)


def _matching(pattern: str) -> Iterator[Blob | Problem]:
    """Files that a glob names; a folder it names is walked. "**" crosses folders; hidden names need to be spelled."""
    parts = pattern.replace(os.sep, "/").split("/")
    fixed = next(index for index, part in enumerate(parts) if _GLOB.search(part))
    root = "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else "")
    expanding = _Glob(root)
    wanted = set(expanding.refs("", _tidy(parts[fixed:])))
    yield from expanding.faults.values()
    if not wanted and not expanding.faults:
        raise UsageError(f'no file matches "{pattern}"', hint="quote the pattern, or name the folder instead")
    recursive = "**" in parts
    for ref in sorted(wanted, key=lambda ref: ref.split("/")):
        path = os.path.join(root, ref) if root else ref
        if not os.path.isdir(path):
            yield _blob(path, ref, False)
        elif not recursive:
            for item in _Walk(path).files():
                yield item._replace(ref=f"{ref}/{item.ref}")


class _Glob:
    """The refs below a folder that a pattern names. `glob.glob` runs in circles where links do, and hides faults."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._done: set[tuple[str, ...]] = set()
        self.faults: dict[str, Problem] = {}

    def refs(self, ref: str, parts: list[str]) -> Iterator[str]:
        """What the parts of a pattern name below `ref`, once: several "**" come to the same folder many times."""
        step = (ref, *parts)
        if step in self._done:
            return
        self._done.add(step)
        if not parts:
            yield ref
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            for folder in self._folders(ref, set()):
                yield from self.refs(folder, rest or ["*"])
        elif _GLOB.search(part):
            for name in self._names(ref):
                if fnmatch.fnmatch(name, part) and (part.startswith(".") or not name.startswith(".")):
                    yield from self.refs(_joined(ref, name), rest)
        elif os.path.lexists(os.path.join(self._root, ref, part)):
            yield from self.refs(_joined(ref, part), rest)

    def _folders(self, ref: str, seen: set[tuple[int, int]]) -> Iterator[str]:
        """A folder and all below it that are not hidden, each real folder once."""
        try:
            status = os.stat(os.path.join(self._root, ref) or ".")
        except OSError:
            return
        if not stat.S_ISDIR(status.st_mode) or (status.st_ino and (status.st_dev, status.st_ino) in seen):
            return
        seen.add((status.st_dev, status.st_ino))
        yield ref
        for name in self._names(ref):
            if not name.startswith("."):
                yield from self._folders(_joined(ref, name), seen)

    def _names(self, ref: str) -> list[str]:
        path = os.path.join(self._root, ref) or "."
        if not os.path.isdir(path):
            return []
        try:
            return sorted(os.listdir(path))
        except OSError as error:
            self.faults[ref] = _unlisted(ref, error)
            return []


def _tidy(parts: list[str]) -> list[str]:
    """The parts of a pattern that say something: of several "**" side by side one."""
    kept: list[str] = []
    for part in parts:
        if part not in ("", ".") and not (part == "**" and kept[-1:] == ["**"]):
            kept.append(part)
    return kept


def _joined(ref: str, name: str) -> str:
    return f"{ref}/{name}" if ref else name


def _unlisted(folder: str, error: OSError) -> Problem:
    fault = f"folder cannot be listed: {error.strerror or error}"
    return Problem(_printable(folder or "."), None, fault, True, "unreadable")


def _hint(target: str) -> str:
    folder, name = os.path.split(target.rstrip("/" + os.sep))
    try:
        names = os.listdir(folder or ".")
    except FileNotFoundError:
        return f'there is no folder "{folder}"'
    except OSError as error:
        return f'"{folder or "."}" cannot be listed: {error.strerror or error}'
    close = difflib.get_close_matches(name, names, n=1)
    return f'did you mean "{os.path.join(folder, close[0])}"?' if close else "check the path"
