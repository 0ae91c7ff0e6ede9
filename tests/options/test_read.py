"""Plain data becomes Structs, or all that is wrong with it is said at once."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.settings import AlertSettings, RouteSettings
from engine.errors import ConfigError, Place
from engine.model import Level
from engine.notifiers import names, notifier
from engine.options import Duration, Fault, FilePath, Size, Steps, placed, read
from engine.redact import RedactSettings
from engine.secret import Secret


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    word: Literal["one", "two"] = "one"
    inside: tuple[Inner, ...] = ()


class Kinds(msgspec.Struct, frozen=True, kw_only=True, rename={"sort": "class"}):
    """One of everything."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern="^[a-z]*$")]
    number: Annotated[int, msgspec.Meta(ge=1, lt=10)] = 1
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    on: bool = True
    time: Duration = Duration.parse("15m")
    size: Size | None = None
    level: Level = Level.medium
    path: FilePath | None = None
    paths: tuple[FilePath, ...] = ()
    key: Secret | None = None
    address: str | Secret | None = None
    headers: dict[str, str | Secret] = {}
    inner: Inner | None = None
    several: list[Inner] = []
    sort: str = "a"

    def __post_init__(self) -> None:
        if self.sort not in "abc":
            raise ValueError(f'class: "{self.sort}" is none')
        for path in self.paths:
            if path.endswith("!"):
                raise ValueError(f'paths: "{path}" shouts')
        if self.number == 7 and not self.on:
            raise ValueError("number: seven needs `on`")


def said(kind: type, **given: Any) -> list[tuple[Steps, str, str | None]]:
    return [(each.steps, each.fault, each.hint) for each in read(kind, given).faults]


@pytest.mark.skipif(os.name != "posix", reason="the paths are those of POSIX")
def test_everything_is_read_as_what_it_is():
    given = {
        "name": "a", "number": 2, "share": 1, "on": False, "time": "2h", "size": "3k", "level": "high",
        "path": "x/../y", "paths": ["/z", "~/w", "-"], "key": {"env": "K"}, "address": "here",
        "headers": {"A": "b", "C": {"file": "d"}}, "inner": {"word": "two", "inside": [{"inside": []}]},
        "several": [{}], "class": "b",
    }  # fmt: skip
    made = read(Kinds, given, folder="/home/me").value
    assert made is not None
    assert (made.number, made.share, made.time, made.size, made.level) == (2, 1.0, 7_200_000_000, 3072, Level.high)
    assert made.path == "/home/me/y"
    assert made.paths[0] == "/z"
    assert not made.paths[1].startswith("~")
    assert made.paths[2] == "-"
    assert made.headers == {"A": "b", "C": Secret(file="/home/me/d")}
    assert made.inner == Inner(word="two", inside=(Inner(),))
    assert (made.several, made.sort, made.address) == ([Inner()], "b", "here")


def test_null_says_nothing():
    assert read(Kinds, {"name": "a", "number": None, "inner": None}).value == Kinds(name="a")
    assert said(Kinds, name=None) == [((), 'there is no "name"', "it needs text under name")]


