"""Dialects: whatever stands in a log is shown as text, whoever shows it, and a cut leaves nothing open."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.destination import Unit, size
from engine.dialects import CUT, DIALECTS, Dialect, cut, href_of

MARKS = st.sampled_from([
    "*", "_", "~", "`", "<", ">", "&", "[", "](", ")", "!", "|", "||", "#", "@everyone", "@", "://", "{{", "${", "\\",
    "=", "\r\n", "\x1b[31m", "\u202e", '"', "'", "<!channel>", "&amp;", "-", "+ ", "1. ", "> ", "\ud800", "🔥", " ",
])  # fmt: skip
hostile = st.lists(MARKS | st.text(max_size=3), max_size=12).map("".join)
PEOPLE = ("plain", "header", "html", "mrkdwn", "markdown", "discord", "adaptive")


@given(hostile, st.sampled_from(sorted(DIALECTS)))
def test_a_value_is_one_line_of_visible_characters(text: str, name: str):
    for made in (DIALECTS[name].escape(text), DIALECTS[name].code(text)):
        assert [char for char in made if not char.isprintable() and char != "\u200b"] == []


@given(hostile, st.sampled_from(PEOPLE))
def test_where_people_read_no_address_in_a_value_becomes_a_link(text: str, name: str):
    assert "://" not in DIALECTS[name].escape(f"see {text} http://evil.example/")


@given(hostile)
def test_html_has_no_element_and_says_the_same(text: str):
    escape = DIALECTS["html"].escape
    seen: list[str] = []
    reader = HTMLParser()
    reader.handle_data = seen.append  # type: ignore[method-assign]
    reader.handle_starttag = reader.handle_endtag = lambda *_: pytest.fail("an element")  # type: ignore[method-assign]
    reader.feed(escape(text))
    reader.close()
    assert "".join(seen) == DIALECTS["plain"].escape(text)
    assert html.unescape(escape(text)) == DIALECTS["plain"].escape(text)


@given(hostile)
def test_mrkdwn_has_no_mention_link_or_format(text: str):
    made = DIALECTS["mrkdwn"].escape(text)
    assert not set(made) & set("<>*~`")
    assert re.search(r"&(?!amp;|lt;|gt;)", made) is None
    assert re.search(r"(?<![^\W_])_\S", made) is None, "an underscore only within a word"
    code = DIALECTS["mrkdwn"].code(text)
    assert code.count("`") == (0 if code == "–" else 2)
    assert not set(code) & set("<>")


@given(hostile, st.sampled_from(["markdown", "discord", "adaptive"]))
def test_markdown_has_nothing_but_escaped_marks(text: str, name: str):
    made = DIALECTS[name].escape(text)
    bare = re.sub(r"\\[\\`*_{}\[\]()<>#+\-.!|~&]", "", made)
    assert not set(bare) & set("\\`*_{}[]()<>#|~&!"), bare
    assert re.search(r"(^|\s)[+\-]", bare) is None, "no list"
    assert re.search(r"@(everyone|here|channel)", made, re.IGNORECASE) is None
    if name != "adaptive":
        code = DIALECTS[name].code(text)
        assert code == "–" or (code.count("`") == 2 and code[0] == code[-1] == "`")


@given(hostile)
def test_a_card_has_no_function_in_it(text: str):
    made = DIALECTS["adaptive"].escape(text)
    assert "{{" not in made.replace("\\", "")
    assert "${" not in made.replace("{\u200b", "")


@given(hostile)
def test_what_stands_between_quotes_of_json_is_the_text(text: str):
    expected = text.encode("utf-8", "backslashreplace").decode()
    assert json.loads(f'"{DIALECTS["json"].escape(text)}"') == expected


@given(hostile)
def test_cef_has_no_separator(text: str):
    value, head = DIALECTS["cef"].escape(text), DIALECTS["cef_header"].escape(text)
    assert re.search(r"(?<!\\)(\\\\)*=", value) is None
    assert re.search(r"(?<!\\)(\\\\)*\|", head) is None


def test_names_that_people_need_stay_as_they_are():
    for name in ("my_role-name.v2", "alice@example.com", "i-0abc/def", "arn:aws:iam::123456789012:user/alice"):
        assert DIALECTS["mrkdwn"].escape(name) == name
        assert DIALECTS["header"].escape(name) == name
        assert DIALECTS["discord"].code(name) == f"`{name}`"
    assert DIALECTS["markdown"].escape("v1.2-a") == "v1.2-a"


@given(
    st.lists(hostile, max_size=8), st.sampled_from(sorted(DIALECTS)), st.sampled_from(["characters", "bytes", "utf16"]),
    st.integers(1, 120),
)  # fmt: skip
def test_a_cut_text_fits_and_leaves_nothing_open(values: list[str], name: str, unit: Unit, longest: int):
    dialect = DIALECTS[name]
    whole = composed(dialect, values)
    made = cut(whole, longest, unit, dialect)
    assert size(made, unit) <= longest
    made.encode()
    if made == whole or longest < 60:
        return
    assert made.rstrip().endswith(dialect.escape(CUT))
    if name == "html":
        assert opened(made) == []
    elif name == "json":
        json.loads(f'"{made}"')
    elif name in ("mrkdwn", "markdown", "discord"):
        last = made.rsplit("\n", 1)[-1]
        assert len(re.findall(r"(?<!\\)`", last)) % 2 == 0
        assert made.count("<") == made.count(">") or name != "mrkdwn"


def test_html_that_is_cut_anywhere_has_all_its_elements_closed():
    html_ = DIALECTS["html"]
    whole = "<div><p>" + composed(html_, ["a & b", "<i>", "long enough"] * 3) + "</p></div>"
    made = [cut(whole, longest, "characters", html_) for longest in range(60, len(whole))]
    assert [opened(one) for one in made] == [[]] * len(made)
    assert all(re.search(r"&(?!amp;|lt;|gt;|#x27;)", one) is None for one in made)


def composed(dialect: Dialect, values: list[str]) -> str:
    """As templates do: a mark, a value, some markup."""
    rows = [f"- {dialect.bold(dialect.escape(one) or 'x')}: {dialect.code(one)}" for one in values]
    return ("\n" if dialect.lines and dialect.name != "json" else " ").join(rows).replace('"', "'")


def opened(text: str) -> list[str]:
    found: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, _: found.append(tag)  # type: ignore[method-assign]
    reader.handle_endtag = lambda tag: found.remove(tag)  # type: ignore[method-assign]
    reader.feed(text)
    reader.close()
    return found


def test_what_fits_is_not_cut_and_multi_byte_characters_stay_whole():
    plain = DIALECTS["plain"]
    assert cut("é" * 10, 20, "bytes", plain) == "é" * 10
    assert cut("🔥" * 40, 50, "utf16", plain) == "🔥" * 21 + CUT
    assert cut("漢" * 40, 50, "bytes", plain) == "漢" * 13 + CUT
    assert cut("abcdef" * 4, 0, "characters", plain) == "abcdef" * 4


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://a.example/x?y=1&z=2#w", "https://a.example/x?y=1&z=2#w"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/a)|>\"'<*`", "https://a.example/a%29%7C%3E%22%27%3C%2A%60"),
        ("https://a.example/%20", "https://a.example/%20"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://", ""),
        ("//a.example/", ""),
        ("https://a.example/\n", ""),
        ("http://[::1", ""),
    ],
)
def test_only_whole_web_addresses_are_links(href: str, expected: str):
    assert href_of(href) == expected


@given(hostile)
def test_no_address_breaks_out_of_a_link(text: str):
    made = href_of(f"https://a.example/{text}")
    assert not set(made) & set("<>\"'`|()* \n\\{}")
