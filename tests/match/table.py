"""Cases written by hand from the facts on Sigma's semantics (sections 2, 3, 5 and 6), for the oracle and the engine."""

from __future__ import annotations

import math
from typing import Any

from engine.rules import ANY, ONE, Bool, Cidr, Compare, Exists, FieldRef, Null, Number, Predicate, Regex, Text, TimePart

__all__ = ["CROWD", "KEYWORDS", "MISSING", "PATHS", "REFERENCES", "SHARED", "TOGETHER", "VALUES", "event"]

MISSING = object()


def event(value: Any) -> dict[str, Any]:
    return {} if value is MISSING else {"f": value}


# predicate, then values of the field that it is true of, then values that it is not true of
VALUES: list[tuple[Predicate, list[Any], list[Any]]] = [
    # Text without wildcards: the whole value, any case, numbers and booleans by their text
    (Text("f", ("Admin",)), ["Admin", "ADMIN", ["x", "admin"], [["admin"]]], ["Admins", "", None, MISSING, {"a": 1}]),
    (Text("f", ("4624",)), [4624, "4624"], [4624.0, "04624", True, None]),
    (Text("f", ("4624.0",)), [4624.0, "4624.0"], [4624]),
    (Text("f", ("1e+16",)), [1e16, "1E+16"], [10**16]),
    (Text("f", ("true",)), [True, "TRUE"], [1, "1", False]),
    (Text("f", ("1",)), [1, "1"], [True, 1.0]),
    (Text("f", ("null",)), ["null"], [None, MISSING]),
    (Text("f", ()), ["", ["a", ""]], [None, MISSING, 0, False, [], {}, " "]),
    (Text("f", ('{"a":1}',)), ['{"a":1}'], [{"a": 1}]),
    (Text("f", ("É",)), ["é", "É"], ["e", "E\u0301"]),
    (Text("f", ("ΑΣ",)), ["ας", "ασ", "ΑΣ"], []),
    (Text("f", ("\N{KELVIN SIGN}",)), ["k", "K"], ["kk"]),
    (Text("f", ("ß",)), ["ß", "ẞ"], ["SS", "ss"]),
    (Text("f", ("Admin",), cased=True), ["Admin"], ["admin", "ADMIN"]),
    (Text("f", ("true",), cased=True), [True, "true"], ["True"]),
    # Wildcards: any character, line breaks too
    (Text("f", ("a", ANY)), ["a", "A", "abc", "a\n\nb"], ["ba", ""]),
    (Text("f", (ANY, "a")), ["a", "bA", "\na"], ["a\n", "ab"]),
    (Text("f", (ANY, "a", ANY)), ["a", "xay", "x\nA\ny", {"a": 1}, {"k": ["A"]}], ["b", "", None, {"b": 1}]),
    (Text("f", ("a", ONE, "c")), ["abc", "A\nC", "aéc"], ["ac", "abbc"]),
    (Text("f", (ONE,)), ["a", "\n", 1, "😀"], ["", "ab", 10, True]),
    (Text("f", (ANY, ONE)), ["a", "ab", 0, False, {}], ["", None, []]),
    (Text("f", (ANY,)), ["", 0, False, {}, {"a": 1}, "x", [1]], [None, MISSING, [], [None]]),
    (Text("f", ("aba", ANY, "aba")), ["abaaba", "aba-aba"], ["ababa", "aba"]),
    (Text("f", ("a", ANY, "b", ANY, "c")), ["abc", "a-b-b-c", "abcbc"], ["acb", "abcx"]),
    (Text("f", (ANY, "ab", ANY, "b")), ["abb", "ab-b"], ["ab", "aab"]),
    (Text("f", (ANY, "aa", ANY, "aa", ANY)), ["aaaa", "xaaxaax"], ["aaa"]),
    (Text("f", ("a", ANY, "bc", ANY, "cd")), ["abccd"], ["abcd"]),
    (Text("f", (ANY, "b", ONE, "d", ANY)), ["bxbcdx", "bbcd"], ["cde", "bd"]),
    (Text("f", ("{", ANY), cased=True), [{"a": 1}, {}, "{"], [[]]),
    (Text("f", (ANY, '"a":true', ANY)), [{"x": {"a": True}}, '"A":TRUE'], [{"a": 1}]),
    (Text("f", (ANY, "1e+16", ANY)), [{"n": 1e16}], [{"n": 10**16}]),
    (Text("f", (ANY, "a", ANY)), ["\ud800a", {"\ud800": "A"}, ["\udfff", "A\ud800"]], ["\ud800"]),
    (Text("f", (ONE, "a"), cased=True), ["\ud800a"], ["a", "\ud800A"]),
    (Text("f", (ANY, "nan", ANY)), [math.nan, {"n": math.nan}], ["na n"]),
    (Text("f", ("1", ANY, "0")), [10**5000, 10**19], [1e19]),
    (Text("f", (ANY, '"n":1e-07', ANY)), [{"n": 1e-7}], [{"n": 1e-6}]),
    (Text("f", (ANY, "\\u0001", ANY)), [{"n": "\x01"}], ["\x01"]),
    (Text("f", (ANY, "\x7fé\u2028/", ANY)), [{"n": "\x7fÉ\u2028/"}], ["\x7f"]),
    (Text("f", ("İx", ANY)), ["İX", "i\u0307xy"], ["ix"]),
    # Numbers: exact and numeric, or exactly that text
    (Number("f", "4624"), [4624, 4624.0, "4624", ["a", 4624]], ["4624.0", " 4624", "+4624", "04624", 4625, None]),
    (Number("f", "1"), [1, 1.0, "1"], [True, "true", 1.5, [], {}]),
    (Number("f", "0"), [0, 0.0, -0.0, "0"], [False, "", None, MISSING, "-0"]),
    (Number("f", "0.1"), [0.1, "0.1"], ["0.10", 0.2]),
    (Number("f", "9007199254740993"), [9007199254740993], [9007199254740992, 9007199254740992.0]),
    (Number("f", "18446744073709551617"), [18446744073709551617], [18446744073709551616]),
    (Bool("f", True), [True, "true", "True", [False, True]], [1, 1.0, "1", "yes", None, MISSING]),
    (Bool("f", False), [False, "FALSE"], [0, "", None, MISSING, []]),
    # Null and presence
    (Null("f"), [None, MISSING, [None], ["a", None]], ["", [], 0, False, {}, "null", [""]]),
    (Exists("f", True), [None, "", 0, False, {}, [], [[]], [None]], [MISSING]),
    (Exists("f", False), [MISSING], [None, "", [], {}]),
    # Regular expressions: search, case-sensitive
    (Regex("f", "a.c"), ["abc", "xabcx", ["b", "abc"]], ["ABC", "a\nc", None, MISSING]),
    (Regex("f", ".*"), ["", "a", 0, False, {}], [None, MISSING, []]),
    (Regex("f", "A.C", "is"), ["abc", "a\nc"], ["ac"]),
    (Regex("f", "^b$", "m"), ["b", "a\nb\nc"], ["ab"]),
    (Regex("f", "^b$"), ["b"], ["b\n", "a\nb"]),
    (Regex("f", r"^\d+$"), [12, "12", "0"], ["١", "", 1.5]),
    (Regex("f", r"^\w$"), ["a", "_"], ["é"]),
    (Regex("f", "^true$"), [True, "true"], ["True"]),
    (Regex("f", '"a":1'), [{"a": 1}, '"a":1'], [{"a": 2}]),
    (Regex("f", "^\ufffd$"), ["\ud800", "\udfff"], ["?"]),
    (Regex("f", "(a*)*b"), ["a" * 50 + "b"], ["a" * 50]),
    # Addresses
    (Cidr("f", "10.0.0.0/8"), ["10.1.2.3", ["x", "10.0.0.0"]], ["11.0.0.0", "10.1.2", "10.1.2.3/32"]),
    (Cidr("f", "10.0.0.0/8"), [], ["::ffff:10.0.0.1", "AWS Internal", "010.0.0.1", None, 167772161, "10.0.0.1\n"]),
    (Cidr("f", "::/0"), ["::1", "2001:DB8::1", "::ffff:10.0.0.1"], ["10.0.0.1", "::1%eth0"]),
    (Cidr("f", "2001:db8::/32"), ["2001:db8:ffff::1"], ["2001:db9::"]),
    # Comparisons: numbers, or text that is one; exact
    (Compare("f", "gt", "5"), [6, 5.5, "6", "+6", "5.0001", "1e1", [1, 9]], [5, "5", "x", "6 ", " 6", True, None, {}]),
    (Compare("f", "gte", "5"), [5, 5.0, "5.0", "5e0"], [4, "4.999", "5.", ".9e9"]),
    (Compare("f", "lt", "0"), [-1, "-0.5"], [0, -0.0, False, "", "--1", "0x-1"]),
    (Compare("f", "lte", "9007199254740992"), [9007199254740992], [9007199254740993, "9007199254740993"]),
    (Compare("f", "gt", "5"), [10**5000, "6" * 400, "1e400"], [math.inf, -math.inf, math.nan, "NaN", "Infinity", "٦"]),
    (Compare("f", "lt", "0.1"), [0.09999999999999999], [0.1, "0.1"]),
    # Parts of a date, as written
    (TimePart("f", "hour", "eq", "7"), ["2024-05-06T07:08:09Z", "2024-05-06 07:08", "2024-05-06T07:08+09:00"], []),
    (TimePart("f", "hour", "eq", "0"), [], ["2024-05-06", "2024-05-06T", 1714982400, None, MISSING, "07:08"]),
    (TimePart("f", "minute", "gte", "8"), ["2024-05-06T07:08:09Z", "2024-05-06T07:59"], ["2024-05-06T08:07"]),
    (TimePart("f", "day", "eq", "6"), ["2024-05-06", "2024-05-06T23:59:59-12:00"], ["2024-06-05", "20240506", "6"]),
    (TimePart("f", "month", "eq", "2"), ["2024-02-29"], ["2023-02-29", "2024-2-01"]),
    (TimePart("f", "year", "lt", "2000"), ["1999-12-31"], ["2000-01-01", "99-12-31"]),
    (TimePart("f", "week", "eq", "53"), ["2021-01-01", "2020-12-31"], ["2021-01-04", "2019-12-31"]),
]  # fmt: skip


