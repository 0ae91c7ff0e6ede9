"""Which of the loaded rules are wanted, and what a rule needs of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from msgspec.structs import replace

from engine.errors import UsageError
from engine.model import Level, LogSource
from engine.rules import And, Const, Correlation, Expr, FieldRef, Not, Or, Rule, Ruleset, Search, Selection

__all__ = ["Needs", "called", "requirements", "select"]

_Words = Callable[[Rule | Correlation], list[str]]

_STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")


class Needs(NamedTuple):
    """What a rule reads: its logsource, and its fields in order of name; keywords read the whole event."""

    fields: tuple[str, ...]
    logsource: LogSource
    keywords: bool


def select(
    ruleset: Ruleset,
    *,
    level: str | None = None,
    status: Sequence[str] = (),
    tags: Sequence[str] = (),
    rules: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Ruleset:
    """The rules that meet every choice; what was rejected and warned of stays.

    level    "high" for that one, "high+" for it and worse, "high-" for it and milder
    status   any of these
    tags     any of these, as globs: "attack.t1078*"
    rules    any of these: id, name, title, or a glob over one of them, over the file's name, or with a "/" in it over
             its path
    exclude  none of these, given as for `rules`

    A correlation comes with all that it refers to.

    Case does not count. Raises UsageError for a word that is no level or status and for a pattern that no rule has.
    """
    wanted = _levels(level)
    statuses = {_status(word) for word in status}
    tag_tests = [_pattern(word, ruleset, _tags, "tag") for word in tags]
    chosen = [_pattern(word, ruleset, _names, "rule") for word in rules]
    excluded = [_pattern(word, ruleset, _names, "rule") for word in exclude]

    def keep(rule: Rule | Correlation) -> bool:
        return (
            rule.level in wanted
            and (not statuses or rule.status in statuses)
            and (not tag_tests or any(test(rule) for test in tag_tests))
            and (not chosen or any(test(rule) for test in chosen))
            and not any(test(rule) for test in excluded)
        )

    if not ruleset.correlations:
        return replace(ruleset, rules=tuple(rule for rule in ruleset.rules if keep(rule)))
    # What is only part of correlations comes with them, or where it is asked for by name.
    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    part = ruleset.silent
    asked = {one.key for one in every if keep(one) and (one.key not in part or any(test(one) for test in chosen))}
    for each in reversed(ruleset.correlations):
        if each.key in asked:
            asked.update(each.rules)
    return replace(
        ruleset,
        rules=tuple(rule for rule in ruleset.rules if rule.key in asked),
        correlations=tuple(each for each in ruleset.correlations if each.key in asked),
    )


def called(ruleset: Ruleset, word: str) -> frozenset[str]:
    """Keys of the rules and correlations that a word names, as `select` takes it; not of what they refer to.

    Raises UsageError when there is none.
    """
    test = _pattern(word, ruleset, _names, "rule")
    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    return frozenset(one.key for one in every if test(one))


def requirements(rule: Rule) -> Needs:
    """The fields and logsource that a rule needs to be able to fire."""
    fields: set[str] = set()
    keywords = False
    for selection in rule.selections.values():
        for predicate in _predicates(selection):
            if isinstance(predicate, Search):
                from engine.derived import roots  # and with it RE2, which most lists of rules do without

                fields |= roots(predicate.tree)
                continue
            field = predicate.field  # type: ignore[union-attr]
            keywords = keywords or field is None
            if field is not None:
                fields.add(field)
            if isinstance(predicate, FieldRef):
                fields.add(predicate.other)
    return Needs(tuple(sorted(fields)), rule.logsource, keywords)


def _predicates(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, (And, Or)):
        for arg in expr.args:
            yield from _predicates(arg)
    elif isinstance(expr, Not):
        yield from _predicates(expr.arg)
    elif not isinstance(expr, (Const, Selection)):
        yield expr


def _levels(word: str | None) -> frozenset[Level]:
    if word is None:
        return frozenset(Level)
    name = word.strip().lower()
    sign = name[-1:] if name[-1:] in ("+", "-") else ""
    name = name.removesuffix(sign) if sign else name
    if name not in Level.__members__:
        raise UsageError(f'"{word}" is no level', None, _near(name, list(Level.__members__)))
    one = Level[name]
    worse, milder = sign == "+", sign == "-"
    return frozenset(each for each in Level if each == one or (worse and each > one) or (milder and each < one))


def _status(word: str) -> str:
    name = word.strip().lower()
    if name not in _STATUSES:
        raise UsageError(f'"{word}" is no status', None, _near(name, _STATUSES))
    return name


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f'did you mean "{near[0]}"?' if near else "one of " + ", ".join(known)


def _names(rule: Rule | Correlation) -> list[str]:
    return [name for name in (rule.key, rule.id, rule.name, rule.title, rule.path) if name]


def _tags(rule: Rule | Correlation) -> list[str]:
    return list(rule.tags)


def _pattern(word: str, ruleset: Ruleset, words_of: _Words, what: str) -> Callable[[Rule | Correlation], bool]:
    """A test for rules that have the word, or a word the glob matches. Raises UsageError when none of them has."""
    lowered = word.lower()
    glob = any(mark in word for mark in "*?[")

    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]

    def test(rule: Rule | Correlation) -> bool:
        return any(name.lower() == lowered or (glob and _glob(name.lower(), lowered)) for name in words_of(rule))

    if not any(test(rule) for rule in every):
        known = {name.lower(): name for rule in every for name in words_of(rule)}
        near = [name for name in known if lowered in name][:1] or get_close_matches(lowered, known, n=1)
        hint = f'did you mean "{known[near[0]]}"?' if near else None
        raise UsageError(f'no {what} is called "{word}"', None, hint or '"detect rules" lists what is loaded')
    return test


def _glob(name: str, pattern: str) -> bool:
    """Whole name; of a path, any tail that starts at a folder, or for a pattern without "/" the file's name alone.

    Else a glob for titles, "CloudTrail*", would take every rule in a folder of that name.
    """
    if "/" not in pattern and name.endswith((".yml", ".yaml")):
        return fnmatchcase(name.rsplit("/", 1)[-1], pattern)
    return fnmatchcase(name, pattern) or ("/" in name and fnmatchcase(name, f"*/{pattern}"))
