"""docs/adding-a-notifier.md, followed to the letter in a copy of the project, and as another package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "adding-a-notifier.md"


def written() -> dict[str, str]:
    """The files that the page has one write."""
    return dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_makes_a_notifier_that_passes_the_contract(tmp_path: Path):
    copy = tmp_path / "project"
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "engine", copy / "engine", ignore=without)
    (copy / "tests").mkdir()
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(CHECKOUT / "tests" / name, copy / "tests" / name)
    shutil.copytree(CHECKOUT / "tests" / "notifiers", copy / "tests" / "notifiers", ignore=without)
    shutil.copy(CHECKOUT / "pyproject.toml", copy / "pyproject.toml")
    files = written()
    assert sorted(files) == ["engine/notifiers/chatter.py", "tests/notifiers/test_chatter.py"]
    for path, text in files.items():
        (copy / path).write_text(text, "utf-8")
    command = re.search(r"^python (-m pytest .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert command is not None
    said = run(copy, *command[1].split(), "-p", "no:cacheprovider")
    assert re.search(r"\d\d passed", said), said


def test_another_package_brings_a_notifier_by_an_entry_point(tmp_path: Path):
    module = written()["engine/notifiers/chatter.py"]
    package, info = tmp_path / "my_package", tmp_path / "my_package-1.dist-info"
    (package / "templates" / "chatter").mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").touch()
    (package / "chatter.py").write_text(module, "utf-8")
    (package / "templates" / "chatter" / "title.j2").write_text("mine: {{ alert.title }}", "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n", "utf-8")
    point = re.search(r"^```toml\n.*?\n(chatter = .*?)\n```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert point is not None
    entry = f"[detect.notifiers]\n{point[1]}\n".replace('"', "")
    (info / "entry_points.txt").write_text(entry, "utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from engine.notifiers import default_template, names, notifier\n"
        "print('chatter' in names(), notifier('chatter').__module__)\n"
        "title, text = (default_template('chatter', part) for part in ('title', 'text'))\n"
        "print(title.parent.parent.parent.name, text.name)"
    )
    assert run(CHECKOUT, "-c", script).splitlines() == ["True my_package.chatter", "my_package text.j2"]
