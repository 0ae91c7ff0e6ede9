"""Which techniques of ATT&CK a rule set looks for, and which it could and does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.catalogue.attack import attack
from engine.model import Level
from engine.rules import Correlation, Rule, Ruleset

__all__ = ["Coverage", "covered", "layer", "levels", "parent", "plain"]

Tagged = Rule | Correlation

_PLATFORMS = {"aws": ["IaaS"], "windows": ["Windows"], "linux": ["Linux"], "macos": ["macOS"]}
_COLOR, _GAP = "#74c476", "#fc9272"


class Coverage(NamedTuple):
    """What a rule set looks for.

    rules       that are reported on their own, in the order of the set
    techniques  id -> rules that name it, or a retired id of it; in order of the ids
    tactics     name -> rules that name it; all that ATT&CK has, in order of the names
    gaps        techniques that the logs of these rules can show and no rule names; a technique above is named by the
                rules of its sub-techniques too
    within      how many the logs of these rules can show
    untagged    rules that name no technique
    unknown     tags that ATT&CK does not have
    products    of the rules
    """

    rules: tuple[Tagged, ...]
    techniques: dict[str, list[Tagged]]
    tactics: dict[str, list[Tagged]]
    gaps: list[str]
    within: int
    untagged: list[Tagged]
    unknown: list[str]
    products: list[str]


def parent(technique: str) -> str:
    """The technique above a sub-technique, or itself."""
    return technique.partition(".")[0]


def covered(ruleset: Ruleset, product: str | None = None) -> Coverage:
    """What the rules look for that are reported on their own; those that only correlations read do not count.

    product  only rules of it
    """
    known = attack()
    every: tuple[Tagged, ...] = (*ruleset.rules, *ruleset.correlations)
    rules = tuple(one for one in every if one.key not in ruleset.silent and product in (None, one.logsource.product))
    techniques: dict[str, list[Tagged]] = {}
    tactics: dict[str, list[Tagged]] = {tactic: [] for tactic in sorted(known.tactics)}
    unknown: set[str] = set()
    untagged: list[Tagged] = []
    for rule in rules:
        found = _named(rule.tags)
        for name in found & known.techniques:
            techniques.setdefault(name, []).append(rule)
        for name in found & known.tactics:
            tactics[name].append(rule)
        unknown |= found - known.techniques - known.tactics
        if not found & known.techniques:
            untagged.append(rule)
    products = [product] if product else sorted({rule.logsource.product for rule in rules if rule.logsource.product})
    wanted = _relevant(products)
    seen = {*techniques, *map(parent, techniques)}
    return Coverage(
        rules, dict(sorted(techniques.items())), tactics, sorted(wanted - seen), len(wanted), untagged,
        sorted(unknown), products,
    )  # fmt: skip


def _named(tags: Iterable[str]) -> set[str]:
    """The techniques and tactics of tags, under the names that they have today; of groups and software nothing."""
    known = attack()
    found = set()
    for tag in tags:
        space, _, name = tag.lower().partition(".")
        if space != "attack" or (name[:1] in "gs" and name[1:].isdigit()):
            continue
        name = name.upper() if name[:1] == "t" and name[1:2].isdigit() else name.replace("_", "-")
        found.add(known.retired.get(name) or name)
    return found


def _relevant(products: list[str]) -> frozenset[str]:
    """What the logs of these products can show: all there is where one of them has no list."""
    known = attack()
    if not products or any(product not in known.relevant for product in products):
        return known.techniques
    return frozenset().union(*(known.relevant[product] for product in products))


def plain(coverage: Coverage) -> dict[str, Any]:
    """The coverage as data; `version` tells of its shape."""
    return {
        "version": 1,
        "kind": "coverage",
        "attack": attack().version,
        "products": coverage.products,
        "rules": len(coverage.rules),
        "within": coverage.within,
        "techniques": [
            {"id": name, "rules": [_rule(rule) for rule in rules]} for name, rules in coverage.techniques.items()
        ],
        "tactics": {name: {"rules": len(rules), "levels": levels(rules)} for name, rules in coverage.tactics.items()},
        "gaps": coverage.gaps,
        "untagged": [_rule(rule) for rule in coverage.untagged],
        "unknown": coverage.unknown,
    }


def _rule(rule: Tagged) -> dict[str, Any]:
    return {"id": rule.id, "title": rule.title, "level": rule.level.name, "path": rule.path, "line": rule.line}


def levels(rules: Iterable[Tagged]) -> dict[str, int]:
    """How many rules there are of each level, the worst first; without those of which there is none."""
    count = dict.fromkeys(reversed(Level), 0)
    for rule in rules:
        count[rule.level] += 1
    return {level.name: number for level, number in count.items() if number}


def layer(coverage: Coverage) -> dict[str, Any]:
    """A layer of the ATT&CK Navigator, format 4.5: the score of a technique is how many rules name it.

    A gap has score 0. A technique above has an entry without a score where only its sub-techniques are named.
    """
    above = {parent(name) for name in coverage.techniques if "." in name}
    said: list[dict[str, Any]] = [
        {
            "techniqueID": name,
            "score": len(rules),
            "comment": "\n".join(f"{rule.title} ({rule.level.name})" for rule in rules),
            "enabled": True,
            "metadata": [{"name": "rule", "value": f"{rule.path}:{rule.line}"} for rule in rules],
            "showSubtechniques": name in above,
        }
        for name, rules in coverage.techniques.items()
    ]
    said += [
        {"techniqueID": name, "score": 0, "color": _GAP, "comment": "no rule", "enabled": True,
         "metadata": [], "showSubtechniques": False}
        for name in coverage.gaps
    ]  # fmt: skip
    said += [
        {"techniqueID": name, "enabled": True, "showSubtechniques": True}
        for name in sorted(above - {*coverage.techniques})
    ]
    platforms = sorted({one for product in coverage.products for one in _PLATFORMS.get(product, ())})
    most = max((len(rules) for rules in coverage.techniques.values()), default=1)
    return {
        "name": "detect coverage",
        "versions": {"attack": attack().version, "navigator": "4.9.1", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": f"{len(coverage.rules)} rules, {len(coverage.techniques)} techniques",
        **({"filters": {"platforms": platforms}} if platforms else {}),
        "sorting": 3,
        "hideDisabled": False,
        "techniques": said,
        "gradient": {"colors": ["#e5f5e0", _COLOR], "minValue": 0, "maxValue": max(most, 1)},
        "legendItems": [{"label": "no rule", "color": _GAP}, {"label": "rules", "color": _COLOR}],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }
