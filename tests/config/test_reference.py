"""Every option is described, and docs/configuration.md shows what the Structs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config.reference import Section, reference, sections
from engine.options import described, fields_of

SECTIONS = list(sections())
BEGIN, END = "<!-- begin: detect config options -->\n", "<!-- end -->"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_option_is_described_in_its_docstring(section: Section):
    assert described(section.cls).summary
    assert [option.name for option in fields_of(section.cls) if not option.description] == []


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_a_docstring_describes_no_option_that_is_not_there(section: Section):
    known = {option.name for option in fields_of(section.cls)}
    assert set(described(section.cls).options) <= known


def test_the_page_shows_every_option(checkout: Path):
    page = (checkout / "docs" / "configuration.md").read_text("utf-8")
    shown = page.partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == reference().strip(), "put what `detect config options` prints into docs/configuration.md"


def test_a_section_can_be_asked_for():
    assert reference("limits").startswith("### `limits`\n")
    assert "type `email`" in reference("notifiers")
    assert reference("email").startswith("### `notifiers.NAME`, type `email`")
    assert reference("none") == ""
