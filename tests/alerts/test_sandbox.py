"""The sandbox: a template reaches nothing but its data, takes little time and memory, and escapes what it writes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, TemplateError

from engine.alerts.budget import LONGEST, STEPS, Budget, Exceeded
from engine.alerts.sandbox import Safe, Sandbox
from engine.dialects import DIALECTS


def written(source: str, dialect: str = "html", strict: bool = True, **names: Any) -> str:
    box = Sandbox(DictLoader({"t": source, "other": "{% macro b(x) %}<b>{{ x }}</b>{% endmacro %}"}),
                  DIALECTS[dialect].escape, strict)  # fmt: skip
    made = box.get_template("t")
    box.budget = Budget()
    return "".join(made.generate(**names))


BOMBS = {
    "loops in loops": "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
    "loops over one range": "{% set r = range(999) %}{% for a in r %}{% for b in r %}{% for c in r %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "a loop over text": "{% for a in t %}{% for b in t %}{% endfor %}{% endfor %}",
    "a long range": "{{ range(10000000000) | list }}",
    "text times number": "{{ 'a' * 200000000 }}",
    "number times text": "{{ 200000000 * 'a' }}",
    "list times number": "{{ [1] * 200000000 }}",
    "powers": "{{ 10 ** 10000000 }}",
    "towers of powers": "{{ 9 ** (9 ** (9 ** 9)) }}",
    "squares": "{% set n = namespace(v=3) %}{% for i in range(99) %}{% set n.v = n.v * n.v %}{% endfor %}{{ n.v }}",
    "doubled text": "{% set n = namespace(v='ab') %}{% for i in range(99) %}{% set n.v = n.v + n.v %}{% endfor %}",
    "joined text": "{% set n = namespace(v='ab') %}{% for i in range(99) %}{% set n.v = n.v ~ n.v %}{% endfor %}",
    "nested lists": "{% set n = namespace(v=[1]) %}{% for i in range(99) %}{% set n.v = [n.v, n.v] %}{% endfor %}",
    "nested objects": "{% set n = namespace(v=1) %}{% for i in range(99) %}{% set n.v = {1: n.v, 2: n.v} %}"
    "{% endfor %}",
    "doubled lists": "{% set n = namespace(v=[1]) %}{% for i in range(99) %}{% set n.v = n.v + n.v %}{% endfor %}",
    "replacing": "{{ t | replace('a', t) }}",
    "joining": "{{ range(9999) | join(t) }}",
    "padding with format": "{{ '{:1000000000}'.format(1) }}",
    "padding with percent": "{{ '%1000000000d' % 1 }}",
    "padding with a method": "{{ 'a'.center(1000000000) }}",
    "padding with a filter": "{{ 'a' | center(1000000000) }}",
    "indenting": "{{ t | indent(1000000000) }}",
    "a macro without end": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a tree of macros": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "itself": "{% include 't' %}",
    "much text in a loop": "{% for a in range(9999) %}" + "x" * 60_000 + "{% endfor %}",
    "much text in a macro": "{% macro m() %}" + "x" * 60_000 + "{% endmacro %}"
    "{% for a in range(9999) %}{{ m() }}{% endfor %}",
    "a recursive loop": "{% for a in [[1]] recursive %}{{ loop([a, a]) }}{% endfor %}",
    "many filters": "{% for a in range(9999) %}{{ t | upper | lower | upper | lower }}{% endfor %}",
    "many methods": "{% for a in range(9999) %}{% if t.upper().lower().split('a') %}{% endif %}{% endfor %}",
    "many slices": "{% for a in range(9999) %}{% if t[::-1][::-1][::-1] %}{% endif %}{% endfor %}",
    "many tests": "{% for a in range(9999) %}{{ 1 if t is lower }}{% endfor %}",
    "many comparisons": "{% set b = range(9999) | list %}{% for a in b %}{{ 1 if b == b | list }}{% endfor %}",
    "sorting": "{% set b = range(9999) | list %}{% for a in range(9999) %}{% if b | sort %}{% endif %}{% endfor %}",
    "rounding": "{{ (1 | round(1000000000)) * (10 ** 5000) }}",
    "a source without end": "x" * 100_000,
}


WAYS_TO_STOP = (TemplateError, Exceeded, RecursionError, TypeError, ValueError)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_early(name: str):
    with pytest.raises(WAYS_TO_STOP):
        written(BOMBS[name], t="a" * 50_000)


@pytest.mark.parametrize(
    "name", [name for name in BOMBS if not name.startswith(("a tree", "loops", "sorting", "many"))]
)
def test_a_bomb_takes_little_memory(name: str):
    tracemalloc.start()
    try:
        with pytest.raises(WAYS_TO_STOP):
            written(BOMBS[name], t="a" * 50_000)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ 'ab' * 60000 }}", "a text of more than 100,000 characters"),
        ("{{ ([1] * 20000) | length }}", "a list of more than 10,000 members"),
        ("{{ 2 ** 5000 }}", "a number of more than 4,096 bits"),
        ("{{ range(10001) | length }}", "further than 10,000"),
        ("{% for a in range(9999) %}{% for b in range(99) %}{% endfor %}{% endfor %}", "more than 300,000 steps"),
    ],
)
def test_each_bound_says_which_it_is(source: str, fault: str):
    with pytest.raises(Exceeded, match=fault):
        written(source)


ESCAPES = (
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ alert.__init__ }}",
    "{{ alert['__class__'] }}",
    "{{ range.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ self.__dict__ }}",
    "{{ self._TemplateReference__context }}",
    "{% for a in [1] %}{{ loop.__init__ }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m.__call__.__globals__ }}",
    "{{ alert | attr('__class__') }}",
    "{{ [alert] | map(attribute='__class__') | list }}",
    "{{ [''] | map('attr', '__class__') | list }}",
    "{{ '{0.__class__}'.format(alert) }}",
    "{{ '%s' % alert }}",
    "{{ [].append(1) }}",
    "{{ {}.update({}) }}",
    "{{ (1).to_bytes(1, 'big') }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler }}",
    "{{ dict() }}",
    "{{ config }}",
    "{{ x | safe }}",
    "{{ range }}",
    "{% import 'os' as os %}",
    "{% include '../secret' %}",
)


class Object:
    name = "x"

    def method(self) -> str:
        return "called"


@pytest.mark.parametrize("source", ESCAPES)
def test_no_template_reaches_python(source: str):
    with pytest.raises((TemplateError, TypeError)):
        written(source, alert=Object())


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{% filter upper %}x{% endfilter %}", "filter"),
        ("{% set x %}<b>{% endset %}{{ x }}", "macro"),
        ("{% autoescape false %}{{ x }}{% endautoescape %}", "autoescape"),
        ("{% for a in x recursive %}{% endfor %}", "recursive"),
        ("{{ alert.method() }}", "unsafe"),
    ],
)
def test_what_has_no_place_is_said(source: str, fault: str):
    with pytest.raises(TemplateError, match=fault):
        written(source, alert=Object(), x="")


HOSTILE = "<b>*x*</b> & {{ 7 * 7 }}"


@pytest.mark.parametrize(
    ("source", "times"),
    [
        ("{{ v }}", 1),
        ("{{ v | string }}", 1),
        ("{{ v ~ '' }}", 1),
        ("{{ '' + v }}", 1),
        ("{{ [v, v] | join('<') }}", 2),
        ("{{ {'a': v} }}", 1),
        ("{{ [v] | first }}", 1),
        ("{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(v) }}", 1),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(v) ~ v }}{{ v ~ m(v) }}{{ m(v) + v }}", 6),
        ("{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ v }}{% endcall %}", 1),
        ("{% import 'other' as o %}{{ o.b(v) }}", 1),
        ("{% block a %}{{ v }}{% endblock %}{{ self.a() }}", 2),
        ("{{ m(v) if false else v }}", 1),
        ("{{ v | replace('b', 'b') | trim | default('-') }}", 1),
        ("{% for c in [v] %}{{ c }}{% endfor %}", 1),
        ("{{ (v,) | map('string') | join }}", 1),
        ("{% set w = v %}{{ w }}", 1),
        ("{{ v | upper | lower }}", 1),
    ],
)
def test_whatever_way_a_value_takes_it_is_escaped_once(source: str, times: int):
    made = written(source, v=HOSTILE)
    assert made.count("&lt;b&gt;") == times
    assert "<b>" not in made.replace("<b>&lt;", "")
    assert "&amp;lt;" not in made
    assert "49" not in made


def test_what_a_macro_wrote_stays_as_it_is_and_what_is_made_of_it_does_not():
    source = "{% macro m() %}<i>{% endmacro %}{{ m() }}|{{ m() | upper }}|{{ m()[:2] }}"
    assert written(source) == "<i>|&lt;I&gt;|&lt;i"


def test_an_object_of_a_log_has_its_keys_and_no_methods():
    log = {"items": "I", "keys": 1, "a.b": "dots", "get": None}
    assert written("{{ f.items }}{{ f.keys }}{{ f['a.b'] }}{{ f.get }}{{ f.update }}", f=log) == "I1dots"


def test_what_a_log_does_not_have_is_empty_and_a_name_that_nothing_has_is_a_fault():
    assert written("{{ f.no.such.thing }}{{ f.list[3] }}{{ f.x | default('-') }}", f={"list": [1]}) == "-"
    with pytest.raises(TemplateError, match="titel"):
        written("{{ alert.titel }}", alert=Object())
    with pytest.raises(TemplateError, match="alerts"):
        written("{{ alerts }}")
    assert written("{{ alert.titel }}{{ alerts }}", strict=False, alert=Object()) == ""


def test_numbers_words_and_lists_read_as_json_does():
    names = {"a": True, "b": 1.5, "c": None, "d": [1, None], "e": {"x": "ä"}}
    assert written("{{ a }} {{ b }} {{ c }} {{ d }} {{ e }}", "plain", **names) == 'true 1.5  [1,null] {"x":"ä"}'


def test_an_ordinary_template_is_far_from_its_bounds():
    box = Sandbox(DictLoader({"t": "{% for a in r %}{% for b in r %}{{ a ~ b }}{% endfor %}{% endfor %}"}), str, True)
    made = box.get_template("t")
    box.budget = Budget()
    assert len("".join(made.generate(r=range(100)))) == 38_000
    with pytest.raises(Exceeded):
        box.budget.spend(STEPS)
    assert LONGEST > 38_000


@given(st.text(max_size=80))
def test_any_text_for_a_template_is_refused_or_written(source: str):
    try:
        written(source, v=HOSTILE)
    except (TemplateError, Exceeded, TypeError, ValueError):
        return


PIECES = st.sampled_from(
    ["{{ v }}", "{{ v ~ v }}", "{% for a in v %}", "{% endfor %}", "{% if v %}", "{% endif %}", "<i>", "{{ v[1:] }}",
     "{{ [v, v] | join(v) }}", "{% macro m(x) %}", "{% endmacro %}", "{{ m(v) }}", "{{ v * 3 }}", "{{ v + v }}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=10).map("".join))
def test_no_way_to_put_pieces_together_lets_an_element_through(source: str):
    try:
        made = written(source, v="<b>")
    except (TemplateError, Exceeded, TypeError):
        return
    assert "<b" not in made.replace("<i>", "")


def test_safe_text_is_safe_no_longer_once_it_is_changed():
    assert type(Safe("x").upper()) is str
    assert type(Safe("x") + "y") is str