# path, record, values at the end of it (None: missing)
PATHS: list[tuple[str, dict[str, Any], list[Any] | None]] = [
    ("a", {"a": 1}, [1]),
    ("a", {"A": 1}, None),
    ("a.b", {"a": {"b": 1}}, [1]),
    ("a.b", {"a.b": 1}, [1]),
    ("a.b", {"a.b": 1, "a": {"b": 2}}, [1]),
    ("a.b", {"a.b": None, "a": {"b": 2}}, [None]),
    ("a.b.c", {"a.b": {"c": 1}, "a": {"b": {"c": 2}}}, [1]),
    ("a.b.c", {"a.b": {"d": 1}, "a": {"b": {"c": 2}}}, [2]),
    ("a.b.c", {"a": {"b.c": 1, "b": {"c": 2}}}, [1]),
    ("a.b.c", {"a.b.c": 1, "a.b": {"c": 2}}, [1]),
    ("a.b", {"a": None}, None),
    ("a.b", {"a": "text"}, None),
    ("a.b", {"a": {}}, None),
    ("a.b", {"a": []}, None),
    ("a.b", {"a": [{"b": 1}, {"b": 2}, {"c": 3}, 4, None]}, [1, 2]),
    ("a.b", {"a": [[{"b": 1}], [[{"b": [2, [3]]}]]]}, [1, 2, 3]),
    ("a.b", {"a": [{"b": []}]}, []),
    ("a.b", {"a": {"b": [[]]}}, []),
    ("a.b", {"a": [{"b": {"c": 1}}]}, [{"c": 1}]),
    ("a.b", {"a.b": [], "a": {"b": 1}}, []),
]


