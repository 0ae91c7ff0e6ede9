"""Syslog: its forms, the year that it may lack, and lengths before messages."""

from __future__ import annotations

import io
from typing import Any

import pytest

from engine.decoders import decode
from engine.decoders.syslog import recognise
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.times import parse_time
from tests.decoders.reading import read

DAY = 86_400_000_000
MAY = parse_time("2024-05-01T12:00:00Z") or 0
FIVE = "<34>1 2003-10-11T22:14:15.003Z host su 42 ID47 "
HEAD = {"facility": "auth", "severity": "crit", "timestamp": "2003-10-11T22:14:15.003Z", "hostname": "host",
        "app_name": "su", "procid": "42", "msgid": "ID47"}  # fmt: skip

FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("5424", FIVE + "- text", HEAD | {"message": "text"}),
    ("5424 without text", FIVE + "-", HEAD | {"message": ""}),
    ("5424 with nothing known", "<191>1 - - - - - -", {"facility": "local7", "severity": "debug", "message": ""}),
    ("5424 with a mark", FIVE + "- \ufefftext", HEAD | {"message": "text"}),
    ("structured data", FIVE + '[a@1 b="c" d="e f"][g h="i"] text', HEAD | {
        "message": "text", "structured_data": {"a@1": {"b": "c", "d": "e f"}, "g": {"h": "i"}}}),
    ("structured data alone", FIVE + "[a@1]", HEAD | {"message": "", "structured_data": {"a@1": {}}}),
    ("escapes in it", FIVE + r'[a b="\"\]\\ \x"] t', HEAD | {
        "message": "t", "structured_data": {"a": {"b": '"]\\ \\x'}}}),
    ("3164", "<13>Oct  1 22:14:15 host su: text", {"facility": "user", "severity": "notice",
     "timestamp": "2023-10-01T22:14:15Z", "hostname": "host", "app_name": "su", "message": "text"}),
    ("3164 in a file", "Oct 11 22:14:15 host app[42]: a: b", {"timestamp": "2023-10-11T22:14:15Z", "hostname": "host",
     "app_name": "app", "procid": "42", "message": "a: b"}),
    ("3164 without a host", "Oct 11 22:14:15 app[42]: text", {"timestamp": "2023-10-11T22:14:15Z", "app_name": "app",
     "procid": "42", "message": "text"}),
    ("3164 without a program", "Oct 11 22:14:15 host last message repeated 2 times", {
        "timestamp": "2023-10-11T22:14:15Z", "hostname": "host", "message": "last message repeated 2 times"}),
    ("3164 with a year", "Oct 11 2021 22:14:15 host a: b", {"timestamp": "2021-10-11T22:14:15Z", "hostname": "host",
     "app_name": "a", "message": "b"}),
    ("3164 with a fraction", "Oct 11 22:14:15.25 host a: b", {"timestamp": "2023-10-11T22:14:15.25Z",
     "hostname": "host", "app_name": "a", "message": "b"}),
    ("a whole date", "2024-05-01T10:00:00.123+02:00 host a/b[1]: c", {"timestamp": "2024-05-01T10:00:00.123+02:00",
     "hostname": "host", "app_name": "a/b", "procid": "1", "message": "c"}),
    ("Cisco", "<189>29: r1: *May  1 10:00:00.1 UTC: %SYS-5-A: b", {"facility": "local7", "severity": "notice",
     "sequence": "29", "hostname": "r1", "timestamp": "2024-05-01T10:00:00.1Z", "message": "%SYS-5-A: b"}),
    ("pairs", "Oct 11 22:14:15 h a: IN=eth0 SRC=1.2.3.4 x", {"timestamp": "2023-10-11T22:14:15Z", "hostname": "h",
     "app_name": "a", "message": "IN=eth0 SRC=1.2.3.4 x", "pairs": {"IN": "eth0", "SRC": "1.2.3.4"}}),
    ("sudo", "Oct 11 22:14:15 h sudo: ann : TTY=a ; USER=root ; COMMAND=/bin/x y=z", {
        "timestamp": "2023-10-11T22:14:15Z", "hostname": "h", "app_name": "sudo",
        "message": "ann : TTY=a ; USER=root ; COMMAND=/bin/x y=z",
        "pairs": {"TTY": "a", "USER": "root", "COMMAND": "/bin/x y=z"}}),
]  # fmt: skip


