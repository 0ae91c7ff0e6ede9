"""What counts is shown with where it is from, reads as the same configuration again, and has no secret in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from engine.config import Config, load
from engine.config.show import as_json, as_text
from engine.options import Duration

FULL = """\
sources: [logs]
select: {level: high+}
limits:
  max_bytes: 2048k
redact: {pseudonym: [user], key: {env: KEY}}
notifiers:
  hook:
    type: webhook
    url: https://hooks.example.com/hunter2
    headers: {X-Token: hunter2}
    bearer: {env: TOKEN}
  file: {type: file, path: a.ndjson}
routes:
  - match: [level=high]
    to: [hook]
    quiet:
      - {from: "22:00", to: "7:00"}
    routes:
      - to: [file]
  - to: [file]
"""


def read(folder: Path, text: str, **variables: str) -> Config:
    (folder / "detect.yml").write_text(text)
    return load("detect.yml", variables)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_value_has_its_origin(here: Path):
    config = read(here, FULL, DETECT__LIMITS__WORKERS="3")
    found = {one["key"]: (one["value"], one["origin"]) for one in json.loads(as_json(config))}
    assert found["sources"] == (["logs"], "detect.yml:1")
    assert found["select.level"] == ("high+", "detect.yml:2")
    assert found["limits.max_bytes"] == ("2M", "detect.yml:4")
    assert found["limits.workers"] == (3, "DETECT__LIMITS__WORKERS")
    assert found["limits.hits"] == (1_000_000, "default")
    assert found["lateness"] == ("15m", "default")
    assert found["redact.key"] == ({"env": "KEY"}, "detect.yml:5")
    assert found["notifiers.hook.type"] == ("webhook", "detect.yml:8")
    assert found["notifiers.hook.timeout"] == ("10s", "default")
    assert found["routes.0.quiet.0.from"] == ("22:00", "detect.yml:17")
    assert found["routes.0.routes.0.to"] == (["file"], "detect.yml:19")


def test_what_is_merged_in_is_of_the_line_that_merges_it(here: Path):
    text = "silences:\n  - &one {match: [a=b], author: x, comment: y, ends: 2100-01-01}\n  - <<: *one\n    author: z\n"
    found = {one["key"]: (one["value"], one["origin"]) for one in json.loads(as_json(read(here, text)))}
    assert found["silences.1.author"] == ("z", "detect.yml:4")
    assert found["silences.1.comment"] == ("y", "detect.yml:3")
    assert found["silences.1.starts"] == (None, "default")


def test_no_secret_shows_nor_what_stands_in_its_place(here: Path):
    config = read(here, FULL)
    for text in (as_text(config), as_json(config)):
        assert "hunter2" not in text
        assert "TOKEN" in text
        assert "***" in text


def test_the_text_reads_as_the_same_configuration(here: Path):
    config = read(here, FULL.replace("https://hooks.example.com/hunter2", "{env: URL}").replace("hunter2", "{env: X}"))
    again = read(here, as_text(config))
    assert again.settings == config.settings
    assert {name: one.options for name, one in again.notifiers.items()} == {
        name: one.options for name, one in config.notifiers.items()
    }
    assert as_text(again).count("detect.yml:") > as_text(config).count("detect.yml:")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12)
LENGTHS = st.integers(0, 10**6).map(lambda seconds: str(Duration(seconds * 1_000_000)))
PLAIN = {
    "sources": st.lists(NAMES.filter(lambda name: "~" not in name), max_size=3),
    "select": st.fixed_dictionaries({}, optional={"tags": st.lists(NAMES, max_size=2), "level": st.just("low-")}),
    "reading": st.fixed_dictionaries({}, optional={"time_field": NAMES, "year": st.integers(1970, 9999)}),
    "limits": st.fixed_dictionaries({}, optional={"workers": st.integers(1, 99), "max_bytes": st.just("3k")}),
    "lateness": LENGTHS,
    "alerts": st.fixed_dictionaries({}, optional={
        "exceptions": st.lists(st.fixed_dictionaries(
            {"match": st.just(["level=high", 'x="a: #b"']), "owner": st.just("me: # you"),
             "expires": st.just("2030-01-01")},
            optional={"reason": NAMES},
        ), max_size=2),
    }),
    "routes": st.just([{"to": [], "quiet": [{"from": "1:00", "to": "2:00", "days": ["mon"]}],
                        "routes": [{"early": True}]}]),
}  # fmt: skip


@example({"sources": ["a\u202eb\x85\ufffe\U000e0001"]})
@given(st.fixed_dictionaries({}, optional=PLAIN))
def test_whatever_is_shown_reads_as_the_same(tmp_path_factory: pytest.TempPathFactory, data: dict):
    file = tmp_path_factory.getbasetemp() / "shown.yml"
    file.write_text(yaml.safe_dump(data))
    first = load(str(file), {})
    file.write_text(as_text(first), "utf-8")
    assert load(str(file), {}).settings == first.settings
