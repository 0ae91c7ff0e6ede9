"""Secrets: where one is, never what it is."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec

__all__ = ["Secret"]

LONGEST = 65_536


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`{env: NAME}` or `{file: PATH}`; the value is read when it is used and kept nowhere, no repr or pickle has it.

    env   name of an environment variable
    file  a file whose content it is, without the line break at its end
    """

    env: str | None = None
    file: Annotated[str, msgspec.Meta(extra={"path": True})] | None = None

    def __post_init__(self) -> None:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is {env: NAME} or {file: PATH}")

    def loose(self) -> str | None:
        """What is careless about how it is kept: its file can be read by everybody."""
        try:
            mode = os.stat(self.file).st_mode if self.file is not None and os.name == "posix" else 0
        except (OSError, ValueError):
            return None
        if not mode & 0o077:
            return None
        return f"others may read the file {self.file} (mode {mode & 0o777:o}); chmod 600 {self.file}"

    def reveal(self) -> str:
        """The value, read now. Raises ValueError, naming where it was looked for, when it is not there or empty."""
        if self.env is not None:
            value = os.environ.get(self.env, "")
            if not value:
                raise ValueError(f"the environment variable {self.env} is not set")
            return value
        try:
            with open(self.file or "", encoding="utf-8") as stream:
                value = stream.read(LONGEST).removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ValueError(f"the file {self.file} cannot be read: {said}") from None
        if not value:
            raise ValueError(f"the file {self.file} is empty")
        return value
