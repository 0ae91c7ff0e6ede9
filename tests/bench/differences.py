"""Which matches of two engines differ, and why: selection by selection, on one example of each rule and side.

Ours is judged by the oracle of the tests, theirs by rsigma's own `engine explain`. Examples with the same cause are one
group: the same kinds of test in the selection the two disagree on.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rsigma import Rsigma
from subject import Hit

from engine.load import load
from tests import oracle


class Group(NamedTuple):
    """Differences of one cause.

    side     who fired: "ours" or "theirs"
    cause    what the two disagree on
    rules    ids of the rules concerned
    matches  how many (rule, event)
    example  one of them, in words
    """

    side: str
    cause: str
    rules: tuple[str, ...]
    matches: int
    example: str


def compare(
    ours: set[Hit], theirs: set[Hit], events: Mapping[str, dict[str, Any]], rules: Path, rsigma: Rsigma, work: Path
) -> list[Group]:
    """Groups of differing matches, most first; one example of each rule and side is looked into."""
    files = {rule.id: rule for rule in load([rules]).rules}
    found: dict[tuple[str, str], tuple[list[str], int, str]] = {}
    for side, only in (("ours", ours - theirs), ("theirs", theirs - ours)):
        by_rule: dict[str, list[str]] = defaultdict(list)
        for hit in sorted(only):
            by_rule[hit.rule].append(hit.event)
        for rule_id, ids in by_rule.items():
            rule = files.get(rule_id)
            if rule is None:
                cause, example = "we did not load the rule", f"rule {rule_id}"
            else:
                cause, example = _why(rule, ids[0], events[ids[0]], rsigma, work)
            known, matches, first = found.get((side, cause), ([], 0, example))
            found[side, cause] = ([*known, rule_id], matches + len(ids), first)
    groups = [Group(*key, tuple(known), matches, example) for key, (known, matches, example) in found.items()]
    return sorted(groups, key=lambda group: -group.matches)


def _why(rule: Any, event_id: str, event: dict[str, Any], rsigma: Rsigma, work: Path) -> tuple[str, str]:
    """The cause in a word or two, and the example with it."""
    where = work / "event.json"
    where.write_text(json.dumps(event, ensure_ascii=False), encoding="utf-8")
    trace = rsigma.explain(where, Path(rule.path), rule.id)
    ours = oracle.selections(rule, event)
    about = f'"{rule.title}" ({rule.id}) on event {event_id}'
    for selection in _find(trace, "name"):
        name = selection["name"]
        if name in ours and ours[name] != selection["matched"]:
            items = list(_find(selection["detection"], "matcher"))
            kinds = sorted({str(item["matcher"]) for item in items})
            shown = "; ".join(_item(item, event) for item in items[:3])
            return f"tests of kind {', '.join(kinds)}", f"{about}: {name} is {ours[name]} for us; theirs: {shown}"
    if oracle.matches(rule, event) == trace["matched"]:
        return f"both judge it {trace['matched']} when asked alone: routing by logsource", about
    return "the condition", f"{about}: {trace['conditions']}"[:400]


def _find(tree: Any, key: str) -> Iterator[dict[str, Any]]:
    """Every object of the tree that has the key."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree
        for value in tree.values():
            yield from _find(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _find(value, key)


def _item(item: dict[str, Any], event: dict[str, Any]) -> str:
    actual = str(item.get("actual", event.get(item.get("field") or "", "(missing)")))
    return (
        f"{item.get('field')} {item['matcher']} {str(item.get('pattern'))[:60]!r} on {actual[:80]!r}: {item['matched']}"
    )
