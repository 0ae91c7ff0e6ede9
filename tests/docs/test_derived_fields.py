"""The page on derived fields lists what comes with the package."""

from __future__ import annotations

import re
from pathlib import Path

from engine.load import load_text
from engine.load.tables import MAX_BYTES, MAX_ROWS


def test_every_shipped_field_has_its_row_and_the_limits_are_those_of_the_loader(checkout: Path) -> None:
    page = (checkout / "docs" / "derived-fields.md").read_text("utf-8")
    shipped = [definition.name for definition in load_text("").derived]
    assert [name for name in shipped if not re.search(rf"^\| `{name}` \|", page, re.MULTILINE)] == []
    assert f"{MAX_ROWS:,} rows" in page
    assert f"{MAX_BYTES >> 20} MiB" in page
