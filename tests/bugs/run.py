"""Puts every listed bug into a copy of the engine, one at a time, and shows which test finds it.

    python tests/bugs/run.py [--jobs N] [--green] [--seed N] [WORDS ...]

WORDS     only bugs whose name or file holds one of them
--green   the tests are known to pass without any bug
--seed N  in this order by chance, so that runs without time for all get to all in the end

Exit status: 0 every bug was found; 1 one survived, or its text is no longer in the source; 2 the tests are red without
any bug.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.bugs import (
    in_alerts,
    in_backtest,
    in_config,
    in_correlate,
    in_derived,
    in_explain,
    in_filters,
    in_graph,
    in_load,
    in_native,
    in_notifiers,
    in_notifiers_aws,
    in_notifiers_chat,
    in_notifiers_clouds,
    in_notifiers_kafka,
    in_notifiers_pagers,
    in_notifiers_slack,
    in_notifiers_stores,
    in_notifiers_tickets,
    in_notifiers_wire,
    in_operations,
    in_reading,
    in_rule_repositories,
    in_runs,
    in_service,
    in_sources,
    in_stores,
    in_testing,
    in_values,
    in_windows,
)
from tests.bugs.bug import Bug

BUGS: list[Bug] = [
    *in_derived.BUGS,
    *in_values.BUGS,
    *in_graph.BUGS,
    *in_operations.BUGS,
    *in_reading.BUGS,
    *in_load.BUGS,
    *in_filters.BUGS,
    *in_native.BUGS,
    *in_explain.BUGS,
    *in_windows.BUGS,
    *in_alerts.BUGS,
    *in_backtest.BUGS,
    *in_correlate.BUGS,
    *in_runs.BUGS,
    *in_service.BUGS,
    *in_rule_repositories.BUGS,
    *in_testing.BUGS,
    *in_sources.BUGS,
    *in_stores.BUGS,
    *in_config.BUGS,
    *in_notifiers.BUGS,
    *in_notifiers_aws.BUGS,
    *in_notifiers_chat.BUGS,
    *in_notifiers_clouds.BUGS,
    *in_notifiers_kafka.BUGS,
    *in_notifiers_pagers.BUGS,
    *in_notifiers_slack.BUGS,
    *in_notifiers_stores.BUGS,
    *in_notifiers_tickets.BUGS,
    *in_notifiers_wire.BUGS,
]

TESTS = [
    "tests/options",
    "tests/config",
    "tests/match/test_table.py",
    "tests/match/test_graph.py",
    "tests/match/test_fast_equals_naive.py",
    "tests/match/test_bytes_equal_dicts.py",
    "tests/match/test_sigma.py",
    "tests/derived",
    "tests/load/test_derived.py",
    "tests/cases",
    "tests/load/test_filters.py",
    "tests/match/test_native.py",
    "tests/jmes",
    "tests/load/test_native.py",
    "tests/explain",
    "tests/match/test_reach.py",
    "tests/match/test_profile.py",
    "tests/windows/test_view.py",
    "tests/windows/test_lines.py",
    "tests/windows/test_shapes.py",
    "tests/windows/test_kinds.py",
    "tests/decoders/test_evtx.py",
    "tests/runners/test_windows.py",
    "tests/test_projection.py",
    "tests/alerts",
    "tests/stores",
    "tests/runners/test_spill.py",
    "tests/runners/test_delivered.py",
    "tests/sources",
    "tests/runners/test_continuing.py",
    "tests/runners/test_correlated.py",
    "tests/runners/test_killed.py",
    "tests/cli/test_config.py",
    "tests/notifiers",
    "tests/test_dialects.py",
    "tests/test_redact.py",
    "tests/cli/test_notify.py",
]
"""In the order they are tried; the first red one ends the run."""

FIRST = {
    "engine/alerts/": ["tests/alerts", "tests/runners/test_alerting.py"],
    "engine/config/": ["tests/config", "tests/cli/test_config.py"],
    "engine/decoders/": ["tests/decoders"],
    "engine/explain/": ["tests/explain"],
    "engine/jmes/": ["tests/jmes"],
    "engine/load/": ["tests/cases", "tests/load"],
    "engine/notifiers/": ["tests/notifiers"],
    "engine/options/": ["tests/options"],
    "engine/redact.py": ["tests/test_redact.py"],
    "engine/runners/": ["tests/runners", "tests/alerts"],
    "engine/service/": ["tests/service"],
    "engine/testing/": ["tests/testing"],
    "engine/sources/": ["tests/sources"],
    "engine/stores/": ["tests/stores", "tests/runners/test_continuing.py"],
    "engine/windows/": ["tests/windows", "tests/runners/test_windows.py"],
}
"""Where a bug is likely to be found: tried before all others."""

NEAR = {
    "engine/cli/_budget.py": ["tests/cli/test_backtest.py"],
    "engine/cli/_revision.py": ["tests/cli/test_backtest.py"],
    "engine/cli/backtest.py": ["tests/cli/test_backtest.py"],
    "engine/runners/compared.py": ["tests/cli/test_backtest.py"],
    "engine/cli/backfill.py": ["tests/cli/test_backfill.py"],
    "engine/cli/status.py": ["tests/cli/test_status.py"],
    "engine/runners/backfill.py": ["tests/cli/test_backfill.py"],
    "engine/runners/retention.py": ["tests/runners/test_retention.py", "tests/runners/test_continuing.py"],
    "engine/service/": ["tests/service", "tests/cli/test_gaps.py"],
    "engine/cli/_coverage": ["tests/cli/test_coverage.py"],
    "engine/cli/fmt.py": ["tests/cli/test_fmt.py"],
    "engine/cli/new.py": ["tests/cli/test_new.py"],
    "engine/load/layout.py": ["tests/load/test_layout.py"],
    "engine/load/tuning.py": ["tests/load/test_tuning.py"],
    "engine/testing/choose.py": ["tests/testing/test_choose.py"],
    "engine/testing/": ["tests/testing", "tests/cli/test_record.py", "tests/cli/test_test.py"],
    "engine/cli/test.py": ["tests/cli/test_test.py"],
    "engine/cli/_watched.py": ["tests/cli/test_test.py"],
    "engine/cli/_recorded.py": ["tests/cli/test_record.py"],
    "engine/alerts/summaries.py": ["tests/alerts", "tests/service/test_answers.py"],
    "engine/sources/s3.py": ["tests/sources/test_s3.py"],
    "engine/sources/sqs.py": ["tests/sources/test_sqs.py"],
    "engine/sources/_notices.py": ["tests/sources/test_sqs.py"],
    "engine/match/classes.py": ["tests/match", "tests/cases", "tests/jmes"],
    "engine/match/fragments.py": ["tests/match/test_keywords.py", "tests/match"],
    "engine/match/keywords.py": ["tests/match/test_keywords.py", "tests/match"],
    "engine/match/required.py": ["tests/match/test_required.py", "tests/match"],
    "engine/match/stages.py": ["tests/match"],
    "engine/correlate/sure.py": ["tests/runners/test_foreseeing.py"],
    "engine/correlate/": ["tests/cases/test_timelines.py", "tests/correlate"],
    "engine/notifiers/_aws.py": [
        "tests/notifiers/test_sqs.py",
        "tests/notifiers/test_eventbridge.py",
        "tests/notifiers/test_sns.py",
    ],
    "engine/notifiers/apprise.py": ["tests/notifiers/test_apprise.py"],
    "engine/notifiers/datadog.py": ["tests/notifiers/test_datadog.py"],
    "engine/notifiers/discord.py": ["tests/notifiers/test_discord.py"],
    "engine/notifiers/elasticsearch.py": ["tests/notifiers/test_elasticsearch.py"],
    "engine/notifiers/eventbridge.py": ["tests/notifiers/test_eventbridge.py"],
    "engine/notifiers/google_chat.py": ["tests/notifiers/test_google_chat.py"],
    "engine/notifiers/jira.py": ["tests/notifiers/test_jira.py"],
    "engine/notifiers/_fitted.py": ["tests/notifiers/test_fitted.py", "tests/notifiers/test_splunk_hec.py"],
    "engine/notifiers/jsm.py": ["tests/notifiers/test_jsm.py"],
    "engine/notifiers/kafka.py": ["tests/notifiers/test_kafka.py"],
    "engine/notifiers/pagerduty.py": ["tests/notifiers/test_pagerduty.py"],
    "engine/notifiers/servicenow.py": ["tests/notifiers/test_servicenow.py"],
    "engine/notifiers/slack.py": ["tests/notifiers/test_slack.py"],
    "engine/notifiers/sns.py": ["tests/notifiers/test_sns.py"],
    "engine/notifiers/splunk_hec.py": ["tests/notifiers/test_splunk_hec.py"],
    "engine/notifiers/splunk_oncall.py": ["tests/notifiers/test_splunk_oncall.py"],
    "engine/notifiers/sqs.py": ["tests/notifiers/test_sqs.py"],
    "engine/notifiers/syslog.py": ["tests/notifiers/test_syslog.py"],
    "engine/notifiers/teams.py": ["tests/notifiers/test_teams.py"],
}
"""Where all that may find a bug is near: only these tests are run for it."""

HANGS = 60
"""Seconds for one test; a bug that makes it hang is found too."""

TIMEOUT = 900
"""Seconds for all tests that are tried for a bug; one that none of them has found by then is not found."""


class Verdict(NamedTuple):
    """What became of a bug: `found` is None where its text does not stand exactly once in the file."""

    bug: Bug
    found: bool | None
    by: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--green", action="store_true", help="the tests are known to pass without any bug")
    parser.add_argument("--seed", type=int, help="try the bugs in an order by chance")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args(arguments)
    chosen = [
        bug for bug in BUGS if not options.words or any(word in f"{bug.name} {bug.file}" for word in options.words)
    ]
    if options.seed is not None:
        random.Random(options.seed).shuffle(chosen)
    with tempfile.TemporaryDirectory(prefix="bugs-") as folder:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(options.jobs):
            trees.put(copied(Path(folder) / str(number)))
        with ThreadPoolExecutor(options.jobs) as pool:
            paths = [] if options.green else every()
            if red := next(filter(None, pool.map(lambda path: green(path, trees), paths)), ""):
                print(f"the tests are red without any bug: {red}", file=sys.stderr)
                return 2
            verdicts = [shown(verdict) for verdict in pool.map(lambda bug: tried(bug, trees), chosen)]
    lost = [verdict for verdict in verdicts if not verdict.found]
    print(f"\n{len(verdicts) - len(lost)} of {len(verdicts)} bugs found")
    return 1 if lost else 0


def copied(tree: Path) -> Path:
    """A copy of what the tests need."""
    for name in ("engine", "tests", "rules", "docs"):
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    shutil.copy(CHECKOUT / "pyproject.toml", tree)
    return tree


def every() -> list[str]:
    """Every test that is tried for some bug."""
    likely = [path for paths in [*FIRST.values(), *NEAR.values()] for path in paths]
    return list(dict.fromkeys([*TESTS, *likely]))


def tests_for(bug: Bug) -> list[str]:
    """The tests to try, in order."""
    for folder, tests in NEAR.items():
        if bug.file.startswith(folder):
            return tests
    likely = next((tests for folder, tests in FIRST.items() if bug.file.startswith(folder)), [])
    return list(dict.fromkeys([*likely, *TESTS]))


def green(path: str, trees: queue.SimpleQueue[Path]) -> str:
    """The test that is red without any bug, or ""."""
    tree = trees.get()
    try:
        return first_red(tree, [path])
    finally:
        trees.put(tree)


def tried(bug: Bug, trees: queue.SimpleQueue[Path]) -> Verdict:
    """Put the bug into one of the copies, run the tests, and take it out again."""
    tree = trees.get()
    try:
        file = tree / bug.file
        text = file.read_text("utf-8")
        if text.count(bug.old) != 1:
            return Verdict(bug, None, f"its text stands {text.count(bug.old)} times in {bug.file}")
        file.write_text(text.replace(bug.old, bug.new), "utf-8")
        try:
            red = first_red(tree, tests_for(bug))
        finally:
            file.write_text(text, "utf-8")
        return Verdict(bug, bool(red), red or "NOT FOUND")
    finally:
        trees.put(tree)


def first_red(tree: Path, paths: Sequence[str]) -> str:
    """The test that turns red first, or ""."""
    wanted = {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DETECT_SHARED_DATA": str(tree / "none"),
        "DETECT_HYPOTHESIS_PROFILE": "bugs",
    }
    inherited = {name: value for name, value in os.environ.items() if name != "DETECT_TEST_TIER"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", f"--timeout={HANGS}"]
    tests = [path for path in paths if (tree / path).exists()]
    try:
        done = subprocess.run(
            [*command, *tests],
            check=False,
            cwd=tree,
            env=inherited | wanted,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode == 0:
        return ""
    named = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return named[1] if named else (done.stdout + done.stderr).strip().splitlines()[-1]


def shown(verdict: Verdict) -> Verdict:
    mark = {True: "found", False: "SURVIVED", None: "STALE"}[verdict.found]
    print(f"{mark:9} {verdict.bug.name:62.62} {verdict.by}", flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
