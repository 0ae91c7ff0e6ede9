"""The gate before keywords: where it is shut, no keyword is in the record, however its text is written."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from engine.match.fragments import MOST, fragments
from engine.match.keywords import Gate
from engine.rules import ANY, Text
from engine.values import fold

SIGNS = "abkisSK:.-\\/\"' 0é\u0130\u212a"
WORDS = st.lists(st.text(SIGNS, min_size=1, max_size=12), min_size=1, max_size=6)


def gate(words: list[str]) -> Gate:
    return Gate([Text(None, (ANY, word, ANY), cased=False) for word in words])


@st.composite
def texts(draw: st.DrawFn) -> tuple[list[str], str, bytes]:
    """Words, a text that may hold one of them in some spelling, and a record with it, escaped or not."""
    words = draw(WORDS)
    inside = draw(st.sampled_from([*words, ""]))
    spelt = "".join(draw(st.sampled_from([sign, sign.upper(), sign.lower(), sign.swapcase()])) for sign in inside)
    odd = {"k": "\u212a", "i": "\u0130"}
    spelt = "".join(odd[sign] if sign in odd and draw(st.integers(0, 9)) == 0 else sign for sign in spelt)
    value = draw(st.text(SIGNS, max_size=5)) + spelt + draw(st.text(SIGNS, max_size=5))
    raw = json.dumps({"f": value}, ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()):
        raw = raw.replace("/", "\\/")
    if draw(st.booleans()):
        at = draw(st.integers(7, max(7, len(raw) - 3)))
        if raw[at].isalnum() and "\\" not in raw[max(0, at - 6) : at + 1]:
            raw = f"{raw[:at]}\\u{ord(raw[at]):04{draw(st.sampled_from('xX'))}}{raw[at + 1 :]}"
    return words, value, raw.encode()


@given(texts())
@example((["kiwi"], "\u212aiwi", '{"f":"\u212aiwi"}'.encode()))
@example((["kxi"], "KX\u0130", '{"f":"KX\u0130"}'.encode()))
@example((["kiwi"], "\u212aiwi", rb'{"f":"\u212aiwi"}'))
@example((["kiwi"], "\u212aiwi", rb'{"f":"\u212Aiwi"}'))
@example((["abc/def"], "abc/def", rb'{"f":"abc\/def"}'))
@example((["kiwi"], "KIWI", rb'{"f":"\u004bIWI"}'))
@example((["mimidrv.sys"], "MimiDrv.SYS", rb'{"f":"MimiDrv.SYS"}'))
def test_a_gate_is_never_shut_to_a_keyword(case: tuple[list[str], str, bytes]):
    words, value, raw = case
    assert json.loads(raw)["f"] == value
    if any(fold(word) in fold(value) for word in words):
        assert not gate(words).shut(raw)
    beside = b'{"f":"nothing of it"}'
    assert gate(words).all_shut([beside, raw, beside])[1] == gate(words).shut(raw)


def test_a_gate_is_shut_to_what_is_plain():
    mine = gate(["Kiwi Legit Printer", "sekurlsa::", "dpapi::masterkey", "mimidrv.sys"])
    said = [
        b'{"f":"C:\\\\Windows\\\\System32\\\\kernel32.dll"}',
        b'{"f":"SEKURLSA::logonpasswords"}',
        b'{"f":"a mimi"}',
    ]
    assert mine.all_shut(said) == [True, False, True]


@given(st.sets(st.text("abkis:.-0 ", min_size=1, max_size=12), min_size=1, max_size=40))
def test_one_of_the_pieces_stands_in_every_word_in_every_spelling(words: set[str]):
    pieces = fragments(words)
    if pieces is None:
        return
    assert len(pieces) <= MOST
    for word in words:
        for spelt in (word, word.upper(), word.title(), word.swapcase()):
            assert any(piece in spelt.encode() for piece in pieces)
