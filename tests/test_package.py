"""What is installed: the wheel carries the engine and its rules, and nothing of the checkout besides."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.shipped import rules_folder
from engine.version import __version__


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_engine_and_every_shipped_rule(wheel: Path, checkout: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"engine/__init__.py", "engine/py.typed", "engine/logsources/unknown.yml", "engine/cli/__init__.py"} <= names
    rules = {path.relative_to(checkout).as_posix() for path in (checkout / "rules").rglob("*.yml")}
    assert rules
    assert {f"engine/_shipped/{rule}" for rule in rules} <= names


def test_the_wheel_holds_nothing_else(wheel: Path):
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"engine", f"detect_engine-{__version__}.dist-info"}


def test_the_wheel_says_what_it_is(wheel: Path):
    files = zipfile.ZipFile(wheel)
    metadata = files.read(f"detect_engine-{__version__}.dist-info/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    entry = files.read(f"detect_engine-{__version__}.dist-info/entry_points.txt").decode()
    assert "detect = engine.cli:main" in entry


def test_a_checkout_uses_its_own_rules(checkout: Path):
    assert rules_folder() == checkout / "rules"


def test_a_wheel_laid_out_on_disk_finds_its_copy_of_the_rules(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = "from engine.shipped import rules_folder; print(rules_folder())"
    run = [sys.executable, "-S", "-c", script]
    done = subprocess.run(
        run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == (tmp_path / "engine" / "_shipped" / "rules").resolve()


@pytest.mark.full
def test_an_installed_wheel_scans_the_samples_with_the_rules_it_carries(wheel: Path, tmp_path: Path, checkout: Path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    binaries = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([str(binaries / "python"), "-m", "pip", "install", "-q", str(wheel)], check=True)
    scan = [str(binaries / "detect"), "run", "--source", str(checkout / "samples" / "cloudtrail"), "--format", "ndjson"]
    done = subprocess.run(scan, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"kind":"detection"' in done.stdout
