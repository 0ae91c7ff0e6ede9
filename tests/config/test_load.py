"""detect.yml is read whole, or everything that is wrong with it is said, each with its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.config import load, located
from engine.errors import ConfigError
from engine.notifiers import names
from engine.notifiers.email import Notifier as Email
from engine.notifiers.file import Notifier as File
from engine.options import Duration
from engine.secret import Secret
from tests.options.test_read import DATA

WRONG = """\
rules: ./x
surces: [a]
limits: {workers: 0, groups: many}
notifiers:
  mail: {type: emial}
  hook: {type: webhook, url: "https://x.y/z", bearer: hunter2, method: PSOT}
  file: {type: file, path: out/alerts.ndjson}
  "a b": {path: x}
alerts:
  fallback: [nobody]
  exceptions:
    - {match: [level=hgih, "a"], owner: x, expires: 2030-01-31}
routes:
  - to: [fil]
    quiet: [{from: "25:00", to: "3"}]
reading: {logsource: {}}
silences:
  - {match: [a=b], author: a, comment: " ", ends: 2021-01-01}
lateness: 15
"""

LEVELS = (
    'detect.yml:12:16: match: "hgih" is no level; one of informational, low, medium, high, critical, with + or - '
    "for a range"
)
LATENESS = (
    "detect.yml:19:11: lateness is to be a length of time, not the number 15\n"
    "  hint: write it with its unit, for instance 15m"
)


def faults(folder: Path, text: str) -> list[str]:
    file = folder / "detect.yml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(str(file), {})
    assert "hunter2" not in str(error.value)
    return [str(each).removeprefix(f"{folder}{os.sep}") for each in error.value.errors]


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path: Path):
    assert faults(tmp_path, WRONG) == [
        'detect.yml:1:8: rules is to be a list, not the text "./x"\n  hint: write [./x]',
        'detect.yml:2:1: unknown key "surces"\n  hint: did you mean "sources"?',
        "detect.yml:3:19: workers is to be at least 1, not the number 0",
        'detect.yml:3:30: groups is to be a whole number, not the text "many"',
        'detect.yml:5:16: there is no notifier of type "emial"\n  hint: did you mean "email"?',
        "detect.yml:6:55: bearer is to be a secret\n  hint: a secret stands elsewhere: {env: NAME} or {file: PATH}",
        'detect.yml:6:72: method is "PSOT"\n  hint: did you mean "POST"?',
        'detect.yml:8:3: "a b" is no name for a notifier\n  hint: letters, digits, hyphens, dots and underscores',
        f'detect.yml:8:10: there is no "type"\n  hint: one of {", ".join(names())}',
        'detect.yml:10:14: there is no notifier "nobody"\n  hint: one of mail, hook, file, a b',
        LEVELS,
        'detect.yml:12:28: match: "a" is no matcher: write NAME=VALUE, with =, !=, =~ or !~',
        'detect.yml:14:10: there is no notifier "fil"\n  hint: did you mean "file"?',
        'detect.yml:15:20: from: "25:00" is no time of day: write "22:00"',
        "detect.yml:16:22: say at least one of product, service and category",
        "detect.yml:18:40: comment: it is empty",
        LATENESS,
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "detect.yml:2:1: broken YAML"),
        ("- a", "detect.yml:1: a configuration is keys with their values"),
        ("state: a\n---\nstate: b", "detect.yml:3: a configuration is one document"),
        ("state: a\nstate: b", 'detect.yml:1:1: the key "state" stands twice'),
        ("state: !x a", 'detect.yml:1:8: the YAML tag "!x" means nothing'),
        ("notifiers: {a: {type: file, path: x}}", "detect.yml:1:12: there is no default route"),
        ("notifiers: [a]", "detect.yml:1:12: notifiers is to be names with their values"),
        ("notifiers: {a: 5}\nroutes: [{to: []}]", "detect.yml:1:16: a is to be names with their values"),
        ("notifiers: {a: {type: [x]}}\nroutes: [{to: []}]", "detect.yml:1:23: type is to be text"),
        ("routes: [{to: [a]}]", 'detect.yml:1:15: there is no notifier "a"'),
        ("schedules: []", 'detect.yml:1:1: unknown key "schedules"'),
    ],
)
def test_what_is_no_configuration(tmp_path: Path, text: str, said: str):
    assert faults(tmp_path, text)[0].startswith(said)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ConfigError, match="No such file"):
        load(str(tmp_path / "none.yml"), {})


@pytest.mark.skipif(os.name != "posix", reason="the paths are those of POSIX")
def test_paths_count_from_the_folder_of_the_file(tmp_path: Path):
    (tmp_path / "detect.yml").write_text(
        "sources: [logs, /var/log, '-', '~/x', 's3://bucket/x']\npipelines: [ecs_windows, p/a.yml]\nstate: s\n"
        "redact: {pseudonym: [a], key: {file: k}}\nnotifiers: {f: {type: file, path: out/a}}\nroutes: [{to: [f]}]\n"
    )
    config = load(str(tmp_path / "detect.yml"), {})
    said = config.settings
    assert said.sources[:3] == (f"{tmp_path}/logs", "/var/log", "-")
    assert "~" not in said.sources[3]
    assert said.sources[4] == "s3://bucket/x"
    assert said.pipelines == ("ecs_windows", f"{tmp_path}/p/a.yml")
    assert said.state == f"{tmp_path}/s"
    assert said.redact.key == Secret(file=f"{tmp_path}/k")
    assert isinstance(config.notifiers["f"].options, File)
    assert config.notifiers["f"].options.path == f"{tmp_path}/out/a"


def test_paths_stay_as_they_are_written_where_the_file_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detect.yml").write_text("rules: [./rules]\n")
    assert load("detect.yml", {}).settings.rules == ("./rules",)


def test_notifiers_have_the_options_of_their_type(tmp_path: Path):
    file = tmp_path / "detect.yml"
    file.write_text(
        "notifiers:\n  mail: {type: email, host: h, from: a@b.c, to: [d@e.f], user: u, "
        "password: {env: P}, timeout: 3s}\n"
        "routes: [{to: [mail]}]\n"
    )
    mail = load(str(file), {}).notifiers["mail"]
    assert (mail.name, mail.kind, mail.place.line) == ("mail", "email", 2)
    assert isinstance(mail.options, Email)
    assert (mail.options.sender, mail.options.password, mail.options.timeout) == (
        "a@b.c", Secret(env="P"), Duration.parse("3s"),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "# nothing\n", "notifiers:\nroutes:\nlimits:\n", "{}"])
def test_an_empty_file_says_nothing(tmp_path: Path, text: str):
    (tmp_path / "detect.yml").write_text(text)
    config = load(str(tmp_path / "detect.yml"), {})
    assert not config.tells
    assert config.redactor() is None


def test_the_file_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert located(None, {}) is None
    (tmp_path / "detect.yml").write_text("")
    assert located(None, {}) == "detect.yml"
    assert located(None, {}, look=False) is None
    assert located(None, {"DETECT_CONFIG": "b"}, look=False) == "b"
    assert located("a", {"DETECT_CONFIG": "b"}) == "a"


SECTIONS = ["sources", "rules", "select", "redact", "limits", "alerts", "routes", "notifiers", "silences", "x"]


@given(st.dictionaries(st.sampled_from(SECTIONS), DATA, min_size=1))
def test_any_file_gives_a_configuration_or_faults_with_places(tmp_path_factory: pytest.TempPathFactory, data: dict):
    file = tmp_path_factory.getbasetemp() / "any.yml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8", "surrogatepass")
    try:
        load(str(file), {})
    except ConfigError as error:
        for each in error.errors:
            assert each.place is not None
            assert each.place.path == str(file)