@pytest.mark.parametrize(
    ("key", "value", "fault", "hint"),
    [
        ("name", "", "name is empty, not the text \"\"", None),
        ("name", 5, "name is to be text, not the number 5", 'write "5", in quotes'),
        ("name", "A", 'name does not match ^[a-z]*$, not the text "A"', None),
        ("number", "3", 'number is to be a whole number, not the text "3"', "write 3, without quotes"),
        ("number", 10, "number is to be less than 10, not the number 10", None),
        ("number", 1.5, "number is to be a whole number, not the number 1.5", None),
        ("number", True, "number is to be a whole number, not true", None),
        ("share", 0, "share is to be more than 0, not the number 0.0", None),
        ("on", "yes", 'on is to be true or false, not the text "yes"', "write true"),
        ("time", "soon", 'time: "soon" is no length of time: write 90s, 15m, 24h or 7d', None),
        ("time", 30, "time is to be a length of time, not the number 30", "write it with its unit, for instance 15m"),
        ("size", "0", 'size: "0" is no size: write 500M or 8G', None),
        ("level", "hgih", '"hgih" is no level', 'did you mean "high"?'),
        ("level", 3, "level is to be a level, not the number 3", None),
        ("paths", "x", 'paths is to be a list, not the text "x"', "write [x]"),
        ("headers", ["x"], "headers is to be names with their values, not a list", None),
        ("inner", 5, "inner is to be options with their values, not the number 5", None),
        ("class", "d", 'class: "d" is none', None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_value(key: str, value: Any, fault: str, hint: str | None):
    assert said(Kinds, **{"name": "a", key: value}) == [((key,), fault, hint)]


def test_all_faults_come_at_once_each_with_its_steps():
    inner = {"word": "tow", "inside": [{}, {"wrod": 1}]}
    found = said(Kinds, nmae="x", time="soon", inner=inner, paths=["a!", "b", "c!"], **{"class": "d"})
    assert [steps for steps, _, _ in found] == [
        ("nmae",), (), ("time",), ("inner", "word"), ("inner", "inside", 1, "wrod"),
    ]  # fmt: skip
    found = said(Kinds, name="x", time="soon", paths=["a!", "b", "c!"], **{"class": "d"})
    assert [steps for steps, _, _ in found] == [("time",), ("class",), ("paths", 0), ("paths", 2)]


def test_a_fault_that_only_follows_from_another_is_not_said():
    class Pair(msgspec.Struct, kw_only=True):
        user: str | None = None
        password: str | None = None

        def __post_init__(self) -> None:
            if (self.user is None) != (self.password is None):
                raise ValueError("password: user and password go together")

    assert said(Pair, user=5, password="x") == [
        (("user",), "user is to be text, not the number 5", 'write "5", in quotes')
    ]
    assert said(Pair, password="x") == [(("password",), "password: user and password go together", None)]


@pytest.mark.parametrize(
    "wrong",
    ["hunter2", 4711, ["hunter2"], {"hunter2": "hunter2"}, {"env": 4711}, {"env": "a", "file": "hunter2"}, {}, True],
)
def test_what_stands_in_place_of_a_secret_is_not_shown(wrong: Any):
    for key in ("key", "address", "headers"):
        value = {"X": wrong} if key == "headers" else wrong
        if key == "key" or not isinstance(wrong, str):
            found = read(Kinds, {"name": "a", key: value}).faults
            assert len(found) == 1
            assert "hunter2" not in repr(found)
            assert "4711" not in repr(found)
            assert "{env: NAME} or {file: PATH}" in (found[0].hint or "")


class Lines:
    def place(self, steps: Steps, *, key: bool = False) -> Place:
        return Place("detect.yml", 5 - len(steps), 1)


def test_placed_faults_are_in_the_order_of_the_file_and_survive_pickling():
    error = placed([Fault((), "last"), Fault(("a", "b"), "first", "hint"), Fault((), "last")], Lines())
    assert str(error).splitlines() == [
        "the configuration has 2 faults:", "detect.yml:3:1: first", "  hint: hint", "detect.yml:5:1: last",
    ]  # fmt: skip
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(ConfigError(error.errors[:1])) == "detect.yml:3:1: first\n  hint: hint"


def structs() -> Iterator[type]:
    yield from (Kinds, AlertSettings, RouteSettings, RedactSettings, Secret)
    yield from (notifier(name) for name in names())


STRUCTS = list(structs())
KEYS = sorted({name for kind in STRUCTS for name in kind.__struct_encode_fields__} | {"env", "file", "match", "type"})
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(KEYS),
    st.sampled_from(["level=high", "15m", "high", "https://a.b/c", "a@b.c", "4G", "22:00", "0 8 * * *", 10**400]),
)  # fmt: skip
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=6),
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.sampled_from(STRUCTS), st.one_of(DATA, st.dictionaries(st.sampled_from(KEYS), DATA)))
def test_any_data_gives_a_struct_or_faults_that_lead_into_it(kind: type, data: Any):
    made, faults = read(kind, data, folder="/x")
    assert (made is None) is bool(faults)
    for fault in faults:
        value = data
        for step in fault.steps:
            value = value[step]
        assert fault.fault
    if made is not None:
        assert isinstance(made, kind)


@given(st.sampled_from(STRUCTS), st.dictionaries(st.sampled_from(KEYS), DATA))
def test_a_struct_is_made_wherever_msgspec_would_make_it(kind: type, data: Any):
    if kind is not Kinds:  # whose words msgspec does not know
        try:
            expected = msgspec.convert(data, kind)
        except (msgspec.ValidationError, OverflowError):
            return
        assert read(kind, data).value == expected
