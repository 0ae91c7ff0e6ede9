"""Regular expressions that a plain text says better."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.finding import Found, Severity, check
from engine.check.subject import Item, Subject

_LITERAL = re.compile(r"(?:[\w\s\-/:,;=<>@#%&!\"'~`]|\\[^\w\s])+", re.ASCII).fullmatch
_ESCAPED = re.compile(r"\\(.)")
_ANY = r"(?:\.\*\??)?"
_WHOLE = re.compile(rf"(?P<start>\^?)(?P<before>{_ANY})(?P<text>.*?)(?P<after>{_ANY})(?P<end>\$?)", re.DOTALL).fullmatch


@check(Severity.note)
def plain_expression(subject: Subject) -> Iterator[Found]:
    """A regular expression that says no more than `contains`, `startswith`, `endswith` or a plain value.

    Plain text is read faster by people and by the engine, which looks for all of it in one pass. An expression heeds
    case unless it has the flag `i`, so the same needs `cased`.
    """
    for item in _expressions(subject):
        said = [_plain(str(value)) for _, value in item.values]
        modes = {mode for mode, _ in (one for one in said if one)}
        if None in said or len(modes) != 1:
            continue
        mode = modes.pop()
        rest = [name for name in item.modifiers if name not in ("re", "i", "m", "s")]
        words = [item.field or "", *([mode] if mode else []), *([] if item.has("i") else ["cased"]), *rest]
        texts = ", ".join(f'"{one[1]}"' for one in said[:3] if one) + (", …" if len(said) > 3 else "")
        yield Found("the expression is plain text", f'write "{"|".join(words)}:" {texts}', item.steps, key=True)


@check(Severity.note)
def loose_expression(subject: Subject) -> Iterator[Found]:
    """A regular expression with `.*` at its start or end, which does nothing: it is looked for anywhere anyway."""
    for item in _expressions(subject):
        for steps, value in item.values:
            found = _WHOLE(str(value))
            if found is None or _plain(str(value)) is not None:
                continue
            start, end = found["before"] and not found["end"], found["after"] and not found["start"]
            if (start or end) and found["text"] and not _dangling(found["text"]):
                where = "start and end" if start and end else "start" if start else "end"
                yield Found(f'the ".*" at the {where} of the expression does nothing', "remove it", steps)


def _expressions(subject: Subject) -> Iterator[Item]:
    """Items whose values are expressions as written, and nothing but text."""
    for item in subject.items:
        expressions = item.field is not None and item.has("re") and not item.has("expand", "m")
        if expressions and all(isinstance(value, str) for _, value in item.values):
            yield item


def _plain(expression: str) -> tuple[str, str] | None:
    """The modifier ("" for none) and the text that say the same, or None."""
    found = _WHOLE(expression)
    if found is None or not found["text"] or not _LITERAL(found["text"]):
        return None
    start = bool(found["start"]) and not found["before"]
    end = bool(found["end"]) and not found["after"]
    if start and end:
        mode = ""
    else:
        mode = "startswith" if start else "endswith" if end else "contains"
    return mode, _ESCAPED.sub(r"\1", found["text"])


def _dangling(text: str) -> bool:
    """Whether what is left may not stand alone: it ends in a backslash, or has an open bracket."""
    return text.endswith("\\") or "|" in text