def given(text: bytes, ref: str = "log", modified: int | None = MAY, **how: Any) -> tuple[list[Any], list[Problem]]:
    items = list(decode(Blob("files", ref, ref, True, None, modified), io.BytesIO(text), Reading(**how)))
    records = [record for item in items if isinstance(item, Batch) for record in item.records]
    return records, [item for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize(("text", "record"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_a_message_is_read(text: str, record: dict[str, Any]) -> None:
    assert given(text.encode()) == ([record], [])


NO = [
    "rubbish", "<192>Oct 11 22:14:15 h a: b", "<34>2 - - - - - -", "Oct 11 h a: b", FIVE + "[a b=c] x", FIVE + "x",
    "2024-05-01T10:00:00Z INFO main: started", "2024-05-01 10:00:00 [ERROR] main: failed", "2024-05-01T10:00:00Z x y z",
]  # fmt: skip


@pytest.mark.parametrize("text", NO)
def test_what_is_no_message_is_told(text: str) -> None:
    assert recognise(text.encode(), "x") == 0
    records, problems = given(text.encode() + b"\n" + FORMS[0][1].encode(), format="syslog")
    assert (len(records), [(p.offset, p.kind, p.lost) for p in problems]) == (1, [(0, "bad-line", True)])


#  what the file is called, when it was last written, the year that was said -> the years of its dates
YEARS: list[tuple[str, str, int | None, int | None, list[str], list[int | None]]] = [
    ("nothing known", "log", None, None, ["May  1"], [None]),
    ("the file's date", "log", MAY, None, ["Apr 30", "May  1", "May  2", "May  3"], [2024, 2024, 2024, 2023]),
    (
        "a name's date goes before it",
        "auth.log-20210105",
        MAY,
        None,
        ["Dec 31", "Jan  6", "Jan  7"],
        [2020, 2021, 2020],
    ),
    ("a folder's date", "2022/03/01/a.log", MAY, None, ["Mar  1", "Dec 24"], [2022, 2021]),
    ("a number that is no date", "app-20221399.log", MAY, None, ["May  1"], [2024]),
    ("what is said goes before all", "a-20210105", MAY, 2019, ["May  1"], [2019]),
    ("said, over the end of a year", "log", None, 2019, ["Dec 31", "Jan  1", "Jan  2"], [2019, 2020, 2020]),
    ("said, and back for one that is late", "log", None, 2019, ["Jan  1", "Dec 31", "Jan  2"], [2019, 2018, 2019]),
    ("the 29th of February is of a leap year", "log", MAY + 365 * DAY, None, ["Feb 29", "Feb 28"], [2024, 2025]),
    ("said, a day that is not", "log", None, 2019, ["Feb 29", "Mar  1"], [None, 2019]),
    ("a day that never is", "log", MAY, None, ["Feb 30"], [None]),
]


@pytest.mark.parametrize(
    ("ref", "modified", "said", "dates", "years"), [y[1:] for y in YEARS], ids=[y[0] for y in YEARS]
)
def test_a_year_is_found(
    ref: str, modified: int | None, said: int | None, dates: list[str], years: list[int | None]
) -> None:
    text = "".join(f"{date} 10:00:00 h a: b\n" for date in dates).encode()
    records, problems = given(text, ref, modified, year=said)
    assert problems == []
    stamps = [record["timestamp"] for record in records]
    assert [int(stamp[:4]) if parse_time(stamp) is not None else None for stamp in stamps] == years
    assert all(stamp == f"{date} 10:00:00" for stamp, date, year in zip(stamps, dates, years, strict=True) if not year)


def counted(*messages: str) -> bytes:
    return b"".join(b"%d %s" % (len(message.encode()), message.encode()) for message in messages)


def test_messages_behind_their_length_may_hold_line_breaks() -> None:
    records, problems = given(counted(FIVE + "- a\nb", FIVE + "- \u00e9", "<13>May  1 10:00:00 h a: c"))
    assert ([record["message"] for record in records], problems) == (["a\nb", "\u00e9", "c"], [])


def test_a_wrong_length_costs_one_message() -> None:
    good, wrong = counted(FIVE + "- a"), b"99 " + FIVE.encode() + b"- b"
    records, problems = given(good + wrong + good + b"\n" + wrong[3:] + b"\n" + good)
    assert [record["message"] for record in records] == ["a", "a", "b", "a"]
    assert [(p.offset, p.kind) for p in problems] == [(len(good), "bad-line")]


def test_a_message_that_is_cut_off_is_told() -> None:
    records, problems = given(counted(FIVE + "- a") + b"200 " + FIVE.encode())
    assert (len(records), [p.kind for p in problems]) == (1, ["bad-line"])


def test_a_program_makes_the_service() -> None:
    text = "May  1 10:00:00 h {}: x\n"
    programs = ["sshd[1]", "sshd-session[1]", "CRON[2]", "sudo", "su", "kernel", "freshclam"]
    services = ["sshd", "sshd", "cron", "sudo", "auth", "syslog", "clamav"]
    for program, service in zip(programs, services, strict=True):
        assert read(text.format(program).encode()).logsources == [LogSource("linux", service)]
