"""Every command and every script in the documentation runs, and shows what the documentation shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.blocks import Block, agrees, blocks, steps

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md")), *sorted(CHECKOUT.glob("*/*/README.md"))]
BLOCKS = [block for page in PAGES for block in blocks(page, page.relative_to(CHECKOUT).as_posix())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what a reader has before them, to read and to write in."""
    for name in ("samples", "rules", "contrib"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    return {**os.environ, "HOME": str(home), "DETECT_CACHE_DIR": str(home / "cache"), "COLUMNS": "120"}


@pytest.mark.skipif(os.name == "nt", reason="the documentation speaks to a POSIX shell")
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "console"], ids=str)
def test_a_command_shows_what_the_page_says(block: Block, folder: Path, environment: dict[str, str]):
    for step in steps(block.body):
        # Output and what goes to stderr are shown together, as on a terminal.
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seen = f"{step.command}\n{done.stdout[:4000]}"
        assert done.returncode == step.status, seen
        if step.shown is not None and not agrees(step.shown, done.stdout):
            pytest.fail(seen)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python"], ids=str)
def test_a_script_runs(block: Block, folder: Path, environment: dict[str, str]):
    run = [sys.executable, "-c", block.body]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="the workflow runs on Linux")
def test_the_workflow_for_repositories_of_rules_fails_on_a_rule_that_cannot_be_used(
    folder: Path, environment: dict[str, str]
):
    workflow = yaml.safe_load((CHECKOUT / "contrib" / "ci" / "check-rules.yml").read_text("utf-8"))
    steps = {step["id"]: step["run"] for step in workflow["jobs"]["rules"]["steps"] if "id" in step}

    def status(step: str) -> int:
        env = {**environment, **workflow["env"]}
        command = ["bash", "-c", steps[step]]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False).returncode

    assert (status("check"), status("config")) == (0, 0)
    (folder / "rules" / "wrong.yml").write_text("title: x\nlogsource: {product: aws}\ndetection: {condition: none}\n")
    assert status("check") == 1
    assert "wrong.yml" in (folder / "check.sarif").read_text()
    (folder / "detect.yml").write_text("ruels: [rules]\n")
    assert status("config") == 2


def test_there_are_examples():
    assert {"README.md"} <= {block.document for block in BLOCKS}
