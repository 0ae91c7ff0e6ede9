"""Variables of the environment stand over the file, and their faults name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import load
from engine.config.environment import overrides, put
from engine.errors import ConfigError, UsageError


def over(data: dict[str, Any], **variables: str) -> dict[str, Any]:
    found, wrong = overrides(variables)
    assert wrong == []
    for each in found:
        put(data, each)
    return data


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("DETECT__STATE", "here", {"state": "here"}),
        ("DETECT__LIMITS__WORKERS", "2", {"limits": {"workers": 2}}),
        ("DETECT__SOURCES", "[a, b]", {"sources": ["a", "b"]}),
        ("DETECT__REDACT__KEY", "{env: X}", {"redact": {"key": {"env": "X"}}}),
        ("DETECT__READING__ALL_LOGSOURCES", "true", {"reading": {"all_logsources": True}}),
        ("DETECT__A", "no", {"a": "no"}),
        ("DETECT__A", '"1"', {"a": "1"}),
        ("DETECT__A", "1.5", {"a": 1.5}),
        ("DETECT__A", "", {"a": None}),
        ("DETECT__A", "a: b", {"a": {"a": "b"}}),
        ("DETECT__ROUTES__0__TO", "[x]", {"routes": {"0": {"to": ["x"]}}}),
        ("DETECT_STATE", "x", {}),
    ],
)
def test_a_variable_is_a_value_as_yaml_has_it(variable: str, text: str, expected: Any):
    assert over({}, **{variable: text}) == expected


def test_keys_are_those_that_are_there_whatever_their_case_and_hyphens():
    data = over({"notifiers": {"On-Call": {"port": 1}}}, DETECT__NOTIFIERS__ON_CALL__PORT="2")
    assert data == {"notifiers": {"On-Call": {"port": 2}}}


def test_members_of_lists_have_numbers_and_the_next_one_is_new():
    data = over({"routes": [{"to": ["a"]}]}, DETECT__ROUTES__0__TO="[b]", DETECT__ROUTES__1__TO="[c]")
    assert data == {"routes": [{"to": ["b"]}, {"to": ["c"]}]}


@pytest.mark.parametrize(
    "variable", ["DETECT__ROUTES__5__TO", "DETECT__ROUTES__X", "DETECT__STATE__X", "DETECT__ROUTES__²"]
)
def test_where_nothing_can_be_put_the_variable_is_named(variable: str):
    (found,), _ = overrides({variable: "x"})
    with pytest.raises(UsageError) as error:
        put({"routes": [{}], "state": "x"}, found)
    assert str(error.value).startswith(f"{variable}: ")


@pytest.mark.parametrize(
    ("variable", "text"), [("DETECT____X", "1"), ("DETECT__", "1"), ("DETECT__A", "[1"), ("DETECT__A", "{a: 1, a: 2}"),
                           ("DETECT__A", "1\n---\n2"), ("DETECT__A", "&a [*a]")]
)  # fmt: skip
def test_what_cannot_be_read_names_its_variable(variable: str, text: str):
    found, wrong = overrides({variable: text})
    assert not found
    assert [str(each.place) for each in wrong] == [variable]


def test_a_variable_wins_over_the_file_and_its_fault_names_it(tmp_path: Path):
    file = tmp_path / "detect.yml"
    file.write_text("limits: {workers: 3, hits: 5}\n")
    config = load(str(file), {"DETECT__LIMITS__WORKERS": "2"})
    assert (config.settings.limits.workers, config.settings.limits.hits) == (2, 5)
    with pytest.raises(ConfigError) as error:
        load(
            str(file),
            {"DETECT__LIMITS__WORKERS": "two", "DETECT__LIMITS__WROKERS": "2", "DETECT__NOTIFIERS__X__URL": "y"},
        )
    assert sorted(str(each.place) for each in error.value.errors if "route" not in each.fault) == [
        "DETECT__LIMITS__WORKERS", "DETECT__LIMITS__WROKERS", "DETECT__NOTIFIERS__X__URL",
    ]  # fmt: skip


def test_variables_alone_are_a_configuration():
    config = load(None, {"DETECT__SOURCES": "[logs]"})
    assert (config.path, config.settings.sources) == (None, ("logs",))


@given(
    st.dictionaries(st.text("AB_1", max_size=8).map(lambda name: f"DETECT__{name}"), st.text(max_size=12), max_size=4)
)
def test_any_variables_are_read_or_named(variables: dict[str, str]):
    try:
        load(None, variables)
    except ConfigError as error:
        for each in error.errors:
            assert str(each.place) in variables
