"""One target under atheris, until its time is over: `python -m tests.fuzz.one TARGET FINDINGS [libFuzzer's options]`.

An exception does not stop it: the first input for each place that raises is kept as a file in FINDINGS, and fuzzing
goes on. What hangs or takes too much memory stops it, as libFuzzer does, and leaves the input there too.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import traceback
from pathlib import Path

import atheris

__all__ = ["main"]


def main(target: str, findings: Path, options: list[str]) -> None:
    """Fuzz; does not return."""
    with atheris.instrument_imports(include=["engine"]):
        check = importlib.import_module(f"tests.fuzz.{target}").check
    known: set[str] = set()

    def tried(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:  # noqa: BLE001
            place = _place(error)
            if place not in known:
                known.add(place)
                name = hashlib.sha256(data).hexdigest()[:12]
                (findings / name).write_bytes(data)
                print(f"FINDING {target}/{name} {place}\n{traceback.format_exc()}", flush=True)

    atheris.Setup([sys.argv[0], f"-artifact_prefix={findings}{os.sep}", *options], tried)
    atheris.Fuzz()


def _place(error: Exception) -> str:
    """What was raised and the two innermost lines that raised it: one defect, one place."""
    frames = traceback.extract_tb(error.__traceback__)[-2:]
    return " ".join([type(error).__name__, *(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
