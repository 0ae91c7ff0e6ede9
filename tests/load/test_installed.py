"""Pipelines that packages bring are found by their ids, on both majors of pySigma."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGE = """\
from sigma.pipelines.base import Pipeline
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation, FieldMappingTransformation
from sigma.processing.transformations import ValueListPlaceholderTransformation

@Pipeline
def first_pipeline() -> ProcessingPipeline:
    return ProcessingPipeline(priority=20, items=[ProcessingItem(FieldMappingTransformation({"g": ["h", "i"]}))])

_once = ProcessingPipeline(priority=10, items=[
    ProcessingItem(FieldMappingTransformation({"f": "g"})),
    ProcessingItem(AddConditionTransformation({"index": "main"})),
    ProcessingItem(ValueListPlaceholderTransformation()),
], vars={"who": ["ann"]})

@Pipeline
def second_pipeline() -> ProcessingPipeline:
    return _once

def broken_pipeline() -> ProcessingPipeline:
    raise ValueError("out of order")

pipelines = {"acme-first": first_pipeline, "acme-second": second_pipeline, "acme-broken": broken_pipeline}
"""

SCRIPT = """
import json, sys
from engine import DetectError, load_rules
rule = "title: t\\nlogsource: {product: test}\\ndetection: {s: {f|expand: '%who%'}, condition: 1 of them}\\n"
found = []
for names in json.loads(sys.argv[1]):
    try:
        (rule_,) = load_rules(rule, names, variables={"who": "bob"} if "acme-second" not in names else {}).rules
        found.append(sorted({predicate.field for expr in rule_.selections.values()
                             for predicate in getattr(expr, "args", (expr,))} | set(rule_.selections)))
    except DetectError as error:
        found.append(str(error))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "sigma" / "pipelines" / "acme").mkdir(parents=True)
    (folder / "sigma" / "pipelines" / "acme" / "__init__.py").write_text(PACKAGE)
    return folder


def loaded(packages: Path, checkout: Path, *names: list[str]) -> list[Any]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(checkout), str(packages)])}
    command = [sys.executable, "-c", SCRIPT, json.dumps(names)]
    done = subprocess.run(command, env=environment, cwd=packages, capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


def test_an_installed_pipeline_is_applied_again_and_again_by_priority(packages: Path, checkout: Path):
    first, second, both, again = loaded(
        packages, checkout, ["acme-first"], ["acme-second"], ["acme-first", "acme-second"], ["acme-second"]
    )
    assert first == ["f", "s"]  # nothing is called "g" before the other has been applied
    assert second == again == ["_cond_1", "g", "index", "s"]
    assert both == ["_cond_1", "h", "i", "index", "s"]


def test_one_that_is_not_there_or_broken_is_said(packages: Path, checkout: Path):
    unknown, broken = loaded(packages, checkout, ["acme-frist"], ["acme-broken"])
    assert unknown == (
        'there is no file, folder or installed pipeline "acme-frist"\n  hint: did you mean "acme-first"?'
    )
    assert broken == 'the installed pipeline "acme-broken" cannot be made: out of order'
