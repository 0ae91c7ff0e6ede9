"""Starting is quick because little is imported: what is heavy waits until it is needed.

How long it takes is measured in tests/bench, not asserted here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"sigma", "jmespath", "jinja2", "rich", "apscheduler", "requests", "urllib3", "pytest", "re2", "asyncio",
         "sqlite3"}  # fmt: skip


def imported_by(tmp_path: Path, *args: str) -> set[str]:
    """The top-level packages that `detect ARGS` imports, in a process of its own with a cache folder of its own."""
    script = "import sys; from engine.cli import main; sys.argv[0] = 'detect'; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script, *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DETECT_CACHE_DIR": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    times = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in times}


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["run", "--help"], ["rules", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(args: list[str], tmp_path: Path):
    seen = imported_by(tmp_path, *args)
    assert "click" in seen
    assert seen & HEAVY == set()


def test_rules_that_were_compiled_before_need_no_pysigma(tmp_path: Path, checkout: Path):
    command = ["rules", "--rules", str(checkout / "rules"), "--format", "json"]
    assert "sigma" in imported_by(tmp_path, *command)
    assert "sigma" not in imported_by(tmp_path, *command)


def test_the_public_door_imports_nothing_heavy():
    script = "import engine, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()
