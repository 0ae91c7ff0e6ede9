"""Where each value of a configuration was written: a line of the file, a variable, or nowhere."""

from __future__ import annotations

from typing import Any

from engine.errors import Place
from engine.load.documents import Document, place_of
from engine.options import Steps

__all__ = ["Origins"]


class Origins:
    """Knows the file and the variables that a configuration was read from.

    path       of the file; None where there is none
    document   what is in it; None where it is empty
    variables  keys that lead to a value -> the environment variable that set it
    """

    def __init__(self, path: str | None, document: Document | None, variables: dict[Steps, str]) -> None:
        self.path = path
        self._document = document
        self._variables = variables

    def place(self, steps: Steps, *, key: bool = False) -> Place:
        """Where a value, or its key, was written; of what was not, the nearest thing above it."""
        variable = self._variable(steps)
        if variable is None and not self._written(steps):
            variable = next((name for at, name in self._variables.items() if at[: len(steps)] == steps), None)
        if variable is not None:
            return Place(variable)
        if self.path is None:
            return Place("the configuration")
        if self._document is None:
            return Place(self.path)
        return Place(self.path, *place_of(self._document.node, steps, key=key))

    def origin(self, steps: Steps) -> str:
        """Where a value is from, for people: "detect.yml:4", a variable, or "default"."""
        if variable := self._variable(steps):
            return variable
        if self._document is None or not self._written(steps):
            return "default"
        return f"{self.path}:{place_of(self._document.node, steps, key=True)[0]}"

    def _variable(self, steps: Steps) -> str | None:
        for length in range(len(steps), 0, -1):
            if found := self._variables.get(steps[:length]):
                return found
        return None

    def _written(self, steps: Steps) -> bool:
        """Whether the file says something there, be it by an alias."""
        here: Any = self._document.value if self._document else None
        for step in steps:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return False
        return here is not None
