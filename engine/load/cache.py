"""Compiled rulesets, kept between runs: safe to delete, safe to share between processes, never trusted when odd.

One entry a set of files: `<digest>.msgpack`, named by everything that decides what loading gives - the path and content
of each file, the versions of this engine, of pySigma and of jmespath. Written beside and renamed, so that nobody reads
half of one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import msgspec

from engine.errors import Place, RuleError
from engine.load.files import File
from engine.rules import Correlation, Derived, Rule, Ruleset
from engine.version import __version__

__all__ = ["Cache", "cache_for"]

KEEP = 20
_SHAPE = 5
"""Raised whenever what loading gives changes without the engine's version changing."""


_Rejected = tuple[str, tuple[str, int | None, int | None, int | None] | None, str | None, str | None, str | None]


class _Entry(msgspec.Struct, array_like=True):
    """What is stored: rules, errors as (fault, place, hint, rule, shown), warnings, derived fields, correlations.

    tables  path of every file that a derived field looks things up in -> digest of its content, "" if unreadable
    """

    rules: tuple[Rule, ...]
    rejected: tuple[_Rejected, ...]
    warnings: tuple[str, ...]
    derived: tuple[Derived, ...]
    tables: dict[str, str]
    correlations: tuple[Correlation, ...] = ()


def cache_for(files: Sequence[File], options: tuple[str, ...] = ()) -> Cache | None:
    """The entry for these files, whether it is there or not; None when no cache folder can be known."""
    folder = _folder()
    if folder is None:
        return None
    digest = hashlib.blake2b(digest_size=20)
    parsers = metadata.version("pysigma"), metadata.version("jmespath")
    words = (__version__, str(_SHAPE), *parsers, f"{sys.version_info[:2]}", *options)
    for text in words:
        _feed(digest, text.encode())
    for file in files:
        _feed(digest, file.path.encode())
        _feed(digest, b"named" if file.named else b"")
        _feed(digest, (file.fault or "").encode())
        _feed(digest, file.data)
    return Cache(folder / f"{digest.hexdigest()}.msgpack")


def _feed(digest: hashlib.blake2b, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)


def _folder() -> Path | None:
    named = os.environ.get("DETECT_CACHE_DIR")
    if named:
        return Path(named) / "rules"
    import platformdirs

    try:
        return Path(platformdirs.user_cache_dir("detect", appauthor=False)) / "rules"
    except (OSError, RuntimeError):  # no home directory
        return None


class Cache:
    """One entry. Whatever goes wrong with it costs time, never the run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Ruleset | None:
        """The ruleset, or None if there is none, or none that can be trusted."""
        try:
            data = self.path.read_bytes()
            check, body = data[:16], data[16:]
            if check != _check(body):
                return None
            entry = msgspec.msgpack.decode(body, type=_Entry)
        except (OSError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
            return None
        if any(_digest(path) != digest for path, digest in entry.tables.items()):
            return None
        with contextlib.suppress(OSError):
            os.utime(self.path)
        errors = (
            RuleError(fault, Place(*place) if place else None, hint, rule, shown)
            for fault, place, hint, rule, shown in entry.rejected
        )
        return Ruleset(entry.rules, tuple(errors), entry.warnings, entry.derived, entry.correlations)

    def write(self, ruleset: Ruleset, tables: dict[str, str]) -> None:
        """Store it, and drop the oldest of more than KEEP entries."""
        errors = tuple(
            (error.fault, tuple(error.place) if error.place else None, error.hint, error.rule, error.shown)
            for error in ruleset.rejected
        )
        try:
            entry = _Entry(ruleset.rules, errors, ruleset.warnings, ruleset.derived, tables, ruleset.correlations)  # type: ignore[arg-type]
            body = msgspec.msgpack.encode(entry)
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self.path, _check(body) + body)
            _prune(self.path.parent)
        except (OSError, ValueError, TypeError, RecursionError):
            return


def _digest(path: str) -> str:
    """The digest of a table's file, as `Definitions.tables` has it."""
    from engine.load.tables import TableFault, read_table

    try:
        return hashlib.sha256(read_table(path)).hexdigest()
    except TableFault:
        return ""


def _check(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _replace(path: Path, data: bytes) -> None:
    handle, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _prune(folder: Path) -> None:
    """Another process may be pruning too, so a file that is gone already is fine."""
    aged = []
    for path in [*folder.glob("*.msgpack"), *folder.glob(".*.part")]:
        with contextlib.suppress(OSError):
            aged.append((path.stat().st_mtime, path))
    for _, path in sorted(aged, reverse=True)[KEEP:]:
        with contextlib.suppress(OSError):
            path.unlink()
