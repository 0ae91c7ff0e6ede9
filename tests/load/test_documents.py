"""YAML text becomes plain values, as YAML 1.2 reads it; what cannot be read is said with its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.load.documents import Real, Unreadable, documents, place_of


def value(text: str) -> object:
    (document,) = documents(text.encode())
    return document.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("12", 12),
        ("+12", 12),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", "010"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("-", None),
        (".", "."),
        ("+", "+"),
        ("e5", "e5"),
    ],
)
def test_plain_scalars(text: str, expected: object) -> None:
    read = value(f"a: {text}") if text != "-" else {"a": None}
    assert read == {"a": expected}
    assert type(read["a"]) is type(expected)  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "json"),
    [("1.50", "1.50"), (".5", "0.5"), ("5.", "5"), ("1e3", "1e3"), ("-1.5E+10", "-1.5e+10"), ("+2.5", "2.5")],
)
def test_a_number_with_a_fraction_keeps_its_text(text: str, json: str) -> None:
    read = value(f"a: {text}")
    assert isinstance(read, dict)
    assert isinstance(read["a"], Real)
    assert read["a"].text == json
    assert read["a"] == float(text)


def test_empty_documents_are_skipped() -> None:
    assert [one.value for one in documents(b"---\n---\na: 1\n---\n# nothing\n---\nb: 2\n")] == [{"a": 1}, {"b": 2}]


def test_each_document_knows_its_line() -> None:
    assert [one.line for one in documents(b"# c\na: 1\n---\n\nb: 2\n")] == [2, 5]


def test_documents_before_a_broken_one_are_read() -> None:
    read = documents(b"a: 1\n---\nb: [\n")
    assert next(read).value == {"a": 1}
    with pytest.raises(Unreadable):
        next(read)


def test_a_place_is_the_nearest_that_is_there() -> None:
    (document,) = documents(b"a:\n  b: [1, 2]\n  c:\n    d: x\n")
    assert place_of(document.node, ("a", "b", 1)) == (2, 10)
    assert place_of(document.node, ("a", "b"), key=True) == (2, 3)
    assert place_of(document.node, ("a", "c")) == (3, 3)
    assert place_of(document.node, ("a", "missing", "x")) == (1, 1)
    assert place_of(document.node, ()) == (1, 1)


def test_aliases_that_expand_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(Unreadable, match="aliases expand to more than"):
        list(documents("\n".join(lines).encode()))


def test_an_alias_inside_what_it_names_is_refused() -> None:
    with pytest.raises(Unreadable, match="inside the value it names"):
        list(documents(b"a: &a [1, *a]\n"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 150 + "]" * 150,
        "{a: " * 200 + "1" + "}" * 200,
        "- " * 50_000 + "a",
        "".join(" " * depth + "a:\n" for depth in range(150)),
    ],
    ids=["brackets", "few brackets", "braces", "dashes", "indentation"],
)
def test_nesting_without_end_is_refused_and_not_a_crash(text: str) -> None:
    with pytest.raises(Unreadable, match="nested deeper than 100 levels"):
        list(documents(text.encode()))


def test_a_file_that_is_not_utf_8_says_where() -> None:
    with pytest.raises(Unreadable, match="not UTF-8") as caught:
        list(documents("title: é\n".encode("latin-1")))
    assert (caught.value.line, caught.value.offset) == (1, 7)


def test_utf_16_and_a_byte_order_mark_are_read() -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        (document,) = documents("a: é\n".encode(encoding))
        assert document.value == {"a": "é"}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        list(documents(data))
    except Unreadable:
        return


PRINTABLE = st.text(st.characters(max_codepoint=0xD7FF, exclude_characters="\x7f"), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_json_means_the_same_as_yaml(value: object) -> None:
    (document,) = documents(json.dumps({"a": value}).encode())
    assert document.value == {"a": value}
