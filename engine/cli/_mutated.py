"""detect test --mutate: which changes to rules no test noticed."""

from __future__ import annotations

import json
import sys

from engine.cli._junit import Case, junit
from engine.cli._report import colored, complain, say
from engine.cli._sink import sink
from engine.cli._tests import Asked, bench_of
from engine.errors import DetectError, UsageError
from engine.terminal import Paint, count, visible
from engine.testing.score import RuleScore, Score

__all__ = ["mutated"]


def mutated(asked: Asked, least: float | None) -> int:
    """Try the mutants, and show what survived; the exit status.

    least  percent of the mutants of each rule that have to be noticed; None: any
    """
    from engine.testing.choose import chosen
    from engine.testing.found import suites_in
    from engine.testing.read import load_suite
    from engine.testing.score import score

    meant = chosen(asked.words) if asked.words is not None else lambda name: True
    bench = bench_of(asked)
    scores: list[Score] = []
    broken = False
    for path in suites_in([asked.tests] if asked.tests else asked.paths):
        try:
            suite = load_suite(path)
            if any(meant(suite.name(case)) for case in suite.said.tests):
                scores.append(score(bench, suite))
        except DetectError as error:
            broken = True
            say([visible(f"in {path}:")])
            complain(error)
    if not scores and not broken:
        words = f' with "{asked.words}"' if asked.words else ""
        raise UsageError(f"there is no test{words} in {', '.join(asked.paths)}", hint="x.test.yml beside x.yml is one")
    with sink(asked.output) as stream:
        stream.write(_shown(asked.form, scores, least).encode("utf-8", "backslashreplace"))
    if broken:
        return 2
    return int(any(one.failed or _below(one, least) for one in scores))


def _below(one: Score | RuleScore, least: float | None) -> bool:
    """Whether a rule, or some rule of a file, has too low a score."""
    rules = one.rules if isinstance(one, Score) else (one,)
    return least is not None and any(each.share * 100 < least for each in rules)


def _shown(form: str, scores: list[Score], least: float | None) -> str:
    if form == "json":
        return json.dumps(_json(scores), ensure_ascii=False) + "\n"
    if form == "github":
        from engine.cli._annotated import annotation

        bad = [one for one in scores if one.failed or _below(one, least)]
        return "".join(annotation("\n".join(_case_text(one)), one.suite.rule) for one in bad)
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
            "rules": [
                {
                    "rule": each.rule, "mutants": each.total, "score": round(each.share * 100, 2),
                    "survivors": list(each.survivors),
                }
                for each in one.rules
            ],
            "survivors": [{"rule": rule, "change": what} for rule, what in one.survivors],
        }
        for one in scores
    ]  # fmt: skip
    return {"version": 1, "kind": "mutants", "files": files}


def _case(one: Score, least: float | None) -> Case:
    bad = one.failed or _below(one, least)
    failures = (("mutants", "\n".join(_case_text(one))),) if bad else ()
    said = tuple(f"{rule}: {what}" for rule, what in one.survivors)
    return Case(one.suite.rule, one.suite.path, failures, () if bad else said)


def _case_text(one: Score) -> list[str]:
    return [_line(one), *(f"{rule}: {what}" for rule, what in one.survivors)]


def _text(scores: list[Score], least: float | None) -> str:
    paint = Paint(colored("auto", sys.stdout))
    lines = []
    for one in scores:
        if one.failed:
            lines.append(paint(visible(f"{one.suite.rule}  {_line(one)}"), "bold", "red"))
        for each in one.rules:
            style = ("bold", "red") if _below(each, least) else ()
            lines.append(paint(visible(f"{one.suite.rule}  {each.rule}: {_line(each)}"), *style))
            lines += [f"    survived  {visible(f'{each.rule}: {what}')}" for what in each.survivors]
    total, survived = sum(one.total for one in scores), sum(len(one.survivors) for one in scores)
    share = 100 * (1 - survived / total) if total else 100.0
    lines.append(f"{count(total - survived)} of {count(total)} changes noticed, {share:.1f} %")
    return "".join(f"{line}\n" for line in lines)


def _line(one: Score | RuleScore) -> str:
    if isinstance(one, Score) and one.failed:
        return f"{one.failed} of its tests fail without any change"
    return f"{one.total - len(one.survivors)} of {one.total} changes noticed, {one.share * 100:.1f} %"
