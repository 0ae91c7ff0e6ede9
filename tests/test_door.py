"""The public functions: rules from anywhere, and plain dicts scanned with them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import engine
from engine import Level, LogSource, RulesError, UsageError, load_rules, scan

NOON = 1_688_990_400_000_000
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(9)]


def text(number: int, body: str = "{eventName: StopLogging}", logsource: str = "{product: aws}") -> str:
    return f"""
title: rule {number}
id: {IDS[number]}
level: high
logsource: {logsource}
detection:
    selection: {body}
    condition: selection
"""


BROKEN = text(8, "{eventName|contian: x}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two rules, and one that cannot be used."""
    for number in (1, 2):
        (tmp_path / f"{number}.yml").write_text(text(number))
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "broken.yml").write_text(BROKEN)
    return tmp_path


def titles(ruleset: engine.Ruleset) -> list[str]:
    return [rule.title for rule in ruleset.rules]


# Loading


def test_rules_come_from_a_file_a_folder_a_text_or_several_of_them(folder: Path):
    one, whole = folder / "1.yml", folder / "more"
    assert titles(load_rules(one)) == titles(load_rules(str(one))) == ["rule 1"]
    assert titles(load_rules(text(3))) == ["rule 3"]
    assert titles(load_rules([one, str(folder / "2.yml"), text(3)])) == ["rule 1", "rule 2", "rule 3"]
    assert titles(load_rules(item for item in (text(4), one))) == ["rule 1", "rule 4"]
    assert titles(load_rules([])) == []
    assert titles(load_rules(whole, strict=False)) == []
    assert titles(load_rules("---".join([text(5), text(6)]))) == ["rule 5", "rule 6"]


def test_strict_raises_one_error_that_lists_every_rule_that_cannot_be_used(folder: Path):
    with pytest.raises(RulesError) as caught:
        load_rules([folder, BROKEN.replace(IDS[8], IDS[7]), "title: only\nlogsource: {product: x}\n"])
    assert len(caught.value.errors) == 3
    shown = str(caught.value)
    assert shown.startswith("3 rules cannot be used")
    for place in (str(folder / "more" / "broken.yml"), "<text>:", "<text 2>:"):
        assert place in shown
    assert "did you mean" in shown


def test_without_strict_what_cannot_be_used_is_kept_beside_the_rest(folder: Path):
    ruleset = load_rules([folder, BROKEN.replace(IDS[8], IDS[7])], strict=False)
    assert titles(ruleset) == ["rule 1", "rule 2"]
    assert len(ruleset.rejected) == 2


def test_a_rule_that_comes_twice_loads_once(folder: Path):
    one = folder / "1.yml"
    assert titles(load_rules([one, one])) == ["rule 1"]
    assert titles(load_rules([text(1), text(1)])) == ["rule 1"]
    assert titles(load_rules([one, text(1), text(2)])) == ["rule 1", "rule 2"]


def test_one_id_with_other_content_is_an_error_that_names_both_places(folder: Path):
    other = text(1, "{eventName: Other}")
    with pytest.raises(RulesError, match=r"<text>.*1\.yml"):
        load_rules([folder / "1.yml", other])
    with pytest.raises(RulesError, match=r"<text 2>.*<text>"):
        load_rules([text(1), other])


def test_texts_are_told_apart_when_rules_are_taken_from_the_cache(folder: Path):
    one = folder / "1.yml"
    for number in (3, 4, 3):
        assert titles(load_rules([one, text(number)])) == ["rule 1", f"rule {number}"]


@pytest.mark.parametrize("missing", ["nowhere.yml", "", Path("nowhere")], ids=str)
def test_a_path_that_is_not_there_is_wrong_usage(missing: str | Path):
    with pytest.raises(UsageError, match="there is no file or folder"):
        load_rules(missing)


RENAMED = "transformations:\n- {type: field_name_mapping, mapping: {eventName: name}}\n"


def test_pipelines_are_applied_from_files_and_texts(tmp_path: Path):
    (tmp_path / "p.yml").write_text(RENAMED)
    for pipelines in ([tmp_path / "p.yml"], [RENAMED], [str(tmp_path)]):
        assert len(scan([{"name": "StopLogging"}, STOP], text(1), pipelines=pipelines)) == 1
        assert load_rules(text(1), pipelines=pipelines).rules[0].selections["selection"].field == "name"


def test_pipelines_are_refused_rather_than_ignored_for_rules_that_are_loaded():
    with pytest.raises(UsageError, match="loaded already"):
        scan([], load_rules(text(1)), pipelines=[RENAMED])
    with pytest.raises(UsageError, match="there is no file or folder"):
        load_rules(text(1), pipelines=["p.yml"])


