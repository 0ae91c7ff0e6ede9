"""Environment variables over the file: DETECT__LIMITS__WORKERS=2 is `limits: {workers: 2}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.errors import Place, UsageError
from engine.load.documents import Unreadable, documents
from engine.options import Steps

__all__ = ["PREFIX", "Override", "overrides", "put"]

PREFIX = "DETECT__"


class Override(NamedTuple):
    """One variable: which, the words after DETECT, and its value as YAML has it."""

    variable: str
    words: tuple[str, ...]
    value: Any


def overrides(environ: Mapping[str, str]) -> tuple[list[Override], list[UsageError]]:
    """The variables that stand over the file, in order of their names, and what is wrong with others."""
    found, wrong = [], []
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        words = tuple(variable.removeprefix(PREFIX).split("__"))
        if not all(words):
            fault = "the name of the variable has an empty part"
            wrong.append(UsageError(fault, Place(variable), "write DETECT__SECTION__KEY"))
            continue
        try:
            found.append(Override(variable, words, _value(environ[variable])))
        except Unreadable as error:
            wrong.append(UsageError(error.fault, Place(variable), "quote it, as in YAML"))
    return found, wrong


def put(data: dict[str, Any], override: Override) -> Steps:
    """Put a value into the data, and say where.

    A word is a key in lower case, or one that is there and differs from it in case and hyphens alone; in a list it is
    the number of a member, from 0. Raises UsageError where nothing can be put.
    """
    here: Any = data
    steps: list[str | int] = []
    for index, word in enumerate(override.words):
        if isinstance(here, list):
            step: str | int = _member(here, word, override)
        elif isinstance(here, dict):
            step = next(_same(here, word), word.lower())
        else:
            raise UsageError(f"there is nothing in {'.'.join(map(str, steps))} to set", Place(override.variable))
        steps.append(step)
        if index == len(override.words) - 1:
            here[step] = override.value
        else:
            if isinstance(here, dict) and here.get(step) is None:
                here[step] = {}
            here = here[step]
    return tuple(steps)


def _member(values: list[Any], word: str, override: Override) -> int:
    if word.isascii() and word.isdigit() and int(word) <= len(values):
        if int(word) == len(values):
            values.append({})
        return int(word)
    fault = f'"{word}" is no number of a member from 0 to {len(values)}, which would be a new one'
    raise UsageError(fault, Place(override.variable))


def _same(known: dict[str, Any], word: str) -> Iterator[str]:
    wanted = word.lower().replace("-", "_")
    return (key for key in known if isinstance(key, str) and key.lower().replace("-", "_") == wanted)


def _value(text: str) -> Any:
    found = list(documents(text.encode("utf-8", "surrogatepass")))
    if len(found) > 1:
        raise Unreadable("more than one YAML document")
    if found and found[0].faults:
        raise Unreadable(found[0].faults[0].fault)
    return plain(found[0].value) if found else None


def plain(value: Any) -> Any:
    """What YAML gives, with plain numbers, and nothing shared by aliases."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, float) else value
