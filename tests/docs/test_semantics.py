"""docs/semantics.md speaks of every point that is fixed or open, and has a case for each."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.cases.read import FOLDER, entries

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "semantics.md"
LISTED = yaml.safe_load((Path(__file__).parent / "requirements.yml").read_text("utf-8"))
KNOWN = {
    *(f"{file}: {entry['says']}" for file, entry in entries(FOLDER)),
    *(f"rejected/{file}: {entry['says']}" for file, entry in entries(FOLDER / "rejected")),
    *(f"correlations/{file}: {entry['says']}" for file, entry in entries(FOLDER / "correlations")),
}


class Row(NamedTuple):
    """One line of a table: a point, what holds here, and what shows it."""

    no: str
    by: str
    text: str
    cases: tuple[str, ...]


def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        if re.match(r"\| *[0-9]", line):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) == 4, line
            found.append(Row(cells[0], cells[1], cells[2], tuple(re.findall(r"`([^`]+)`", cells[3]))))
    return found


ROWS = rows()


def test_every_point_is_spoken_of_in_order_and_none_is_made_up():
    assert [(row.no, row.by) for row in ROWS] == [(point["point"], point["by"]) for point in LISTED]


@pytest.mark.parametrize("row", ROWS, ids=[row.no for row in ROWS])
def test_every_line_has_cases_and_they_exist(row: Row):
    assert row.cases, f"{row.no} has no case"
    for case in row.cases:
        assert stands(case) if case.startswith("tests/") else case in KNOWN, f"{row.no}: there is no {case!r}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.by == "OPEN"], ids=lambda row: row.no)
def test_every_decision_gives_its_reason(row: Row):
    assert re.search(r"(?<!\*)\*[^*]{10,}\*(?!\*)", row.text), f"{row.no} gives no reason *in italics*"


def test_every_timeline_of_a_sigma_type_shows_some_line_of_the_page():
    shown = {case for row in ROWS for case in row.cases}
    files = {file for file, _ in entries(FOLDER / "correlations")} - {"native"}
    timelines = {case for case in KNOWN if case.partition(":")[0].removeprefix("correlations/") in files}
    missed = {case for case in timelines if case.startswith("correlations/")} - shown
    assert sorted(missed) == []


def stands(case: str) -> bool:
    """Whether "tests/FILE.py::NAME" is a test."""
    path, _, name = case.partition("::")
    tree = ast.parse((CHECKOUT / path).read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def facts() -> list[tuple[str, str]]:
    """Section and text of every line of a list of facts: sections 1 to 8, and 9 on correlations."""
    named = os.environ.get("DETECT_SHARED_DATA")
    shared = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    path = shared.parent / "facts" / "sigma-semantics.md"
    if not path.is_file():
        pytest.skip("needs the list of facts beside the real data: set DETECT_SHARED_DATA")
    section, found = "", []
    for line in path.read_text("utf-8").splitlines():
        if heading := re.match(r"## ([0-9]+)\.", line):
            section = heading[1]
        elif section and int(section) <= 9:
            found.append((section, line))
    return found


def test_every_fact_that_is_fixed_or_open_is_among_the_points():
    sections = {"10": "9"}  # where the page has another number for what the facts speak of
    spoken = [
        (sections.get(section := point["point"].partition(".")[0], section), point["facts"])
        for point in LISTED
        if "facts" in point
    ]
    missed = [
        line
        for section, line in facts()
        if re.search(r"\b(MUST|OPEN)\b", line)
        and not any(about == section and words in line for about, words in spoken)
    ]
    assert missed == []