def test_a_rule_that_a_pipeline_refuses_is_reported(tmp_path: Path):
    with pytest.raises(RulesError, match="not with us"):
        load_rules(text(1), pipelines=["transformations:\n- {type: rule_failure, message: not with us}\n"])


# Scanning

STOP = {"eventName": "StopLogging", "eventTime": "2023-07-10T12:00:00Z"}
OTHER = {"eventName": "Other"}


def test_rules_may_be_a_ruleset_a_path_or_yaml(folder: Path):
    found = scan([OTHER, STOP], load_rules(text(1)))
    assert [(one.rule.id, one.rule.title, one.rule.level, one.group) for one in found] == [
        (IDS[1], "rule 1", Level.high, ())
    ]
    for rules in (folder / "1.yml", str(folder / "1.yml"), [folder / "1.yml"]):
        (again,) = scan([OTHER, STOP], rules)
        assert again == found[0]._replace(rule=again.rule)
    assert scan([OTHER, STOP], text(1)) == found


def test_what_is_found_comes_in_order_of_events_and_then_of_rules_with_positions_from_0():
    found = scan([STOP, OTHER, STOP], [text(2), text(1)])
    assert [(one.rule.title, one.positions) for one in found] == [
        ("rule 2", (0,)), ("rule 1", (0,)), ("rule 2", (2,)), ("rule 1", (2,)),
    ]  # fmt: skip


def test_without_a_logsource_every_rule_sees_every_event():
    rules = load_rules([text(1), text(2, logsource="{product: windows}"), text(3, logsource="{service: cloudtrail}")])

    def seen(logsource: LogSource | None) -> list[str]:
        return [one.rule.title for one in scan([STOP], rules, logsource=logsource)]

    assert seen(None) == ["rule 1", "rule 2", "rule 3"]
    assert seen(LogSource("aws", "cloudtrail")) == ["rule 1", "rule 3"]
    assert seen(LogSource("windows")) == ["rule 2"]
    assert seen(LogSource("okta")) == []


@pytest.mark.parametrize(
    ("time_field", "logsource", "time"),
    [
        (None, None, NOON),  # where most logs have it
        (None, LogSource("aws", "cloudtrail"), NOON),
        (None, LogSource("windows"), None),
        ("when.at", None, NOON + 1_000_000),
        ("when.of.day", None, NOON + 2_000_000),
        ("nowhere", None, None),
    ],
)
def test_the_time_is_where_it_is_said_to_be(time_field: str | None, logsource: LogSource | None, time: int | None):
    when = {"at": 1_688_990_401, "of.day": ["2023-07-10T12:00:02Z"]}
    rule = text(1, logsource=f"{{product: {logsource.product if logsource else 'any'}}}")
    (found,) = scan([{**STOP, "when": when}], rule, time_field=time_field, logsource=logsource)
    assert found.time == time


