"""Rules of another revision of a repository: git:REVISION:PATH."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from engine.errors import UsageError

__all__ = ["PREFIX", "at_hand"]

PREFIX = "git:"


@contextmanager
def at_hand(paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The same paths, those of a revision as folders that are there while the block lasts. Raises UsageError."""
    with ExitStack() as stack:
        yield tuple(_taken(path, stack) if path.startswith(PREFIX) else path for path in paths)


def _taken(said: str, stack: ExitStack) -> str:
    revision, colon, path = said.removeprefix(PREFIX).partition(":")
    if not revision or not colon or not path or revision.startswith("-"):
        raise UsageError(f'"{said}" names no revision and path', hint="git:main:rules, git:v1.2:rules/aws")
    # Of a path in another folder, its repository is asked.
    folder, name = (os.path.dirname(os.path.abspath(path)), os.path.basename(os.path.abspath(path)))
    while not os.path.isdir(folder):
        folder, above = os.path.split(folder)
        name = f"{above}/{name}"
    try:
        done = subprocess.run(  # noqa: S603 -- no shell, and a revision does not begin with a dash
            ["git", "archive", "--format=tar", revision, "--", name],  # noqa: S607
            cwd=folder, capture_output=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror or error}", hint="install it, or name a folder") from None
    if done.returncode != 0:
        why = " ".join(done.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
        raise UsageError(f'"{said}" cannot be read: {why}', hint="git log --oneline -- PATH shows its revisions")
    made = stack.enter_context(tempfile.TemporaryDirectory(prefix="detect-"))
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(made, filter="data")
    return os.path.join(made, name)
