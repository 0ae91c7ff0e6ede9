"""The list of bugs stays true to the source; that each is found is for `tests/bugs/run.py` to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bugs.bug import Bug
from tests.bugs.run import BUGS


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_text_that_a_bug_replaces_stands_once_in_its_file(bug: Bug, checkout: Path) -> None:
    assert (checkout / bug.file).read_text("utf-8").count(bug.old) == 1
    assert bug.new != bug.old


def test_no_two_bugs_have_one_name() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 50
