"""docs/adding-a-notifier.md, followed to the letter in a copy of the project, and as another package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.notifiers.server import Answer, serving

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "adding-a-notifier.md"


def written() -> dict[str, str]:
    """The files that the page has one write."""
    return dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def run(folder: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
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
    assert sorted(files) == ["engine/notifiers/chatter.py", "pyproject.toml", "tests/notifiers/test_chatter.py"]
    del files["pyproject.toml"]  # of another package
    for path, text in files.items():
        (copy / path).write_text(text, "utf-8")
    command = re.search(r"^python (-m pytest .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert command is not None
    said = run(copy, *command[1].split(), "-p", "no:cacheprovider")
    assert re.search(r"\d\d passed", said), said


def test_another_package_brings_a_notifier_by_an_entry_point(tmp_path: Path):
    files = written()
    module = files["engine/notifiers/chatter.py"]
    package, info = tmp_path / "my_package", tmp_path / "my_package-1.dist-info"
    (package / "templates" / "chatter").mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").touch()
    (package / "chatter.py").write_text(module, "utf-8")
    (package / "templates" / "chatter" / "title.j2").write_text("mine: {{ alert.title }}", "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n", "utf-8")
    (point,) = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"]["detect.notifiers"].items()
    entry = f"[detect.notifiers]\n{' = '.join(point)}\n"
    (info / "entry_points.txt").write_text(entry, "utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from engine.notifiers import default_template, names, notifier\n"
        "print('chatter' in names(), notifier('chatter').__module__)\n"
        "title, text = (default_template('chatter', part) for part in ('title', 'text'))\n"
        "print(title.parent.parent.parent.name, text.name)"
    )
    assert run(CHECKOUT, "-c", script).splitlines() == ["True my_package.chatter", "my_package unlinked.j2"]


@pytest.mark.full
def test_a_package_that_pip_installs_is_used_by_the_command(tmp_path: Path):
    pytest.importorskip("hatchling", reason="needs hatchling to build a package")
    files, source, site = written(), tmp_path / "source", tmp_path / "site"
    (source / "my_package" / "templates" / "chatter").mkdir(parents=True)
    (source / "pyproject.toml").write_text(files["pyproject.toml"], "utf-8")
    (source / "my_package" / "__init__.py").touch()
    (source / "my_package" / "chatter.py").write_text(files["engine/notifiers/chatter.py"], "utf-8")
    (source / "my_package" / "templates" / "chatter" / "title.j2").write_text("mine: {{ alert.title }}", "utf-8")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    run(source, "-m", "pip", "install", "--quiet", *offline, "--target", str(site), ".")
    with serving(lambda _: Answer(200, b'{"id": "17"}')) as server:
        (tmp_path / "detect.yml").write_text(
            'notifiers:\n  room:\n    type: chatter\n    room: "#soc"\n    token: {env: TOKEN}\n'
            f"    url: {server.url}\n    allow: [127.0.0.1]\nroutes:\n  - to: [room]\n",
            "utf-8",
        )
        paths = {"PYTHONPATH": f"{CHECKOUT}{os.pathsep}{site}", "TOKEN": "a-token"}
        command = "import sys; from engine.cli import main; sys.exit(main())"
        assert "chatter" in run(tmp_path, "-c", command, "notify", "list", **paths)
        said = run(tmp_path, "-c", command, "notify", "test", "room", "--resolve", "-c", "detect.yml", **paths)
    assert said.splitlines()[0] == "room (chatter): trigger was delivered"
    first, second = server.requests
    assert (first.method, second.method, second.path) == ("POST", "PUT", "/posts/17")
    assert first.headers["authorization"] == "Bearer a-token"
    assert first.json["title"].startswith("mine: Test of room")
