"""The floor: gunzip with isal plus a simdjson parse, nothing else. No engine on Python can be faster on one core.

    python tests/bench/floor.py CORPUS [--rounds 3]

Per file: read, one call of isal, one call of simdjson's parser, drop. Prints one JSON object: events, files, text
bytes, seconds of the best round (start-up of Python not in it), events a second.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import simdjson
from isal import isal_zlib


def text(stored: bytes) -> bytes:
    """Of a gzip file with one member below 4 GiB, whose last four bytes are the size of its text."""
    size = int.from_bytes(stored[-4:], "little")
    return isal_zlib.decompress(stored, wbits=31, bufsize=max(size, 1))


def once(files: list[Path]) -> tuple[float, int]:
    """Seconds for all files and the bytes of their text."""
    parser = simdjson.Parser()
    total = 0
    began = time.perf_counter()
    for path in files:
        decoded = text(path.read_bytes())
        total += len(decoded)
        document = parser.parse(decoded)
        del document
    return time.perf_counter() - began, total


def events(files: list[Path]) -> int:
    parser = simdjson.Parser()
    found = 0
    for path in files:
        document = parser.parse(text(path.read_bytes()))
        found += len(document["Records"])
        del document
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    arguments = options.parse_args()
    files = sorted(arguments.corpus.rglob("*.json.gz"))
    if not files:
        raise SystemExit(f"{arguments.corpus}: no .json.gz file in it")
    count = events(files)
    rounds = [once(files) for _ in range(arguments.rounds)]
    seconds, size = min(rounds)
    print(
        json.dumps(
            {
                "events": count,
                "files": len(files),
                "bytes": size,
                "seconds": seconds,
                "events_per_second": count / seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
