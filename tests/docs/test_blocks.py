"""The examples are taken apart as their authors mean them."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import Step, agrees, blocks, steps


def test_what_is_typed_and_what_it_shows():
    body = "$ detect rules\none\ntwo\n$ detect run --source x  # status 3\n$ a \\\n> b\nc\n"
    assert list(steps(body)) == [
        Step("detect rules", 0, "one\ntwo"),
        Step("detect run --source x", 3, None),
        Step("a \\\nb", 0, "c"),
    ]


def test_three_dots_stand_for_lines_or_for_words():
    assert agrees("...\nlast", "first\nsecond\nlast\n")
    assert agrees("one ... three", "one two three")
    assert agrees("a b", "a      b  ")
    assert not agrees("first", "first\nsecond")
    assert not agrees("...\nlast", "last\nmore")


def test_a_block_that_is_not_to_run_says_why(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# x\n\n```console\n$ true\n```\n\n<!-- not run: no such server -->\n```console\n$ false\n```\n")
    assert [(block.line, block.body) for block in blocks(page, "page.md")] == [(4, "$ true\n")]
