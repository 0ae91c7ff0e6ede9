"""Files of rules and tests are laid out without changing what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.load import load
from engine.load.layout import LayoutError, is_laid_out, laid_out

ROUGH = (
    '# of us all\r\nlevel: high   \r\n\r\n\r\n# what it is called\r\ntitle: "Odd"  # as it is\r\n'
    'detection:\r\n  condition: a\r\n  a:\r\n  - b: "it\'s"\r\n    # the rest\r\n    c|re: "x\\\\d"\r\n  - d: \'e\'\r\n'
    "logsource: {product: aws}\r\ndescription: |\r\n  one   \r\n\r\n\r\n  # two\r\n"
)
SMOOTH = (
    "# of us all\n# what it is called\ntitle: 'Odd'  # as it is\ndescription: |\n  one   \n\n\n  # two\n"
    'logsource: {product: aws}\ndetection:\n    condition: a\n    a:\n        - b: "it\'s"\n          # the rest\n'
    "          c|re: \"x\\\\d\"\n        - d: 'e'\nlevel: high\n"
)


def test_a_rough_file_is_smooth_and_keeps_its_comments():
    assert laid_out(ROUGH, "x.yml") == SMOOTH


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a: 1", "a: 1\n"),
        ("\ufeffa: 1\n", "a: 1\n"),
        ("a: 1\n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"),
        ("level: low\ntitle: x\n", "title: x\nlevel: low\n"),
        ("title: x\nlevel: low\nown: 1\ndate: d\n", "title: x\ndate: d\nlevel: low\nown: 1\n"),
        ("level: low\ntitle: x\n---\nlevel: low\ntitle: y\n", "title: x\nlevel: low\n---\ntitle: y\nlevel: low\n"),
        ("a:\n- b\n- c:\n  - d\n", "a:\n    - b\n    - c:\n          - d\n"),
        ("a: [b,\n  \"c\",\n d]\n", "a: [b,\n  'c',\n d]\n"),
        ("a:\n  b: >-\n     c\n     d\n", "a:\n    b: >-\n       c\n       d\n"),
        ("a:\n  b: x\n    y\n", "a:\n    b: x\n      y\n"),
    ],
)  # fmt: skip
def test_a_text_is_laid_out(text: str, made: str):
    assert laid_out(text, "x.yml") == made


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [1\n", "x.yml:2:1"),
        ("a: 1\n\tb: 2\n", "x.yml:2"),
        ("a: x\u2028y\n", "x.yml:1"),
        ("a:\n-  - b\n   - c\n", "left as it is"),
        ("level: &one high\ntitle: *one\n", "left as it is"),
        ("a: " + "[" * 4000 + "]" * 4000, "nested"),
    ],
)
def test_a_file_that_it_would_harm_is_refused_with_its_place(text: str, fault: str):
    with pytest.raises(LayoutError, match=fault):
        laid_out(text, "x.yml")


@pytest.mark.parametrize(
    ("text", "tests", "ours"),
    [("title: x\ndetection: {}\n", False, True), ("tests: []\n", True, True), ("rules: [a]\n", False, False),
     ("title: x\ndetection: {}\n---\na: 1\n", False, False), ("- 1\n", False, False), ("", False, False)],
)  # fmt: skip
def test_only_rules_and_tests_are_ours(text: str, tests: bool, ours: bool):
    assert is_laid_out(text, tests=tests) is ours


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x85\u2028\u2029\ufeff"), max_size=12)
DATA: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXTS, each, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["title", "level", "detection", "own", "tags", "description"])
COMMENTS = st.lists(st.sampled_from(["# one", "  # two", "", "   "]), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, DATA, min_size=1), st.booleans(), COMMENTS, st.booleans())
def test_what_it_says_stays_comments_stay_and_twice_is_once(
    data: dict[str, Any], flow: bool, comments: list[str], tests: bool
):
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    text = "\n".join(comments) + "\n" + text + "# last\n"
    assume("? " not in text and "&id" not in text)  # keys that PyYAML writes in a way that is refused
    made = laid_out(text, "x.yml", tests=tests)
    assert yaml.safe_load(made) == yaml.safe_load(text)
    assert made.count("# one") == text.count("# one")
    assert made.count("# last") == text.count("# last")
    assert laid_out(made, "x.yml", tests=tests) == made


def compiled(folder: Path) -> list[Any]:
    ruleset = load([str(folder)], cache=False)
    assert not ruleset.rejected
    return [msgspec.structs.replace(one, line=0) for one in (*ruleset.rules, *ruleset.correlations)]


def test_the_shipped_rules_compile_to_the_same_however_they_were_laid_out(tmp_path: Path, checkout: Path):
    rough, smooth = tmp_path / "a" / "r", tmp_path / "b" / "r"
    for path in sorted((checkout / "rules" / "aws" / "cloudtrail" / "iam").glob("*.yml")):
        if path.name.endswith(".test.yml"):
            continue
        for folder, text in ((rough, path.read_text("utf-8")), (smooth, laid_out(path.read_text("utf-8"), str(path)))):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path.name).write_text(text, "utf-8", newline="\n")
    before, after = compiled(rough), compiled(smooth)
    assert before
    assert [msgspec.structs.replace(one, path="") for one in before] == [
        msgspec.structs.replace(one, path="") for one in after
    ]