# keyword, record, whether it is there
KEYWORDS: list[tuple[Predicate, dict[str, Any], bool]] = [
    (Text(None, (ANY, "evil", ANY)), {"a": {"b": ["x", "so EVIL."]}}, True),
    (Text(None, (ANY, "evil", ANY)), {"evil": "good"}, False),
    (Text(None, (ANY, "46", ANY)), {"a": [{"b": 4624}]}, True),
    (Text(None, (ANY, "ru", ANY)), {"a": True}, True),
    (Text(None, (ANY, "ul", ANY)), {"a": None}, False),
    (Text(None, (ANY, "{", ANY)), {"a": {"b": "c"}}, False),
    (Number(None, "7"), {"a": [[7]]}, True),
    (Number(None, "1"), {"a": True}, False),
    (Bool(None, True), {"a": {"b": "TRUE"}}, True),
    (Regex(None, "^x.z$"), {"a": ["w", "xyz"]}, True),
    (Cidr(None, "10.0.0.0/8"), {"a": {"b": "10.1.1.1"}}, True),
    (Text(None, (ANY,)), {}, False),
    (Text(None, ()), {"a": ""}, True),
]


# reference, value of f, value of g, whether it holds
REFERENCES: list[tuple[FieldRef, Any, Any, bool]] = [
    (FieldRef("f", "g"), "Bob", "bob", True),
    (FieldRef("f", "g", cased=True), "Bob", "bob", False),
    (FieldRef("f", "g"), "bob", "b*b", False),
    (FieldRef("f", "g"), 1, "1", True),
    (FieldRef("f", "g"), 1, 1.0, False),
    (FieldRef("f", "g"), True, "true", True),
    (FieldRef("f", "g"), None, None, False),
    (FieldRef("f", "g"), MISSING, MISSING, False),
    (FieldRef("f", "g"), "", "", True),
    (FieldRef("f", "g"), {"a": 1}, {"a": 1}, False),
    (FieldRef("f", "g"), ["x", "y"], ["z", ["Y"]], True),
    (FieldRef("f", "g"), [], [], False),
    (FieldRef("f", "g", "contains"), "abc", "B", True),
    (FieldRef("f", "g", "contains"), "b", "abc", False),
    (FieldRef("f", "g", "startswith"), "abc", "ab", True),
    (FieldRef("f", "g", "startswith"), "abc", "bc", False),
    (FieldRef("f", "g", "endswith"), "abc", "bc", True),
    (FieldRef("f", "g", "endswith"), "abc", "ab", False),
]

