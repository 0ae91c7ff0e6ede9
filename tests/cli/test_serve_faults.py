"""`detect serve` when things go wrong: what it says, what it keeps, and how it goes on; real processes, no mocks."""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cli.test_serve import CONFIG, House
from tests.cli.test_serve import house as house  # noqa: PLC0414
from tests.notifiers.server import serving
from tests.runners.correlating import deliver, hit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM and limits of a process")

SECRET = "a-secret-of-32-characters-0123456"


def asked(house: House, path: str) -> tuple[int, str]:
    """What the service answers."""
    house.until(lambda: house.says("listening"))
    line = next(line for line in house.said if "listening" in line)
    port = int(line.rpartition(":")[2].strip('"} \n'))
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def faults(house: House) -> dict[str, str]:
    status, text = asked(house, "/readyz")
    found: dict[str, str] = json.loads(text).get("faults", {})
    assert (status == 200) == (found == {})
    return found


def test_it_gives_signs_of_life_and_nobody_reads_where_they_go(house: House):
    with serving() as elsewhere:
        secret = house.top / "secret"
        secret.write_text(f"{elsewhere.url}/{SECRET}\n")
        secret.chmod(0o600)
        hook = f"http://127.0.0.1:{house.server.port}/hook?token={SECRET}2"
        house.environ["HOOK"] = hook
        config = CONFIG.format(port=0).replace('"http://127.0.0.1:0/hook"', "{env: HOOK}")
        house.config(config + "heartbeat: {url: {file: secret}, every: 1s, allow: [127.0.0.1]}\n")
        house.start("--log-format", "json")
        house.until(lambda: len(elsewhere.requests) >= 2)
        assert {one.path for one in elsewhere.requests} == {f"/{SECRET}"}
        shown = asked(house, "/metrics")[1] + asked(house, "/readyz")[1]
        secret.unlink()
        house.until(lambda: house.says("heartbeat failed"))
        assert "heartbeat" in faults(house)
        shown += asked(house, "/readyz")[1]
        assert house.end() == 0
    shown += "".join(house.said)
    assert SECRET not in shown
    for line in house.said:
        said = json.loads(line)
        assert {"time", "event"} <= said.keys()


@pytest.mark.parametrize("size", [60_000])
def test_asked_to_end_in_the_middle_of_a_scan_it_keeps_what_it_has_and_ends_within_ten_seconds(house: House, size: int):
    events = "\n".join(json.dumps(hit(n % 50_000, f"user{n}", "GetObject")) for n in range(size))
    for number in range(20):
        (house.top / "logs" / f"{number}.json.gz").write_bytes(
            gzip.compress(f"{events}\n ".encode() + b" " * number, 1)
        )
    house.start()
    house.until(lambda: house.says("serving"))
    time.sleep(1.0)
    began = time.monotonic()
    assert house.end() == 0
    assert time.monotonic() - began < 10
    house.said.clear()
    house.start()
    house.until(lambda: house.told() == 1 and house.says("scan finished"))
    assert house.end() == 0
    assert set(house.server.arrived("hook").values()) == {1}


def test_a_state_file_that_is_locked_is_waited_for_and_said(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    with sqlite3.connect(house.top / "state.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        house.logs(hit(2, "bob"))
        house.until(lambda: "state" in faults(house))
        assert house.says("state cannot be used")
        other.execute("ROLLBACK")
    house.until(lambda: house.told() == 2)
    house.until(lambda: faults(house) == {})
    assert house.end() == 0


def limited(house: House, file_size: int) -> None:
    """Let the process write files only so large, as a full disk would."""
    import resource

    assert house.process is not None
    resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(__import__("resource"), "prlimit"), reason="needs prlimit")
def test_a_disk_without_room_is_waited_for_and_nothing_is_lost(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    limited(house, 4_096)
    house.logs(hit(2, "bob"))
    house.until(lambda: "state" in faults(house))
    time.sleep(1.5)
    assert house.told() == 1
    limited(house, -1)
    house.until(lambda: house.told() == 2)
    house.until(lambda: faults(house) == {})
    assert house.end() == 0
    assert set(house.server.arrived("hook").values()) == {1}


def most_memory(house: House) -> int:
    """Megabytes that the service and its workers have had, the greatest of them."""
    assert house.process is not None
    pids = [house.process.pid]
    for task in Path(f"/proc/{house.process.pid}/task").iterdir():
        pids += [int(each) for each in (task / "children").read_text().split()]
    found = []
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/status").read_text()
            found.append(int(next(line for line in text.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10)
        except (OSError, StopIteration):  # it has ended meanwhile
            continue
    return max(found)


@pytest.mark.full
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_gigabyte_in_one_file_takes_no_more_memory_than_any(house: House):
    line = json.dumps(hit(9, "bob", "GetObject", requestParameters={"key": "x" * 3_000})).encode() + b"\n"
    with gzip.open(house.top / "logs" / "large.json.gz", "wb", 1) as file:
        for _ in range((1 << 30) // len(line) // 1_000):
            file.write(line * 1_000)
    house.logs(hit(2, "bob"))
    house.start("--scans", "1")
    most = 0
    while house.process is not None and house.process.poll() is None:
        most = max(most, most_memory(house))
        time.sleep(0.1)
    assert house.told() == 2
    assert 0 < most < 600


@pytest.mark.full
def test_a_source_that_floods_is_read_piece_by_piece_and_others_are_not_forgotten(house: House):
    for number in range(3_000):
        deliver(house.top / "logs", number, [hit(number, f"user{number}", "GetObject")], f"f{number}")
    other = house.top / "other"
    deliver(other, 60, [hit(2, "bob")], "B")
    house.config(CONFIG.format(port=house.server.port).replace("[logs]", "[logs, other]"))
    house.start()
    house.until(lambda: house.told() == 2)
    assert faults(house) == {}
    assert house.end() == 0


@pytest.mark.full
def test_ten_thousand_rules_are_served_and_a_new_one_among_them_is_heeded(house: House):
    one = (house.top / "rules" / "StopLogging.yml").read_text()
    many = [one.replace("StopLogging", f"Call{number}") for number in range(10_000)]
    (house.top / "rules" / "many.yml").write_text("---".join(many))
    house.start()
    house.until(lambda: house.told() == 1)
    house.rule("ListBuckets")
    house.logs(hit(3, "eve", "ListBuckets"))
    house.until(lambda: house.told() == 2)
    house.logs(hit(4, "eve", "Call9999"))
    house.until(lambda: house.told() == 3)
    assert house.end() == 0
