"""detect route test: where an alert would go and why; every fault of the routes at once, with its place."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CONFIG = """\
notifiers:
  pager: {type: webhook, url: "https://example.com/x"}
  mail: {type: file, path: alerts.ndjson}
routes:
  - name: urgent
    match: [level=high+]
    to: [pager]
    routes:
      - match: ["account=111122223333"]
        to: [pager, mail]
  - to: [mail]
"""


def answer(tmp_path: Path, *words: str, config: str = CONFIG) -> tuple[int, list[str], str]:
    (tmp_path / "detect.yml").write_text(config)
    command = ["detect", "route", "test", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["level=critical"], ["urgent: yes", "  urgent / account=111122223333: no, it wants account=111122223333",
                              "-> pager (route urgent)"]),
        (["level=high", "account=111122223333"],
         ["urgent: yes, and one below it", "  urgent / account=111122223333: yes",
          "-> pager, mail (route urgent / account=111122223333)"]),
        (["level=low"], ["urgent: no, it wants level=high+", "default: yes", "-> mail (route default)"]),
    ],
)  # fmt: skip
def test_it_says_where_and_why(tmp_path: Path, words: list[str], shown: list[str]):
    assert answer(tmp_path, *words) == (0, shown, "")


def test_every_fault_is_said_with_its_place(tmp_path: Path):
    config = CONFIG.replace("level=high+", "level=hgih").replace("- to: [mail]", "- to: [mail]\n    group_wait: soon")
    status, _, err = answer(tmp_path, "level=low", config=config)
    assert status == 2
    assert "detect.yml:6:13" in err
    assert '"hgih" is no level' in err
    assert "group_wait:" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("to: [mail]\n", "to: [mial]\n", 'did you mean "mail"?'),
        ("  - to: [mail]\n", "", "there is no default route"),
        ("routes:\n  - name", "routes: 5\nx:\n  - name", "routes is to be a list"),
        ("notifiers:", "notifiers: [", "detect.yml:"),
    ],
)
def test_routes_that_cannot_be_meant(tmp_path: Path, old: str, new: str, said: str):
    status, _, err = answer(tmp_path, "level=low", config=CONFIG.replace(old, new))
    assert status == 2
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [[], ["level"], ["level=worst"], ["level=low", "--alert", "x"], ["a=b", "-c", "none"]]
)
def test_a_question_that_cannot_be_meant(tmp_path: Path, words: list[str]):
    status, _, err = answer(tmp_path, *words)
    assert status == 2
    assert "hint:" in err
