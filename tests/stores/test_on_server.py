"""What is tested of alerts, runs and the service with state files holds with a server, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = (
    "tests/alerts/test_book.py", "tests/alerts/test_desk.py", "tests/alerts/test_outbox.py",
    "tests/alerts/test_sender.py", "tests/service/test_answers.py", "tests/service/test_gaps.py",
    "tests/service/test_serving.py", "tests/runners/test_continuing.py", "tests/runners/test_retention.py",
    "tests/runners/test_foreseeing.py", "tests/stores/test_slots.py",
)  # fmt: skip

BESIDE = "anything_else_starts_anew"
"""What looks into the file itself."""


@pytest.mark.full
@pytest.mark.parametrize("file", ASKED)
def test_it_holds_with_a_server(file: str, postgres: str, checkout: Path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.stores.on_server", file, "-k", f"not {BESIDE}"]
    environ = {**os.environ, "DETECT_TEST_SERVER": postgres, "DETECT_TEST_TIER": "core"}
    done = subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
