"""detect test: unit tests of rules."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from engine.cli._annotated import annotation
from engine.cli._junit import Case, junit
from engine.cli._report import colored, complain, say
from engine.cli._sink import sink
from engine.cli._tests import Asked, bench_of
from engine.cli._watched import watched
from engine.errors import DetectError, UsageError
from engine.terminal import Paint, count, visible

if TYPE_CHECKING:
    from engine.testing.choose import Chosen
    from engine.testing.read import Suite
    from engine.testing.run import Bench, Outcome

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect test
  detect test rules/aws -k 'brute and not slow'
  detect test rules --format junit -o tests.xml
  detect test rules --require-tests
  detect test rules --mutate --min-score 90
  detect test --watch
  detect test --record rules/x.yml --source ./logs -o rules/x.test.yml
"""


class Ran(NamedTuple):
    """Tests that ran, files that could not, and rules without a test."""

    outcomes: list[Outcome]
    broken: list[tuple[str, DetectError]]
    untested: list[str]

    @property
    def status(self) -> int:
        """2 for broken files, 1 for tests that failed or rules without one, else 0."""
        if self.broken:
            return 2
        return 1 if self.untested or any(one.wrong for one in self.outcomes) else 0


@click.command(epilog=_EXAMPLES, short_help="Run the unit tests of rules.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tests", metavar="DIR", help="Where the test files are, instead of beside the rules.")
@click.option("-k", "words", metavar="EXPR", help="Only tests whose name or file holds this: words, with "
              "* and ?, joined by and, or, not, ( and ).")  # fmt: skip
@click.option("--format", "-f", "form", type=click.Choice(["text", "json", "junit", "github"]), default="text",
              show_default=True)  # fmt: skip
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--require-tests", "require", is_flag=True, help="A rule without a test is a failure.")
@click.option("--rules", "-r", multiple=True, metavar="PATH", help="Where rules find those they refer to; repeatable.")
@click.option("--pipeline", "pipelines", multiple=True, metavar="PATH", help="Processing pipeline; repeatable.")
@click.option("--fields", multiple=True, metavar="PATH", help="Derived fields; repeatable.")
@click.option("--variables", multiple=True, metavar="FILE", help="Values of placeholders; repeatable.")
@click.option("--mutate", is_flag=True, help="Change rules in small ways, and say which changes no test noticed.")
@click.option("--min-score", type=click.FloatRange(0, 100), metavar="PERCENT",
              help="With --mutate: status 1 where fewer of the changes to a rule are noticed.")  # fmt: skip
@click.option("--record", metavar="RULE", help="Make tests of this rule (a file, or an id, name or title) out of "
              "events in --source; what is somebody's in them is replaced.")  # fmt: skip
@click.option("--source", "-s", "logs", multiple=True, metavar="PATH", help="With --record: logs; repeatable.")
@click.option("--watch", is_flag=True, help="Run them again whenever a file changes, until Ctrl-C.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of test files, for editors.")
def command(
    watch: bool, schema: bool, mutate: bool, min_score: float | None, record: str | None, logs: tuple[str, ...],
    **given: Any,
) -> None:  # fmt: skip
    """Run the unit tests that stand beside rules: x.test.yml beside x.yml.

    PATH is a folder, a test file or a rule; without one it is ./rules. Status 1 where a test failed, 2 where a file
    cannot be used.
    """
    if schema:
        from engine.testing.schema import schema as made

        with sink(given["output"]) as stream:
            stream.write((json.dumps(made(), indent=2) + "\n").encode())
        return
    asked = Asked(**given)
    if logs and record is None:
        raise UsageError("--source without --record", hint="tests bring their own events; detect run reads logs")
    if record is not None:
        from engine.cli._recorded import recorded

        if watch or mutate or asked.words is not None:
            raise UsageError("--record with --watch, --mutate or -k", hint="record first, then run what was recorded")
        click.get_current_context().exit(recorded(asked, record, logs))
    asked = asked._replace(paths=asked.paths or (asked.tests or "rules",))
    if min_score is not None and not mutate:
        raise UsageError("--min-score without --mutate")
    if mutate and watch:
        raise UsageError("--watch with --mutate", hint="run one after the other")
    if mutate:
        from engine.cli._mutated import mutated

        click.get_current_context().exit(mutated(asked, min_score))
    if not watch:
        click.get_current_context().exit(_shown(asked))
    watched(asked, _shown)


