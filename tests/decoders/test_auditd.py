"""The audit log of Linux: what belongs together, what is decoded, and what is no record."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decoders import auditd
from engine.decoders.auditd import HELD, recognise
from engine.model import LogSource, Reading
from tests.decoders.reading import read

AUDITD = LogSource("linux", "auditd")


def line(serial: int, rest: str, kind: str = "SYSCALL", second: int = 0) -> str:
    return f"type={kind} msg=audit({1714557600 + second}.120:{serial}): {rest}"


def given(*lines: str) -> list[dict[str, Any]]:
    seen = read("\n".join(lines).encode())
    assert seen.problems == []
    return seen.records


def kinds(records: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["type"] for one in record["records"]] for record in records]


def test_records_of_one_serial_number_are_one_event_though_others_stand_between() -> None:
    found = given(line(1, "a=1"), line(2, "a=2"), line(1, "b=1", "CWD"), line(2, "b=2", "PATH"), line(1, "", "EOE"))
    assert kinds(found) == [["SYSCALL", "CWD"], ["SYSCALL", "PATH"]]


def test_events_stand_in_the_order_of_their_first_records() -> None:
    found = given(line(1, "a=1"), line(2, "a=2"), line(2, "", "EOE"), line(1, "", "EOE"))
    assert [record["id"] for record in found] == ["1714557600.120:1", "1714557600.120:2"]


def test_the_same_serial_number_at_another_time_or_host_is_another_event() -> None:
    found = given(line(1, "a=1"), line(1, "a=2", second=1), "node=web2 " + line(1, "a=3"))
    assert [record["id"] for record in found] == ["1714557600.120:1", "1714557601.120:1", "web2 1714557600.120:1"]
    assert [record.get("node") for record in found] == [None, None, "web2"]


def test_a_record_that_comes_after_its_event_was_closed_is_an_event() -> None:
    late = [line(1, "a=1"), line(2, "a=2", second=3), line(1, "b=1", "PATH")]
    assert kinds(given(*late)) == [["SYSCALL"], ["SYSCALL"], ["PATH"]]


def test_one_date_in_the_far_future_tears_no_later_event_apart() -> None:
    lines = [line(9, "a=1", second=10**9), *(line(n, f"a={m}") for n in range(5) for m in range(3))]
    assert [len(record["records"]) for record in given(*lines)] == [1, 3, 3, 3, 3, 3]


def test_only_so_many_events_are_held() -> None:
    lines = [line(serial, "a=1") for serial in range(HELD + 5)] + [line(0, "a=2", "PATH"), line(HELD, "a=2", "PATH")]
    assert len(given(*lines)) == HELD + 6  # the first was let go; the last one was still held


def test_only_so_much_of_the_log_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditd, "HELD_BYTES", 1_000)
    whole = [part for n in range(50) for part in (line(n, "a=1"), line(n, "b=1", "CWD"), line(n, "", "EOE"))]
    assert kinds(given(*whole)) == [["SYSCALL", "CWD"]] * 50
    long = [line(1, f"a={'x' * 900}"), line(2, f"a={'x' * 900}"), line(1, "b=1", "PATH")]
    assert kinds(given(*long)) == [["SYSCALL"], ["SYSCALL"], ["PATH"]]


def test_nothing_is_added_to_an_event_behind_its_end() -> None:
    assert kinds(given(line(1, "a=1"), line(1, "", "EOE"), line(1, "b=1", "PATH"))) == [["SYSCALL"], ["PATH"]]


def test_a_time_that_no_calendar_has_is_none() -> None:
    (event,) = given("type=X msg=audit(999999999999.1:1): a=1")
    assert event == {"id": "999999999999.1:1", "records": [{"type": "X", "a": "1"}]}


def test_an_event_without_end_is_cut() -> None:
    assert [len(record["records"]) for record in given(*[line(1, "a=1")] * 2_300)] == [1_000, 1_000, 300]


SIX = "0A0001BB00000000" + "00" * 15 + "01" + "00000000"
FIELDS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("quotes", "PATH", 'name="/etc/a b"', {"name": "/etc/a b"}),
    ("hexadecimal text", "PATH", "name=2F746D702F612062", {"name": "/tmp/a b"}),
    ("text in quotes is no hexadecimal", "PATH", 'name="CAFE"', {"name": "CAFE"}),
    ("what is no text stays", "SYSCALL", "a0=CAFE uid=10", {"a0": "CAFE", "uid": "10"}),
    ("an argument in hexadecimal", "EXECVE", "argc=1 a0=612062", {"argc": "1", "a0": "a b"}),
    ("letters of small hexadecimal", "PATH", "name=cafe", {"name": "cafe"}),
    ("half a byte", "PATH", "name=CAF", {"name": "CAF"}),
    ("nothing", "PATH", "name=(null)", {"name": None}),
    ("a title", "PROCTITLE", "proctitle=6C73002D6C00", {"proctitle": "ls -l"}),
    ("several keys", "SYSCALL", "key=61016200", {"key": ["a", "b\0"]}),
    ("long arguments", "EXECVE", 'a1_len=6 a1[0]="ab" a1[1]=6364', {"a1_len": "6", "a1": "abcd"}),
    ("fields of a program", "USER_AUTH", "pid=1 msg='op=x acct=\"root\" pid=2'",
     {"pid": "1", "op": "x", "acct": "root"}),
    ("words between", "AVC", "avc:  denied  { read } for  pid=1", {"pid": "1"}),
    ("IPv4", "SOCKADDR", "saddr=0200115CC0A80001", {"saddr": "0200115CC0A80001", "saddr_fam": "inet",
     "laddr": "192.168.0.1", "lport": "4444"}),
    ("IPv6", "SOCKADDR", f"saddr={SIX}", {"saddr": SIX, "saddr_fam": "inet6", "laddr": "::1", "lport": "443"}),
    ("a local socket", "SOCKADDR", "saddr=01002F61", {"saddr": "01002F61", "saddr_fam": "local", "path": "/a"}),
    ("a cut address", "SOCKADDR", "saddr=0200", {"saddr": "0200"}),
    ("a call of x86", "SYSCALL", "arch=40000003 syscall=11", {"arch": "40000003", "syscall": "11", "ARCH": "i386",
     "SYSCALL": "execve"}),
    ("a call of ARM", "SYSCALL", "arch=c00000b7 syscall=221", {"arch": "c00000b7", "syscall": "221",
     "ARCH": "aarch64", "SYSCALL": "execve"}),
    ("a call of x86-64", "SYSCALL", "arch=c000003e syscall=133", {"arch": "c000003e", "syscall": "133",
     "ARCH": "x86_64", "SYSCALL": "mknod"}),
    ("a call of another machine", "SYSCALL", "arch=80000016 syscall=11", {"arch": "80000016", "syscall": "11"}),
    ("what the log says itself", "SYSCALL", "arch=c000003e syscall=59\x1dSYSCALL=mine UID=\"ann\"", {
        "arch": "c000003e", "syscall": "59", "ARCH": "x86_64", "SYSCALL": "mine", "UID": "ann"}),
    ("an address that the log says itself", "SOCKADDR",
     "saddr=0200\x1dSADDR={ saddr_fam=inet laddr=1.2.3.4 lport=5 }", {
        "saddr": "0200", "saddr_fam": "inet", "laddr": "1.2.3.4", "lport": "5"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "fields"), [case[1:] for case in FIELDS], ids=[case[0] for case in FIELDS])
def test_a_record_is_read(kind: str, text: str, fields: dict[str, Any]) -> None:
    (event,) = given(line(1, text, kind))
    assert event["records"] == [{"type": kind, **fields}]
    assert event["time"] == "2024-05-01T10:00:00.120000Z"


def test_a_program_that_is_started_has_its_command_line_and_its_category() -> None:
    parts = ['a2="x y"', 'a10="last"', 'a1_len=4 a1[0]="-l"', 'a1[1]="a"']
    seen = read("\n".join([line(1, 'argc=4 a0="ls"', "EXECVE"), *(line(1, part, "EXECVE") for part in parts)]).encode())
    assert seen.records[0]["command_line"] == "ls -la x y last"
    assert seen.logsources == [AUDITD._replace(category="process_creation")]


def test_what_a_transport_puts_before_is_passed_over() -> None:
    (event,) = given("May  1 10:00:00 web1 audispd[9]: node=web1 " + line(1, "a=1"))
    assert (event["node"], event["records"]) == ("web1", [{"type": "SYSCALL", "a": "1"}])


def test_lines_that_are_no_records_are_told_with_their_place() -> None:
    text = f"{line(1, 'a=1')}\nrubbish\nmore\n{line(2, 'a=1')}\nlast"
    seen = read(text.encode())
    assert len(seen.records) == 2
    assert [(problem.offset, problem.kind, problem.lost) for problem in seen.problems] == [
        (text.index("rubbish"), "bad-line", True),
        (text.index("last"), "bad-line", True),
    ]
    assert seen.problems[0].fault.startswith("2 lines, here first")


def test_it_is_recognised_by_most_of_its_lines() -> None:
    good = line(1, "a=1").encode()
    assert recognise(good + b"\n" + good, "x") > 0.9
    assert recognise(b"x\n" * 3 + good, "x") == 0
    assert recognise(b"type=SYSCALL but no stamp", "x") == 0


def test_a_format_that_is_said_reads_it_whatever_stands_first() -> None:
    seen = read(b"x\n" * 50 + line(1, "a=1").encode(), Reading(format="auditd"))
    assert (len(seen.records), seen.kinds) == (1, [("bad-line", True)])
