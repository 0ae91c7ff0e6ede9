"""The logs of the benchmarks, written by corpus.py into the work folder once and found there afterwards."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import floor

HERE = Path(__file__).resolve().parent
SEED = "bench"


class Corpus(NamedTuple):
    """CloudTrail in S3 layout: the folder `AWSLogs`, and what corpus.py was asked for."""

    folder: Path
    events: int
    match_share: float


def corpus(work: Path, events: int, match_share: float = 0.009) -> Corpus:
    """A corpus of this many events and the attacks in it; about this share is of a kind that rules look at."""
    folder = work / f"trail-{events}-{match_share:g}"
    mark = work / f"{folder.name}.complete"
    recipe = _recipe()
    if not (mark.is_file() and mark.read_text() == recipe):
        shutil.rmtree(folder, ignore_errors=True)
        more = ["--events", str(events), "--seed", SEED, "--match-share", str(match_share)]
        subprocess.run(
            [sys.executable, str(HERE / "corpus.py"), str(folder), *more], check=True, stdout=subprocess.DEVNULL
        )
        mark.write_text(recipe)
    return Corpus(folder / "AWSLogs", events, match_share)  # beside it lies the truth file, which is no log


def lines(work: Path, source: Corpus) -> Path:
    """The very same records as plain NDJSON, in order of file and position, one file."""
    target = work / f"{source.folder.parent.name}.ndjson"
    mark = work / f"{target.name}.complete"
    recipe = _recipe()
    if not (mark.is_file() and mark.read_text() == recipe):
        with target.open("wb") as out:
            for path in files(source.folder):
                records = json.loads(floor.text(path.read_bytes()))["Records"]
                out.writelines(_line(record) for record in records)
        mark.write_text(recipe)
    return target


def _line(record: object) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def one_record(work: Path, source: Corpus) -> Path:
    """A folder with one file that holds the first record of the corpus: what is left of a run is its start-up."""
    folder = work / f"{source.folder.parent.name}-one"
    target = folder / "one.json.gz"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        records = json.loads(floor.text(files(source.folder)[0].read_bytes()))["Records"]
        target.write_bytes(gzip.compress(json.dumps({"Records": records[:1]}, separators=(",", ":")).encode(), mtime=0))
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json.gz"))


def _recipe() -> str:
    digest = hashlib.sha256((HERE / "corpus.py").read_bytes())
    for path in sorted((HERE / "trail").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
