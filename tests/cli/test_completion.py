"""Words complete in the three shells."""

from __future__ import annotations

import pytest

from tests.cli.conftest import House


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(house: House, shell: str):
    done = house.detect("completion", shell)
    assert done.status == 0
    assert f"_DETECT_COMPLETE={shell}_complete" in done.out


def test_an_unknown_shell_is_status_2(house: House):
    assert house.detect("completion", "csh").status == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("detect r", ["route", "rules", "run"]),
        ("detect cov", ["coverage"]),
        ("detect new x.yml --kind ev", ["event_count"]),
        ("detect test --rec", ["--record"]),
        ("detect run --since 1d --lev", ["--level"]),
        ("detect run --level hi", ["high+", "high"]),
        ("detect run --fail-on c", ["critical"]),
        ("detect run --format nd", ["ndjson"]),
    ],
)
def test_commands_options_and_values_complete(house: House, words: str, expected: list[str]):
    house.environment |= {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = house.shell("_DETECT_COMPLETE=bash_complete detect")
    assert [line.partition(",")[2] for line in done.out.splitlines()] == expected
