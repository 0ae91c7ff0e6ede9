"""Tags that name what there is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from engine.catalogue.attack import attack
from engine.check.finding import Found, Severity, check
from engine.check.subject import Subject
from engine.load.collections import Kind

_TECHNIQUE = re.compile(r"t\d{4}(\.\d{3})?").fullmatch
_OTHER = re.compile(r"(g|s|m|ds|c|dc|det|an|ta)\d{4}(\.\d{3})?").fullmatch
"""Groups, software, mitigations and what else has a number there; which exist is not known here."""
_LIKE = re.compile(r"t\d+(\.\d*)?").fullmatch


def _attack(subject: Subject) -> Iterator[tuple[int, str]]:
    tags = subject.value.get("tags")
    for at, tag in enumerate(tags if isinstance(tags, list) else []):
        if isinstance(tag, str) and tag.lower().startswith("attack."):
            yield at, tag.lower().removeprefix("attack.")


@check(Severity.note)
def missing_tags(subject: Subject) -> Iterator[Found]:
    """A rule without a tag of ATT&CK: it is missing from every map of what is covered."""
    if subject.kind in (Kind.rule, Kind.native) and not any(_attack(subject)):
        yield Found("the rule names no tactic or technique of ATT&CK", 'add one: "attack.t1078.004"', ())


@check(Severity.warning)
def attack_tag(subject: Subject) -> Iterator[Found]:
    """A tag `attack.` with a tactic or technique that ATT&CK does not have, nor ever had.

    Known are those of the version that `detect check --list` names; of numbers after the last known one nothing is
    said, as they may be newer.
    """
    known = attack()
    for at, word in _attack(subject):
        name = word.replace("_", "-")
        if name in known.tactics or name in known.retired or name.upper() in known.retired or _OTHER(name):
            if name != word:
                yield Found(f'the tag "attack.{word}" is written otherwise', f'write "attack.{name}"', ("tags", at))
        elif _TECHNIQUE(name):
            technique = name.upper()
            if technique not in known.techniques and not known.beyond(technique):
                yield Found(f'ATT&CK has no technique "{technique}"', _above(technique), ("tags", at))
        elif _LIKE(name):
            yield Found(f'"attack.{word}" is no technique', 'write "attack.t1078" or "attack.t1078.004"', ("tags", at))
        else:
            near = get_close_matches(name, known.tactics, n=1)
            hint = f'did you mean "attack.{near[0]}"?' if near else f"tactics are {', '.join(sorted(known.tactics))}"
            yield Found(f'ATT&CK has no tactic "{word}"', hint, ("tags", at))


@check(Severity.note)
def attack_tag_retired(subject: Subject) -> Iterator[Found]:
    """A tag with a tactic or technique that ATT&CK had once; what took its place is in the hint."""
    known = attack()
    for at, word in _attack(subject):
        retired = word if word in known.retired else word.upper()
        if retired in known.retired:
            new = known.retired[retired]
            if retired == "defense-evasion":
                hint = "stealth or defense-impairment"
            else:
                hint = f'it is "attack.{new.lower()}" now' if new else "it was taken out, or split"
            yield Found(f"{retired} is not in ATT&CK {known.version} any more", hint, ("tags", at))


def _above(technique: str) -> str:
    above = technique.partition(".")[0]
    known = attack()
    if above != technique and (above in known.techniques or above in known.retired):
        subs = sorted(one.partition(".")[2] for one in known.techniques if one.startswith(f"{above}."))
        return f"{above} has {', '.join(subs)}" if subs else f"{above} has no sub-techniques"
    return "see attack.mitre.org"
