"""The coverage of a rule set for people: lines of text, or one page of HTML that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from engine.catalogue.attack import attack
from engine.cli._coverage import Coverage, Tagged, levels
from engine.terminal import Paint, count, visible

__all__ = ["lines", "page"]

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3em .8em;border-bottom:1px solid #ddd}
td.n{text-align:right}.gap span{display:inline-block;padding:0 .5em;margin:.15em;background:#fee0d2;border-radius:.3em}
@media(prefers-color-scheme:dark){
body{color:#ddd;background:#181818}th,td{border-color:#444}.gap span{background:#5a2a20}}
"""


def _said(coverage: Coverage) -> str:
    """The whole in one sentence."""
    there = coverage.within - len(coverage.gaps)
    return (
        f"{_number(len(coverage.rules), 'rule')}, {_number(len(coverage.techniques), 'technique')} of ATT&CK "
        f"{attack().version}; {count(there)} of {count(coverage.within)} that these logs can show"
    )


def _number(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _levels(rules: Iterable[Tagged]) -> str:
    return ", ".join(f"{number} {level}" for level, number in levels(rules).items())


def lines(coverage: Coverage, paint: Paint) -> Iterator[str]:
    """Tactics, techniques with their rules, and gaps."""
    for name, rules in coverage.tactics.items():
        yield f"{name:<22} {count(len(rules)):>5}  {paint(_levels(rules), 'dim')}".rstrip()
    yield ""
    for name, rules in coverage.techniques.items():
        titles = visible("; ".join(rule.title for rule in rules))
        yield f"{paint(f'{name:<10}', 'bold')} {count(len(rules)):>5}  {titles}"
    if coverage.gaps:
        yield ""
        yield f"{paint('not covered', 'bold', 'yellow')}: {' '.join(coverage.gaps)}"
    if coverage.unknown:
        yield f"{paint('not in ATT&CK', 'bold', 'yellow')}: {visible(' '.join(coverage.unknown))}"
    if coverage.untagged:
        yield f"{_number(len(coverage.untagged), 'rule')} without a technique"
    yield paint(_said(coverage), "bold")


def page(coverage: Coverage) -> str:
    """One page of HTML: it has no script, and asks for nothing from anywhere."""
    tactics = "".join(
        f'<tr><td>{escape(name)}<td class="n">{len(rules)}<td>{_levels(rules)}\n'
        for name, rules in coverage.tactics.items()
    )
    techniques = "".join(
        f'<tr id="{name}"><td><a href="{_link(name)}">{name}</a><td class="n">{len(rules)}<td>{_rules(rules)}\n'
        for name, rules in coverage.techniques.items()
    )
    gaps = "".join(f'<span><a href="{_link(name)}">{name}</a></span>\n' for name in coverage.gaps)
    rest = "".join(
        f"<h2>{head}</h2>\n<p>{text}\n"
        for head, text in (
            ("Not in ATT&amp;CK", escape(visible(" ".join(coverage.unknown)))),
            ("Without a technique", _rules(coverage.untagged)),
        )
        if text
    )
    return f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Coverage of ATT&amp;CK</title>
<style>
{_STYLE}</style>
<h1>Coverage of ATT&amp;CK</h1>
<p>{escape(_said(coverage))}
<h2>Tactics</h2>
<table>
<tr><th>Tactic<th>Rules<th>Levels
{tactics}</table>
<h2>Techniques</h2>
<table>
<tr><th>Technique<th>Rules<th>
{techniques}</table>
<h2>Not covered</h2>
<p class="gap">
{gaps}{rest}</html>
"""


def _rules(rules: Iterable[Tagged]) -> str:
    return "<br>".join(map(_named, rules))


def _named(rule: Tagged) -> str:
    place = escape(visible(f"{rule.path}:{rule.line}"))
    return f'<span title="{place}">{escape(visible(rule.title))}</span> ({rule.level.name})'


def _link(technique: str) -> str:
    return f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/"
