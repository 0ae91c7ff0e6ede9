"""contrib/: what helps to run the service fits the service."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from engine.cli.serve import command
from engine.config.load import load as load_config
from engine.service.metrics import FAMILIES

SERIES = {family.series(name): family for name, family in FAMILIES.items()}


def expressions(checkout: Path) -> Iterator[tuple[str, str]]:
    """Every query in contrib/, with the text in which its labels are shown."""
    groups = yaml.safe_load((checkout / "contrib/prometheus/detect.rules.yml").read_text("utf-8"))["groups"]
    for rule in [rule for group in groups for rule in group["rules"]]:
        yield rule["expr"], json.dumps(rule["annotations"])
    board = json.loads((checkout / "contrib/grafana/detect.json").read_text("utf-8"))
    for target in [target for panel in board["panels"] for target in panel.get("targets", [])]:
        yield target["expr"], target["legendFormat"]
    for each in board["annotations"]["list"]:
        yield each["expr"], each["titleFormat"]


def test_dashboard_and_alerts_ask_for_what_there_is(checkout: Path):
    asked = list(expressions(checkout))
    assert len(asked) > 30
    for expr, shown in asked:
        names = re.findall(r"detect_\w+", expr)
        assert set(names) <= SERIES.keys(), expr
        known = {label for name in names for label in SERIES[name].labels}
        grouped = {label.strip() for found in re.findall(r"by \(([^)]*)\)", expr) for label in found.split(",")}
        chosen = set(re.findall(r"(\w+)=\"", expr)) - {"job"}
        said = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
        assert grouped | chosen <= known, expr
        assert said <= (grouped or known), shown


def test_counters_are_asked_for_their_growth_and_gauges_are_not(checkout: Path):
    for expr, _ in expressions(checkout):
        for function, name in re.findall(r"(rate|increase)\((detect_\w+)", expr):
            assert SERIES[name].kind == "counter", (function, name)
        for name in re.findall(r"detect_\w+_total", expr):
            assert re.search(rf"(rate|increase|changes)\({name}", expr), expr


def test_panels_stand_beside_each_other(checkout: Path):
    board = json.loads((checkout / "contrib/grafana/detect.json").read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def started(words: list[str]) -> None:
    """Whether the command would take these words."""
    assert words[0] == "serve"
    with click.Context(command) as ctx:
        command.parse_args(ctx, words[1:])


def test_unit_and_image_start_the_service_as_it_is_started(checkout: Path):
    unit = (checkout / "contrib/systemd/detect.service").read_text("utf-8")
    [start] = re.findall(r"^ExecStart=\S+/detect (.*)$", unit, re.MULTILINE)
    started(shlex.split(start))
    image = (checkout / "contrib/docker/Dockerfile").read_text("utf-8")
    [entry] = re.findall(r"^ENTRYPOINT (.*)$", image, re.MULTILINE)
    [words] = re.findall(r"^CMD (.*)$", image, re.MULTILINE)
    assert json.loads(entry) == ["detect"]
    started(json.loads(words))


def test_the_image_runs_as_nobody_in_particular(checkout: Path):
    image = (checkout / "contrib/docker/Dockerfile").read_text("utf-8")
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", image, re.MULTILINE)
    assert "latest" not in image
    [service] = yaml.safe_load((checkout / "contrib/docker/compose.yml").read_text("utf-8"))["services"].values()
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_what_the_image_is_built_from_is_enough(checkout: Path, tmp_path: Path):
    image = (checkout / "contrib/docker/Dockerfile").read_text("utf-8")
    allowed = (checkout / "contrib/docker/Dockerfile.dockerignore").read_text("utf-8")
    for line in re.findall(r"^COPY (?!--)(.*)$", image, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            assert f"!{source}\n" in allowed
            to = tmp_path / target.strip("/") / (source if target.endswith("/") else "")
            to.parent.mkdir(parents=True, exist_ok=True)
            if (checkout / source).is_dir():
                shutil.copytree(checkout / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(checkout / source, to)
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tmp_path / "src", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [wheel] = (tmp_path / "src" / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("engine/_shipped/rules/") for name in names)
    assert "engine/cli/serve.py" in names


def test_the_configuration_beside_the_containers_is_one(checkout: Path, tmp_path: Path):
    lines = (checkout / "contrib/docker/compose.yml").read_text("utf-8").splitlines()
    shown = [line[4:] for line in lines if line.startswith("#   ")]
    found = tmp_path / "detect.yml"
    found.write_text("\n".join(shown) + "\nroutes: [{to: [soc]}]\n")
    assert load_config(str(found), {}).tells


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_has_nothing_against_the_unit(checkout: Path, tmp_path: Path):
    unit = (checkout / "contrib/systemd/detect.service").read_text("utf-8")
    (tmp_path / "detect.service").write_text(
        re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", unit, flags=re.MULTILINE)
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "detect.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "detect.service" not in done.stderr, done.stderr


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_the_module_is_laid_out_as_terraform_does_it(checkout: Path):
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(checkout / "contrib/terraform")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def statements(checkout: Path) -> dict[str, list[str]]:
    """Name of a statement of the module's policies -> what it allows."""
    text = (checkout / "contrib/terraform/main.tf").read_text("utf-8")
    found = re.findall(r'sid\s*= "(\w+)"\s*actions\s*= \[(.*?)\]', text, re.DOTALL)
    return {sid: re.findall(r'"([^"]+)"', actions) for sid, actions in found}


def test_the_service_may_do_what_it_does_and_no_more(checkout: Path):
    allowed = statements(checkout)
    source = (checkout / "engine/sources/sqs.py").read_text("utf-8")
    calls = set(re.findall(r"_sqs\.((?:get|receive|delete|change|send)_\w+)\(", source))
    needed = {"sqs:" + "".join(map(str.title, call.removesuffix("_batch").split("_"))) for call in calls}
    assert len(needed) == 5
    assert set(allowed["ReadTheQueue"]) == needed
    assert allowed["ReadTheLogs"] == ["s3:GetObject"]
    assert allowed["ListTheLogs"] == ["s3:ListBucket"]
    assert set(allowed) == {"TheBucketTells", "ReadTheQueue", "ReadTheLogs", "ListTheLogs", "DecryptTheLogs"}
    assert not any("*" in action for actions in allowed.values() for action in actions)
