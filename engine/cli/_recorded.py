"""detect test --record: tests made of what happened."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cli._report import Progress, complain, say
from engine.cli._sink import sink
from engine.cli._tests import Asked
from engine.errors import UsageError
from engine.terminal import count, visible

if TYPE_CHECKING:
    from engine.rules import Correlation, Rule
    from engine.testing.observe import Observed
    from engine.testing.run import Bench, Tested

__all__ = ["recorded"]


def recorded(asked: Asked, name: str, logs: Sequence[str]) -> int:
    """Write the tests; the exit status: 3 where something was left out, or one of the two kinds of tests is missing."""
    from engine.testing.found import is_test_file
    from engine.testing.record import recording

    if not logs:
        raise UsageError("--record without --source", hint="name logs in which the rule matches: --source ./logs")
    if asked.form != "text":
        raise UsageError(f"--record with --format {asked.form}", hint="what is written is a test file")
    output = None if asked.output in (None, "-") else asked.output
    if output is not None and os.path.lexists(output) and (os.path.isfile(output) or os.path.isdir(output)):
        raise UsageError(f"{visible(output)} is there already, and is not overwritten", hint="name another file")
    if output is not None and not os.path.lexists(output) and not is_test_file(output):
        raise UsageError(f"{visible(output)} is no name for a file of tests", hint="name it like x.test.yml")
    bench, rule, tested = _rule(asked, name)
    seen, stopped = _seen(logs, tested)
    for problem in [one for one in seen.problems if one.lost][:10]:
        say([f"{visible(problem.ref)}: {visible(problem.fault)}"])
    made = recording(bench, rule, tested, seen, output)
    say([f"note: {visible(note)}" for note in made.notes])
    if not made.text:
        what = (
            "nothing can be recorded" if any(map(len, seen.matches.values())) else "nothing matches or nearly matches"
        )
        hint = "are these the logs that the rule looks at?"
        raise UsageError(f"{visible(rule)}: {what} of {count(seen.events)} events", hint=hint)
    with sink(output) as stream:
        stream.write(made.text.encode())
    lacking = [what for what, number in (("matches", made.fires), ("nearly matches", made.quiet)) if not number]
    say([f"{_tests(made.fires)} in which it fires, {made.quiet} in which it does not, of {count(seen.events)} events"])
    say([f"no event {what}: write a test for that yourself" for what in lacking])
    if stopped:
        return 130
    return 3 if lacking or made.notes or any(one.lost for one in seen.problems) else 0


def _tests(number: int) -> str:
    return "1 test" if number == 1 else f"{count(number)} tests"


def _seen(logs: Sequence[str], tested: Tested) -> tuple[Observed, bool]:
    """What the logs hold, and whether Ctrl-C ended the reading: what was read until then counts."""
    from engine.model import Reading
    from engine.testing.observe import Watch, observe

    on = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress, watch = Progress(on), Watch(tested)
    stopped = False
    try:
        for seen in observe(logs, watch, Reading()):
            progress(seen.files, seen.files, seen.events)
    except KeyboardInterrupt:
        stopped = True
    progress.clear()
    if stopped:
        say(["interrupted: only what was read until now is looked at"])
    if not watch.seen.events and not stopped:
        faults = [f": {one.ref}: {one.fault}" for one in watch.seen.problems]
        raise UsageError(f"no event could be read{faults[0] if faults else ''}", hint="name logs with --source")
    return watch.seen, stopped


def _rule(asked: Asked, name: str) -> tuple[Bench, str, Tested]:
    """The rules that are meant: those of a file, or those of a name, in the one file in which they stand."""
    from engine.testing.read import Suite
    from engine.testing.run import Bench
    from engine.testing.settings import CaseSettings, Given, SuiteSettings

    folders = asked.rules or tuple(filter(os.path.isdir, asked.paths))
    bench = Bench(folders, asked.pipelines, asked.fields, asked.variables)
    path, keys = (name, None) if os.path.isfile(name) else _called(asked, name, folders or ("rules",))
    case = CaseSettings(name="none", events=(Given(event={}),), alerts=0)
    tested = bench.tested(Suite(path, path, SuiteSettings(tests=(case,)), (1,)), case)
    return bench, path, tested if keys is None else tested._replace(keys=tested.keys & keys)


def _called(asked: Asked, name: str, paths: Sequence[str]) -> tuple[str, frozenset[str]]:
    """The file of what has an id, a name or a title, and its keys."""
    from engine.load import called, load

    ruleset = load(tuple(paths), pipelines=asked.pipelines, fields=asked.fields, variables=list(asked.variables))
    keys = called(ruleset, name)
    found: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    every = [each for each in found if each.key in keys]
    files = sorted({each.path for each in every})
    if len(files) != 1:
        raise UsageError(f'"{visible(name)}" stands for rules in {len(files)} files', hint="name one file of rules")
    if any(error.place and error.place.path == files[0] for error in ruleset.rejected):
        complain(f"{visible(files[0])}: some of it cannot be used: detect check {visible(files[0])}")
    return files[0], frozenset(each.key for each in every)
