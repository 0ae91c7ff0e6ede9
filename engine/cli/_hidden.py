"""What nobody may read in a log or an answer of the service: the secrets that its configuration refers to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.config import Config

__all__ = ["Hidden"]


class Hidden:
    """Takes secrets out of texts: those of every configuration that it was ever told of.

    The parts of the service see to it that none is there to be taken out; this is for what they have overlooked.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []

    def learn(self, config: Config) -> None:
        """Take note of the secrets of a configuration, as far as they can be read now."""
        from engine.notifiers import secrets_of

        known = set(self._texts)
        for options in (*(each.options for each in config.notifiers.values()), config.settings):
            known.update(secrets_of(options))
        self._texts = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without them."""
        for each in self._texts:
            text = text.replace(each, "***")
        return text

    def values(self, more: Mapping[str, Any]) -> dict[str, object]:
        """The texts among some values without them."""
        return {name: self.text(value) if isinstance(value, str) else value for name, value in more.items()}
