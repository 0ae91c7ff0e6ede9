"""Pipes, files, interrupts and terminals: output is whole or not there, and nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Done, House, trail

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
mortal = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")

MANY = trail(*["StopLogging", "ListBuckets"] * 1_000)


def leftovers(house: House) -> list[str]:
    return [path.name for path in house.folder.iterdir() if path.name not in ("logs", "rules")]


# -o FILE: whole or not at all


@pytest.mark.parametrize("form", ["table", "ndjson", "json", "csv", "ocsf"])
def test_a_file_holds_what_stdout_would_show(house: House, form: str):
    shown = house.detect("run", "logs", "-f", form, "-q").out
    done = house.detect("run", "logs", "-f", form, "-q", "-o", "out")
    assert (done.status, done.out) == (0, "")
    assert (house.folder / "out").read_text("utf-8") == shown
    assert leftovers(house) == ["out"]


def test_a_file_is_replaced_and_keeps_its_mode(house: House):
    out = house.folder / "out"
    out.write_text("old")
    out.chmod(0o640)
    house.detect("run", "logs", "-f", "csv", "-o", "out")
    assert out.read_text().startswith("time,level")
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


@posix
def test_a_link_stays_and_the_file_behind_it_is_replaced(house: House):
    (house.folder / "real").write_text("old")
    (house.folder / "link").symlink_to("real")
    house.detect("run", "logs", "-f", "csv", "-o", "link")
    assert (house.folder / "link").is_symlink()
    assert (house.folder / "real").read_text().startswith("time,level")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no/such/folder/out", 'no/such/folder/out: cannot be written: No such file or directory\n  hint: create the '),
        ("logs", "logs: is a folder"),
        ("logs/1.json.gz/out", "logs/1.json.gz/out: cannot be written: Not a directory"),
        ("x" * 300, "File name too long"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_said_before_the_scan(house: House, target: str, said: str):
    done = house.detect("run", "logs", "-o", target)
    assert done.status == 2
    assert said in done.err
    assert leftovers(house) == []


@mortal
def test_a_folder_or_file_without_permission_is_said(house: House):
    (house.folder / "shut").mkdir(mode=0o500)
    (house.folder / "fixed").write_text("old")
    (house.folder / "fixed").chmod(0o400)
    for target in ("shut/out", "fixed"):
        done = house.detect("run", "logs", "-o", target)
        assert done.status == 2
        assert f"{target}: cannot be written: Permission denied" in done.err
    assert (house.folder / "fixed").read_text() == "old"


@full
@pytest.mark.parametrize("command", ["run logs -f ndjson", "run logs", "rules", "--help", "--version"])
def test_a_full_stdout_is_an_error_and_no_traceback(house: House, command: str):
    # Never `-o /dev/full`: run by root, a fault in the code under test would replace the device.
    done = house.shell(f"detect {command} > /dev/full")
    assert done.status == 2
    assert "No space left on device" in done.err
    assert "Traceback" not in done.err
    assert "Exception" not in done.err


@posix
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_file(house: House):
    (house.logs / "3.json.gz").write_bytes(MANY)
    (house.folder / "out").write_text("old")
    done = house.shell("ulimit -f 16; trap '' XFSZ; detect run logs -f ndjson -o out --workers 1")
    assert done.status == 2
    assert "out: cannot be written: File too large" in done.err
    assert (house.folder / "out").read_text() == "old"
    assert leftovers(house) == ["out"]


def test_a_run_that_fails_leaves_the_old_file(house: House):
    (house.folder / "out").write_text("old")
    assert house.detect("run", "logs", "nowhere", "-o", "out").status == 2
    assert (house.folder / "out").read_text() == "old"
    assert leftovers(house) == ["out"]


@posix
def test_what_is_no_plain_file_is_written_to_and_not_replaced(house: House):
    os.mkfifo(house.folder / "pipe")
    done = house.shell("cat pipe > copy & detect run logs -f ndjson -q -o pipe; wait")
    assert done.status == 0
    assert stat.S_ISFIFO((house.folder / "pipe").stat().st_mode)
    assert (house.folder / "copy").read_text().count("\n") == 3


# Pipes


@posix
@pytest.mark.parametrize(
    "script",
    [
        "detect run logs -f ndjson --workers 1 | head -c 100",
        "detect run logs -f ndjson --workers 2 | head -n 1",
        "detect run logs | head -n 1",
        "detect run logs | true",
        "detect rules | true",
        "detect --help | true",
        "detect run --help | head -n 1",
    ],
)
def test_a_reader_that_has_seen_enough_is_no_error(house: House, script: str):
    for number in range(70):
        (house.logs / f"many{number}.json.gz").write_bytes(MANY if number < 2 else trail("GetObject"))
    done = house.shell(script)
    assert (done.status, done.err) == (0, "")


@posix
@pytest.mark.parametrize("command", ["run logs", "run logs -f ndjson", "rules", "--help", "completion bash"])
def test_a_closed_stdout_is_no_traceback(house: House, command: str):
    done = house.shell(f"detect {command} >&-")
    assert "Traceback" not in done.err
    assert done.status in (0, 2)


@posix
def test_a_closed_stderr_is_no_reason_to_stop(house: House):
    done = house.shell("detect run logs -f ndjson 2>&-")
    assert done.status == 0
    assert [line["kind"] for line in done.lines] == ["detection", "detection", "summary"]


# Ctrl-C


def interrupted(house: House, *args: str) -> Done:
    """Interrupt a scan that has read the logs and waits for more on stdin."""
    process = house.start("run", "logs", "-", "-f", "ndjson", *args)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"Records": [{"eventName": "x" * 1_000}] * 1_000}).encode()[:-2])
    process.stdin.flush()  # more than a pipe holds: when this returns, the scan is reading
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Done(process.returncode, out.decode(), err.decode())


@posix
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_writes_what_was_found_and_gives_130(house: House, workers: str):
    done = interrupted(house, "--workers", workers)
    assert done.status == 130
    assert "Traceback" not in done.err
    assert "INTERRUPTED" in done.err
    assert [line["kind"] for line in done.lines] == ["detection", "detection", "summary"]
    assert done.lines[-1]["interrupted"] is True


EARLY = """
import builtins, sys
from engine.cli import main
real = builtins.__import__
def interrupted(name, *rest):
    if name == sys.argv[1]:
        raise KeyboardInterrupt
    return real(name, *rest)