# predicates that share a text or a number, in every order
TOGETHER: list[list[Predicate]] = [
    [Text("f", ("a",)), Text("f", ("A",)), Text("f", ("a",), cased=True), Text("f", ("A",), cased=True)],
    [Text("f", ("1",), cased=True), Number("f", "1"), Text("f", ("1",)), Bool("f", True), Number("f", "1.0")],
    [Text("f", ("true",)), Bool("f", True), Text("f", ("TRUE",)), Text("f", ("True",), cased=True), Bool("f", False)],
    [Text("f", (ANY, "a", ANY)), Text("f", (ANY, "A", ANY)), Text("f", (ANY, "a")), Text("f", ("a", ANY))],
    [Null("f"), Exists("f", True), Exists("f", False), Text("f", ())],
    [Compare("f", "gt", "1"), Compare("f", "gte", "1"), Number("f", "1"), Compare("f", "lt", "1")],
    [Cidr("f", "10.0.0.0/8"), Cidr("f", "10.0.0.1/32"), Cidr("f", "0.0.0.0/0"), Text("f", ("10.0.0.1",))],
    [
        FieldRef("f", "g"),
        FieldRef("f", "g", "contains"),
        FieldRef("f", "g", cased=True),
        FieldRef("g", "f", "endswith"),
    ],
]

SHARED: list[Any] = [
    "a", "A", "xa", "ax", 1, 1.0, True, "1", "1.0", "true", "TRUE", False, 0, 2, None, MISSING, [], [1, "A"],
    [True], "10.0.0.1", "11.0.0.1", {"a": 1}, "",
]  # fmt: skip

CROWD = [Text("f", (ANY, f"{letter}{letter}", ANY)) for letter in "bcdefghijklmnop"]
"""So many patterns that one automaton looks for all of them."""
