"""What a configuration names is looked at: files, templates, secrets, and what holds no longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.config import Config, load
from engine.config.check import Problems, problems, secrets_in
from engine.errors import ConfigError
from engine.options import Steps
from engine.secret import Secret
from engine.times import parse_time

NOW = parse_time("2026-06-01T12:00:00Z") or 0


def config(folder: Path, text: str) -> Config:
    file = folder / "detect.yml"
    file.write_text(text)
    return load(str(file), {})


def faults(folder: Path, text: str) -> list[str]:
    return [str(each).replace(f"{folder}{os.sep}", "") for each in problems(config(folder, text), NOW).faults]


@pytest.mark.parametrize("key", ["rules", "filters", "fields", "variables", "pipelines"])
def test_what_is_not_there_is_named(tmp_path: Path, key: str):
    text = f"{key}: [there/x.yml, there, gone/y.yml]"
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x.yml").write_text("")
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f'detect.yml:1:{len(key) + 24}: there is no file or folder "gone/y.yml"')


def test_sources_may_come_later_and_a_pipeline_may_have_a_name(tmp_path: Path):
    assert faults(tmp_path, "sources: [later]\npipelines: [ecs_windows]") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("templates: none", 'detect.yml:1:12: there is no folder "none"'),
        ("reading: {format: cvs}", 'detect.yml:1:19: there is no format "cvs"\n  hint: did you mean'),
        ("redact: {mask: [a], key: {env: DETECT_TEST_NONE}}", "key: the environment variable DETECT_TEST_NONE is not"),
        ("redact: {pseudonym: [a], key: {file: short}}", "detect.yml:1:31: pseudonyms need a key of at least 16"),
        ("notifiers: {a: {type: file, path: x, templates: {line: '{{ 1 +'}}}\nroutes: [{to: [a]}]", "template of a:"),
        (
            "notifiers: {a: {type: webhook, url: {file: none}}}\nroutes: [{to: [a]}]",
            "detect.yml:1:37: url: the file none cannot be read: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, text: str, said: str):
    (tmp_path / "short").write_text("secret\n")
    found = faults(tmp_path, text)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.skipif(os.name != "posix", reason="the paths are those of POSIX")
def test_a_template_of_the_folder_is_checked_with_its_line(tmp_path: Path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "line.j2").write_text("{\n{{ nothing.at.all }}\n}")
    text = "templates: own\nnotifiers: {a: {type: file, path: x}}\nroutes: [{to: [a]}]"
    assert any(each.startswith("own/line.j2:2: template of a: ") for each in faults(tmp_path, text))


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_a_secret_that_others_may_read_is_warned_of(tmp_path: Path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n")
    key.chmod(0o640)
    found = problems(config(tmp_path, "redact: {pseudonym: [a], key: {file: key}}"), NOW)
    assert found.faults == []
    assert [each.replace(f"{tmp_path}{os.sep}", "") for each in found.warnings] == [
        "detect.yml:1:31: others may read the file key (mode 640); chmod 600 key"
    ]
    key.chmod(0o600)
    assert problems(config(tmp_path, "redact: {pseudonym: [a], key: {file: key}}"), NOW) == Problems([], [])


def test_secrets_are_not_asked_for_where_they_are_not(tmp_path: Path):
    text = "redact: {pseudonym: [a], key: {file: none}}"
    assert problems(config(tmp_path, text), NOW, secrets=False).faults == []


def test_what_holds_no_longer_is_warned_of(tmp_path: Path):
    text = (
        "alerts:\n  exceptions:\n    - {match: [a=b], owner: x, expires: 2026-05-31}\n"
        "    - {match: [a=b], owner: y, expires: 2026-06-01}\n"
        "silences:\n  - {match: [a=b], author: z, comment: c, ends: 2020-01-01}\n"
    )
    found = [each.replace(f"{tmp_path}{os.sep}", "") for each in problems(config(tmp_path, text), NOW).warnings]
    assert found == [
        "detect.yml:3:7: the exception of x has expired (2026-05-31)",
        "detect.yml:6:5: the silence of z is over (2020-01-01)",
    ]


def test_every_secret_is_found(tmp_path: Path):
    text = (
        "notifiers:\n  a: {type: webhook, url: {env: A}, headers: {X: {env: B}, Y: plain}, basic: {user: u, "
        "password: {env: C}}}\nroutes: [{to: [a]}]\n"
    )
    found: dict[Steps, Secret] = dict(secrets_in(config(tmp_path, text).notifiers["a"].options))
    assert {at: secret.env for at, secret in found.items()} == {
        ("url",): "A", ("headers", "X"): "B", ("basic", "password"): "C",
    }  # fmt: skip


def test_a_key_that_cannot_be_read_ends_the_run_with_its_place(tmp_path: Path):
    made = config(tmp_path, "redact: {pseudonym: [a], key: {file: none}}")
    with pytest.raises(ConfigError, match=r"detect\.yml:1:31: key: the file .*none cannot be read"):
        made.redactor()