builtins.__import__ = interrupted
sys.exit(main(["run", "logs"]))
"""


@pytest.mark.parametrize("module", ["click", "engine.cli._report", "engine.load", "engine.outputs"])
def test_ctrl_c_while_modules_are_imported_is_no_traceback(house: House, module: str):
    done = subprocess.run(
        [sys.executable, "-c", EARLY, module], cwd=house.folder, env=house.environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.decode().split()) == (130, b"", ["error:", "interrupted"])


@posix
def test_ctrl_c_leaves_a_file_with_what_was_found(house: House):
    done = interrupted(house, "--workers", "1", "-o", "out")
    assert done.status == 130
    lines = [json.loads(line) for line in (house.folder / "out").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["detection", "detection", "summary"]
    assert leftovers(house) == ["out"]


# Terminals


@posix
def test_on_a_terminal_there_are_colours_and_a_bar_that_goes_away(house: House):
    import pty

    controller, terminal = pty.openpty()
    environment = house.environment | {"TERM": "xterm", "COLUMNS": "100"}
    process = house.start(
        "run", "logs", "--workers", "1", stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            piece = os.read(controller, 65_536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        text += piece
    assert process.wait() == 0
    before, bar, after = text.decode().rpartition("\r\x1b[K")
    assert "files, " in before
    assert bar
    assert "files, " not in after
    assert "\x1b[1;31mhigh\x1b[0m" in after


@posix
@pytest.mark.parametrize(
    ("environment", "args", "colored"),
    [
        ({}, "", False),
        ({"FORCE_COLOR": "1"}, "", True),
        ({"FORCE_COLOR": "0"}, "", False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "", False),
        ({"NO_COLOR": "1"}, "--color always", True),
        ({"FORCE_COLOR": "1"}, "--color never", False),
        ({"TERM": "dumb"}, "--color always", True),
    ],
)
def test_colour_follows_the_option_then_the_environment_then_the_terminal(
    house: House, environment: dict[str, str], args: str, colored: bool, monkeypatch: pytest.MonkeyPatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = house.detect("run", "logs", *args.split())
    assert ("\x1b[" in done.out) is colored