class _Row(Mapping[str, Any]):
    """A mapping that is no dict, as records of a database are."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def __getitem__(self, key: str) -> Any:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class _Name(str, Enum):  # noqa: UP042  # its str() is not its value
    stop = "StopLogging"


class _Code(IntEnum):
    five = 5


class _Half(float):
    pass


@pytest.mark.parametrize(
    "kind",
    [dict, OrderedDict, MappingProxyType, lambda fields: _Row(**fields)],
    ids=["dict", "OrderedDict", "proxy", "row"],
)
def test_a_mapping_of_any_kind_is_an_object_at_any_depth(kind: Any):
    rules = [text(1, "{a.b: x}"), text(2, "{a.c.d: y}"), text(3, "{a.n: 5}"), text(4, "{a.h: 0.5}"), text(5)]
    inner = {"b": "x", "c": (kind({"d": "y"}),), "n": _Code.five, "h": _Half(0.5)}
    found = scan([kind({"a": kind(inner), "eventName": _Name.stop})], rules)
    assert [one.rule.title for one in found] == [f"rule {number}" for number in range(1, 6)]


def test_events_may_come_from_a_generator_and_are_not_changed():
    given = [{"eventName": "StopLogging", "a": [{"b": ("c",)}]}, {"eventName": True}]
    before = ast.literal_eval(repr(given))
    assert [one.positions for one in scan((event for event in given), text(1))] == [(0,)]
    assert given == before


def test_an_event_as_deep_as_python_allows_is_still_an_event():
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    assert [one.positions for one in scan([{**STOP, "deep": deep}], text(1))] == [(0,)]


@pytest.mark.parametrize("event", ["eventName", 5, None, [("eventName", "StopLogging")], b"{}"], ids=repr)
def test_an_event_that_is_no_mapping_is_wrong_usage(event: Any):
    with pytest.raises(UsageError, match=f"event 1 is no mapping: {type(event).__name__}"):
        scan([STOP, event], text(1))


def test_one_dict_instead_of_a_list_of_them_is_wrong_usage():
    with pytest.raises(UsageError, match="put one alone into a list"):
        scan(STOP, text(1))  # type: ignore[arg-type]


# The door itself


def test_every_public_name_is_there_and_they_are_sorted():
    assert engine.__all__ == sorted(engine.__all__)
    assert dir(engine) == engine.__all__
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = engine.nothing


def imported(script: str) -> set[str]:
    """The modules that a script imports in a process of its own."""
    script += "\nimport sys; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_importing_the_engine_imports_none_of_what_is_heavy():
    names = imported("import engine; dir(engine); engine.Event; engine.UsageError")
    assert not {"sigma", "yaml", "re2", "ahocorasick_rs", "msgspec"} & names
    assert not {"engine.rules", "engine.match", "engine.load", "engine.door"} & names


def test_the_detector_needs_no_pysigma():
    assert not {"sigma", "yaml"} & imported("import engine; engine.Detector; engine.load_rules")


def test_the_first_lines_of_the_package_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    """The example in its docstring."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "1.yml").write_text(text(1))
    doc = engine.__doc__ or ""
    example = "\n".join(line[4:] for line in doc.splitlines() if line.startswith("    "))
    exec(example, {"events": [OTHER, STOP]})
    assert capsys.readouterr().out == "rule 1 (1,)\n"


WINDOWS_RULE = """
title: Shadows
logsource: {product: windows, category: process_creation}
detection: {a: {Image|endswith: vssadmin.exe}, condition: a}
"""


@pytest.mark.parametrize("logsource", [None, LogSource("windows")], ids=["of anything", "of Windows"])
def test_windows_events_are_found_under_the_names_of_rules(logsource: LogSource | None) -> None:
    started = {
        "winlog": {"channel": "Security", "event_id": 4688, "event_data": {"NewProcessName": "C:\\vssadmin.exe"}}
    }
    ended = {"winlog": {"channel": "Security", "event_id": 4689, "event_data": {"ProcessName": "C:\\vssadmin.exe"}}}
    assert [finding.positions for finding in scan([ended, started], WINDOWS_RULE, logsource=logsource)] == [(1,)]


# Correlations


def correlated(**more: Any) -> engine.Ruleset:
    """Three of rule 1 within a minute, by user."""
    from engine.rules import Correlation, Ruleset

    given: dict[str, Any] = {"options": {"condition": {"gte": 3}}, "group_by": ("user",), "timespan": 60_000_000}
    rules = load_rules(text(1)).rules
    made = Correlation(
        key="c", title="three", path="c.yml", line=1, type="event_count", rules=(IDS[1],), names=("r",), **given, **more
    )
    return Ruleset(rules, correlations=(made,))


def stops(*seconds: int) -> list[dict[str, Any]]:
    return [
        {"eventName": "StopLogging", "user": "alice", "time": f"2023-07-10T12:00:{second:02}Z"} for second in seconds
    ]


def test_correlations_are_found_whatever_the_order_of_events():
    (found,) = scan([{"eventName": "x"}, *stops(20, 0, 10, 30)], correlated(), time_field="time")
    assert (found.rule.title, found.time, found.group) == ("three", NOON + 20_000_000, (("user", "alice"),))
    assert found.positions == (2, 3, 1, 4)
    assert found.episode is not None
    assert (found.episode.hits, found.episode.last, found.episode.end) == (4, NOON + 30_000_000, None)


def test_rules_of_a_correlation_that_generates_are_found_too():
    found = scan(stops(0, 1, 2), correlated(generate=True), time_field="time")
    assert [each.rule.title for each in found] == ["rule 1", "rule 1", "rule 1", "three"]


def test_final_decides_what_is_open_after_the_last_event():
    found = [scan(stops(0, 1, 2), correlated(), time_field="time", final=final)[0] for final in (False, True)]
    assert [each.episode and each.episode.end for each in found] == [None, NOON + 62_000_000]


def test_events_without_a_time_take_no_part():
    assert scan([{"eventName": "StopLogging", "user": "alice"}] * 5, correlated(), time_field="time") == []
