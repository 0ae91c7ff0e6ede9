"""Formats are found by the names of their modules."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from engine.errors import UsageError
from engine.outputs import known, names, output
from tests.outputs.made import detection


def test_the_formats_are_the_modules_without_an_underscore():
    assert names() == ("csv", "json", "ndjson", "ocsf", "table")


def test_listing_the_formats_imports_none_of_them():
    script = "import sys, engine.outputs as o; o.names(); print([m for m in sys.modules if m.startswith(o.__name__)])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['engine.outputs']"


@pytest.mark.parametrize("name", ["xml", "_json", "schema", ""])
def test_an_unknown_format_is_an_error_that_names_the_known(name: str):
    assert not known(name)
    with pytest.raises(UsageError, match="csv, json, ndjson, ocsf, table"):
        output(name)


@pytest.mark.parametrize("name", names())
def test_rows_and_what_makes_them_travel_to_a_worker_and_back(name: str):
    make = pickle.loads(pickle.dumps(output(name).row))
    row = make(detection())
    assert pickle.loads(pickle.dumps(row)) == row
