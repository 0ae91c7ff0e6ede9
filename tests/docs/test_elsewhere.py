"""What repositories of rules elsewhere take from here runs: the hooks, the step for GitHub, the template for GitLab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parent.parent.parent
HOOKS = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION = yaml.safe_load((CHECKOUT / "contrib" / "action" / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((CHECKOUT / "contrib" / "ci" / "detect.gitlab-ci.yml").read_text("utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts speak to a POSIX shell")


class Repository:
    """A repository of one rule with its test, and scripts run in it."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.rules = folder, folder / "rules"
        self.cache = cache
        assert self.status("detect new rules/stopped.yml") == 0

    def status(self, script: str, **environment: str) -> int:
        define = f'detect() {{ "{sys.executable}" -m engine.cli "$@"; }}\n'
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "DETECT_CACHE_DIR": str(self.cache), **environment}
        return subprocess.run(
            ["bash", "-ec", define + script], cwd=self.folder, env=env, capture_output=True, check=False
        ).returncode

    def breaks(self, what: str) -> None:
        """What somebody does wrong: to the rule, or to what it finds."""
        old, new = {"rule": ("condition: selection", "condition: no"), "find": ("StopLogging", "Stop")}[what]
        path = self.rules / "stopped.yml"
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


@pytest.fixture
def repository(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path, tmp_path_factory.mktemp("cache"))


def command(hook: dict[str, Any]) -> str:
    """What pre-commit runs."""
    files = [] if hook.get("pass_filenames", True) is False else ["rules/stopped.yml", "rules/stopped.test.yml"]
    return " ".join([hook["entry"], *hook.get("args", ()), *files])


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_what_is_right_and_stops_what_is_wrong(hook: dict[str, Any], repository: Repository):
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert repository.status(command(hook)) == 0
    if hook["id"] == "detect-fmt":
        path = repository.rules / "stopped.yml"
        before = path.read_text("utf-8")
        path.write_text(before.replace("    ", "  "), "utf-8")
        assert repository.status(command(hook)) == 0
        assert path.read_text("utf-8") == before  # pre-commit stops where a hook changed a file
        return
    repository.breaks("rule" if hook["id"] == "detect-check" else "find")
    assert repository.status(command(hook)) == 1


@pytest.mark.parametrize(
    ("wrong", "step", "status"),
    [(None, "check", 0), (None, "test", 0), ("rule", "check", 1), ("find", "test", 1), ("find", "check", 0)],
)
def test_a_step_of_the_action_ends_as_the_rules_are(wrong: str | None, step: str, status: int, repository: Repository):
    if wrong:
        repository.breaks(wrong)
    assert repository.status(STEPS[step]["run"], RULES="rules") == status


@pytest.mark.parametrize(("score", "status"), [("10", 0), ("100", 1)])
def test_the_action_holds_tests_to_a_score(score: str, status: int, repository: Repository):
    test = repository.rules / "stopped.test.yml"
    test.write_text(test.read_text("utf-8").partition("  - name: another call")[0], "utf-8")
    assert repository.status(STEPS["mutate"]["run"], RULES="rules", MIN_SCORE=score) == status


def test_no_input_of_the_action_stands_in_a_script():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "run" not in step or step["shell"] == "bash"


@pytest.mark.parametrize(("wrong", "status"), [(None, 0), ("rule", 1), ("find", 1)])
def test_the_job_of_gitlab_ends_as_the_rules_are(wrong: str | None, status: int, repository: Repository):
    if wrong:
        repository.breaks(wrong)
    assert repository.status("\n".join(GITLAB["detect"]["script"]), RULES=GITLAB["variables"]["RULES"]) == status
    reports = GITLAB["detect"]["artifacts"]["reports"]["junit"]
    assert (repository.folder / reports[0]).exists()
    assert (repository.folder / reports[1]).exists() is (wrong != "rule")