def _shown(asked: Asked) -> int:
    """Run, and show how it went; the exit status."""
    ran = _run(asked)
    if not ran.outcomes and not ran.broken and not ran.untested:
        words = f' with "{asked.words}"' if asked.words else ""
        raise UsageError(f"there is no test{words} in {', '.join(asked.paths)}", hint="x.test.yml beside x.yml is one")
    with sink(asked.output) as stream:
        stream.write(_FORMS[asked.form](ran).encode("utf-8", "backslashreplace"))
    for path, error in ran.broken:
        say([visible(f"in {path}:")])
        complain(error)
    return ran.status


def _run(asked: Asked) -> Ran:
    from engine.testing.choose import chosen
    from engine.testing.found import is_test_file, suites_in
    from engine.testing.read import load_suite

    meant = chosen(asked.words) if asked.words is not None else lambda name: True
    bench = bench_of(asked)
    ran = Ran([], [], [])
    tested: set[str] = set()
    for path in suites_in([asked.tests] if asked.tests else asked.paths):
        try:
            file = load_suite(path)
            tested.add(os.path.abspath(file.rule))
        except DetectError as error:
            ran.broken.append((path, error))
            continue
        _try(bench, file, meant, ran)
    if asked.require:
        rules = bench.files([path for path in asked.paths if not is_test_file(path)])
        ran.untested.extend(path for path in rules if os.path.abspath(path) not in tested)
    return ran


def _try(bench: Bench, file: Suite, meant: Chosen, ran: Ran) -> None:
    """Run the tests of a file that are meant; each fault for which some cannot be run is told once."""
    told: set[str] = set()
    for case, line in zip(file.said.tests, file.lines, strict=True):
        if meant(file.name(case)):
            try:
                ran.outcomes.append(bench.one(file, case, line))
            except DetectError as error:
                if str(error) not in told:
                    told.add(str(error))
                    ran.broken.append((file.path, error))


def _text(ran: Ran) -> str:
    paint = Paint(colored("auto", sys.stdout))
    lines = []
    for one in ran.outcomes:
        if one.wrong:
            lines.append(
                f"{paint('FAILED', 'bold', 'red')}  {visible(one.file.path)}:{one.line}  {visible(one.case.name)}"
            )
            for wrong in one.wrong:
                lines += [f"    {visible(wrong.what)}", *(f"      {visible(why)}" for why in wrong.why)]
    lines += [f"{paint('UNTESTED', 'bold', 'yellow')}  {visible(path)}" for path in ran.untested]
    failed = sum(bool(one.wrong) for one in ran.outcomes)
    said = [f"{count(len(ran.outcomes) - failed)} passed"]
    said += [f"{count(failed)} failed"] if failed else []
    said += [f"{count(len(ran.untested))} without a test"] if ran.untested else []
    if broken := len({path for path, _ in ran.broken}):
        said.append("1 file cannot be used" if broken == 1 else f"{count(broken)} files cannot be used")
    return "".join(f"{line}\n" for line in (*lines, ", ".join(said)))


def _json(ran: Ran) -> str:
    said = {
        "version": 1,
        "kind": "tests",
        "passed": sum(not one.wrong for one in ran.outcomes),
        "failed": sum(bool(one.wrong) for one in ran.outcomes),
        "tests": [
            {
                "file": one.file.path, "line": one.line, "name": one.case.name, "passed": not one.wrong,
                "wrong": [wrong._asdict() for wrong in one.wrong],
            }
            for one in ran.outcomes
        ],
        "untested": ran.untested,
        "broken": [{"file": path, "error": str(error)} for path, error in ran.broken],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False) + "\n"


def _junit(ran: Ran) -> str:
    cases = [
        Case(
            one.case.name, one.file.path, tuple(("failed", "\n".join((wrong.what, *wrong.why))) for wrong in one.wrong)
        )
        for one in ran.outcomes
    ]
    cases += [Case(path, path, (("untested", "there is no test of it"),)) for path in ran.untested]
    cases += [Case(path, path, (("broken", str(error)),)) for path, error in ran.broken]
    return junit("detect test", cases).decode()


def _github(ran: Ran) -> str:
    """Commands by which GitHub's runner shows failures at their lines."""
    lines = []
    for one in ran.outcomes:
        for wrong in one.wrong:
            text = "\n".join((wrong.what, *wrong.why))
            lines.append(annotation(text, one.file.path, one.line, one.case.name))
    lines += [annotation("there is no test of it", path) for path in ran.untested]
    lines += [annotation(str(error), path) for path, error in ran.broken]
    return "".join(lines)


_FORMS = {"text": _text, "json": _json, "junit": _junit, "github": _github}
