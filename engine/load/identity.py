"""Which rules are the same: by id, else name, else content."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from engine.errors import Place, RuleError

__all__ = ["Known", "content"]


def content(document: dict[str, Any]) -> str:
    """A digest of everything a document says, however it is laid out; 32 hex digits."""
    text = json.dumps(document, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Known:
    """The keys of a load so far, each with where it was first seen and with which content."""

    def __init__(self, noun: str = "rule") -> None:
        self.noun = noun
        self.first: dict[str, tuple[str, Place]] = {}

    def add(self, key: str, digest: str, place: Place, title: str) -> bool:
        """Whether the rule is new; False for the same again. Raises RuleError when the key means something else."""
        if key not in self.first:
            self.first[key] = (digest, place)
            return True
        digest_before, before = self.first[key]
        if digest == digest_before:
            return False
        raise RuleError(
            f"the same id as the {self.noun} at {before}, with other content: {key}",
            place,
            "give one of them an id of its own",
            title,
        )
