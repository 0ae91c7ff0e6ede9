"""detect test --mutate: which changes to rules no test noticed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from engine.cli._junit import Case, junit
from engine.cli._report import colored, complain, say
from engine.cli._sink import sink
from engine.cli._tests import Asked, bench_of
from engine.errors import DetectError, UsageError
from engine.terminal import Paint, count, visible

if TYPE_CHECKING:
    from engine.testing.score import Score

__all__ = ["mutated"]


def mutated(asked: Asked, least: float | None) -> int:
    """Try the mutants, and show what survived; the exit status.

    least  percent of the mutants of each file that have to be noticed; None: any
    """
    from engine.testing.found import suites_in
    from engine.testing.read import load_suite
    from engine.testing.score import score

    bench = bench_of(asked)
    scores: list[Score] = []
    broken = False
    for path in suites_in([asked.tests] if asked.tests else asked.paths):
        if asked.words is not None and asked.words.lower() not in path.lower():
            continue
        try:
            scores.append(score(bench, load_suite(path)))
        except DetectError as error:
            broken = True
            say([visible(f"in {path}:")])
            complain(error)
    if not scores and not broken:
        raise UsageError(f"there is no test in {', '.join(asked.paths)}", hint="x.test.yml beside x.yml is one")
    with sink(asked.output) as stream:
        stream.write(_shown(asked.form, scores, least).encode("utf-8", "backslashreplace"))
    if broken:
        return 2
    return int(any(one.failed or _below(one, least) for one in scores))


def _below(one: Score, least: float | None) -> bool:
    return least is not None and one.share * 100 < least


def _shown(form: str, scores: list[Score], least: float | None) -> str:
    if form == "json":
        return json.dumps(_json(scores), ensure_ascii=False) + "\n"
    if form == "junit":
        return junit("detect test --mutate", [_case(one, least) for one in scores]).decode()
    return _text(scores, least)


def _json(scores: list[Score]) -> dict[str, object]:
    files = [
        {
            "file": one.suite.path,
            "rule": one.suite.rule,
            "failed": one.failed,
            "mutants": one.total,
            "score": round(one.share * 100, 2),
            "survivors": [{"rule": rule, "change": what} for rule, what in one.survivors],
        }
        for one in scores
    ]
    return {"version": 1, "kind": "mutants", "files": files}


def _case(one: Score, least: float | None) -> Case:
    said = [f"{rule}: {what}" for rule, what in one.survivors]
    bad = one.failed or _below(one, least)
    failures = (("mutants", "\n".join([_line(one), *said])),) if bad else ()
    return Case(one.suite.rule, one.suite.path, failures, () if bad else tuple(said))


def _text(scores: list[Score], least: float | None) -> str:
    paint = Paint(colored("auto", sys.stdout))
    lines = []
    for one in scores:
        style = ("bold", "red") if one.failed or _below(one, least) else ()
        if one.survivors or one.failed:
            lines.append(paint(visible(f"{one.suite.rule}  {_line(one)}"), *style))
        lines += [f"    survived  {visible(f'{rule}: {what}')}" for rule, what in one.survivors]
    total, survived = sum(one.total for one in scores), sum(len(one.survivors) for one in scores)
    share = 100 * (1 - survived / total) if total else 100.0
    lines.append(f"{count(total - survived)} of {count(total)} changes noticed, {share:.1f} %")
    return "".join(f"{line}\n" for line in lines)


def _line(one: Score) -> str:
    if one.failed:
        return f"{one.failed} of its tests fail without any change"
    return f"{one.total - len(one.survivors)} of {one.total} changes noticed"
