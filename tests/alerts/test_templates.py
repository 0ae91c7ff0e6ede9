"""Templates: found, checked when loaded, rendered within limits, and never the reason that nobody is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.alerts.samples import samples, trial
from engine.alerts.templates import Source, TemplateFault, Templates
from engine.destination import Part, size
from engine.dialects import DIALECTS
from engine.errors import Place
from engine.notifiers import default_template
from tests.notifiers.made import NOW, alert, huge, message

CONSOLE = "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1"
PLAIN = {"text": Part("plain", 400)}


def own(text: str, path: str = "text.j2", **more: Any) -> Source:
    return Source(text, Place(path), **more)


def made(text: str, part: Part | None = None, *others: Source, folder: Path | None = None) -> Templates:
    return Templates({"text": part or PLAIN["text"]}, {"text": (own(text), *others)}, folder)


def shown(text: str, dialect: str = "plain", **more: Any) -> str:
    faults: list[TemplateFault] = []
    templates = made(text, Part(dialect))
    rendered = templates.render(message(**more), faults.append)["text"]
    assert faults == []
    assert templates.check() == []
    return rendered


@pytest.mark.parametrize(
    ("source", "place", "fault"),
    [
        ("fine\n{% if %}", "text.j2:2", "Expected an expression"),
        ("{{ alert.titel }}", "text.j2:1", "has no attribute 'titel'"),
        ("\n\n{{ alert.titel }}", "text.j2:3", "has no attribute 'titel'"),
        ("{{ 'x' | shout }}", "text.j2:1", "No filter named 'shout'"),
        ("a\n{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "text.j2:2", "steps"),
        ("{% include 'none.j2' %}", "text.j2:1", 'there is no template "none.j2"'),
        ("{% include '../../etc/passwd' %}", "text.j2:1", "there is no template"),
        ("{{ 'x' | time }}", "text.j2:1", "ValueError"),
        ("{{ alert.first | time('Mars') }}", "text.j2:1", 'there is no time zone "Mars"'),
        ("{{ alert.__class__ }}", "text.j2:1", "unsafe"),
        ("{{ link }}", "text.j2:1", "'link' is undefined"),
        ("{{ alert.frist | time }}", "text.j2:1", "no attribute 'frist'"),
        ("{{ alert.frist | tojson }}", "text.j2:1", "no attribute 'frist'"),
        ("{% for a in alert.evidnce %}{% endfor %}", "text.j2:1", "no attribute 'evidnce'"),
        ("{{ alert.hits | cut(longst) }}", "text.j2:1", "'longst' is undefined"),
    ],
)
def test_a_fault_is_found_at_load_with_file_and_line(source: str, place: str, fault: str):
    (found,) = made(source).check()
    assert str(found.place) == place
    assert fault in found.fault


def test_a_template_within_another_file_counts_its_own_lines():
    inline = Source("a\n{{ nothing }}", Place("detect.yml", 12, 7), inline=True)
    (found,) = Templates(PLAIN, {"text": (inline,)}).check()
    assert str(found) == "detect.yml:12:7: line 2 of the template: 'nothing' is undefined"


def test_all_faults_are_found_at_once():
    parts = {"title": Part("header"), "text": Part("plain")}
    sources = {"title": (own("{{ a }}", "title.j2"),), "text": (own("{% if", "text.j2"), own("{{ b }}", "all.j2"))}
    faults = Templates(parts, sources).check()
    assert [str(one.place) for one in faults] == ["title.j2:1", "text.j2:1", "all.j2:1"]


def test_a_template_includes_others_of_its_folder_alone(tmp_path: Path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "who.j2").write_text("by {{ alert.fields.actor | short }}")
    (folder / "bad.j2").write_text("\n{{ nothing }}")
    (tmp_path / "secret").write_text("secret")
    (folder / "link.j2").symlink_to(tmp_path / "secret")
    rendered = made("{% include 'who.j2' %}", folder=folder).render(message())
    assert rendered == {"text": "by user/alice@123456789012"}
    (found,) = made("{% include 'bad.j2' %}", folder=folder).check()
    assert str(found.place) == f"{folder / 'bad.j2'}:2"
    for outside in ("../secret", "link.j2", str(tmp_path / "secret")):
        assert made(f"{{% include '{outside}' %}}", folder=folder).check() != []


def test_a_template_that_fails_gives_way_and_is_told():
    faults: list[TemplateFault] = []
    failing = made("{{ 1 // (alert.hits - 1) }}", None, own("second: {{ alert.title }}"))
    assert failing.render(message(), faults.append) == {"text": "second: Access key made for another user"}
    assert "ZeroDivisionError" in faults[0].fault
    assert failing.render(message(alert(hits=2))) == {"text": "1"}


def test_without_any_template_that_works_the_title_is_told():
    assert made("{{ 1 // 0 }}").render(message()) == {"text": "[high] Access key made for another user"}
    optional = made("{{ 1 // 0 }}", Part("json", optional=True))
    assert optional.render(message()) == {}


def test_what_is_too_long_shows_less_of_everything_before_it_is_cut():
    template = "{% for a in alerts %}{{ a.title }}: {{ a.fields | tojson }}\n{% endfor %}{{ left_out }} left out"
    parts = made(template, Part("plain", 2_000)).render(huge(), pytest.fail)
    assert len(parts["text"]) <= 2_000
    assert "(cut)" in parts["text"]
    left = int(parts["text"].rsplit("\n", 1)[1].split()[0])
    assert 50 <= left < 60
    assert made("x" * 500).render(message())["text"] == "x" * 393 + "… (cut)"


@pytest.mark.parametrize("unit", ["characters", "bytes", "utf16"])
@pytest.mark.parametrize("longest", [30, 150, 3_000, 28_000])
def test_the_templates_that_come_along_fit_any_limit(longest: int, unit: Any):
    for name, dialect in (("text", "plain"), ("text", "mrkdwn"), ("text", "discord"), ("html", "html")):
        path = default_template("email", name)
        assert path is not None
        part = Part(dialect, longest, unit)
        templates = Templates({"it": part}, {"it": (own(path.read_text("utf-8"), str(path)),)})
        for given in (*samples(), huge(), huge(1, 60_000), trial(NOW, "it")):
            assert 0 < size(templates.render(given, pytest.fail)["it"], unit) <= longest


def test_a_message_of_many_alerts_that_takes_too_many_steps_shows_fewer():
    template = "{% for a in alerts %}{% for b in range(3000) %}{{ a.hits }}{% endfor %}{% endfor %}{{ left_out }}"
    text = made(template, Part("plain", 0)).render(huge(60, 10), pytest.fail)["text"]
    assert text.strip("1") != "0"


def test_a_header_is_one_line_whatever_its_template():
    templates = Templates({"t": Part("header", 100)}, {"t": (own("a\n  b{{ alert.title }}\n\nc\n"),)})
    assert templates.render(message(alert(title="x\r\ny"))) == {"t": r"a bx\r\ny c"}


@pytest.mark.parametrize(
    ("template", "dialect", "text"),
    [
        ("{{ alert.first | time }}", "plain", "2026-07-01 12:00:00 UTC"),
        ("{{ alert.first | time('Europe/Vienna') }}", "plain", "2026-07-01 14:00:00 Europe/Vienna"),
        ("{{ 0 | time }}, {{ 0 | ago }}", "plain", "no time, no time"),
        ("{{ alert.first | ago }}", "plain", "1 min ago"),
        ("{{ (time - 7503000000) | ago }}", "plain", "2 h 5 min ago"),
        ("{{ 90061 | duration }}, {{ 59 | duration }}, {{ 0 | duration }}", "plain", "1 d 1 h, 59 s, 0 s"),
        ("{{ 1234567 | number }}", "plain", "1,234,567"),
        ("{{ level | mark }}", "plain", "🟠"),
        ("{{ alert.rule.tags | attack | map(attribute='text') | join(', ') }}", "plain", "ATT&CK T1098.001"),
        ("{{ alert.rule.tags | attack | first | link }}", "markdown",
         "[ATT\\&CK T1098.001](https://attack.mitre.org/techniques/T1098/001/)"),
        ("{{ alert.evidence[-1] | cloudtrail | link('the event') }}", "mrkdwn",
         f"<{CONSOLE}#/events/0b7c1a52-1111-4000-8000-00000000000a|the event>"),
        ("{{ 'https://a.example/?a=1&b=2' | link('x < y') }}", "html",
         '<a href="https://a.example/?a=1&amp;b=2">x &lt; y</a>'),
        ("{{ 'javascript:alert(1)' | link('x') }}", "html", "x"),
        ("{{ 'abcdefghijklmnop' | cut(10) }}", "plain", "abc… (cut)"),
        ("{{ '<b>' | bold }} {{ 'a`b' | code }} {{ '' | code }}", "html", "<b>&lt;b&gt;</b> <code>a`b</code> –"),
        ("{{ alert | field('actor') }}{{ alert | field('no.such') }}", "mrkdwn",
         "arn:aws:iam::123456789012:user/alice"),
        ("{{ {'a': 1, 'b': none, 'c': ''} | pairs | map('first') | join }}", "plain", "a"),
        ("{{ alert.fields | tojson | length > 10 }} {{ alert.level }} {{ alert.rule.level }}", "plain",
         "true high high"),
        ("{{ {'a': '\u202e'} | tojson }}", "json", '{"a":"\\u202e"}'),
        ("{{ alert.evidence[0].ref }}", "plain", "log.json.gz#7"),
        ("{{ action }} {{ count }} {{ left_out }} {{ sequence }}", "plain", "trigger 1 0 0"),
    ],
)  # fmt: skip
def test_a_filter_does_what_its_name_says(template: str, dialect: str, text: str):
    assert shown(template, dialect) == text


def test_a_link_to_cloudtrail_needs_an_id_and_a_region():
    for given in ({"awsRegion": "eu-west-1/../x"}, {}, {"awsRegion": None}):
        event = alert().evidence[0]._replace(shown=given)
        assert shown("{{ alert.evidence[0] | cloudtrail }}", dialect="plain", alerts=(alert(evidence=(event,)),)) == ""
    assert message(alert(evidence=())).links[0].text == "ATT&CK T1098.001"
    china = alert().evidence[0]._replace(shown={"awsRegion": "cn-north-1"})
    assert message(alert(evidence=(china,))).links[0].href.startswith("https://cn-north-1.console.amazonaws.cn/")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_log_text_is_not_taken_for_a_template(dialect: str):
    if dialect != "json":
        rendered = made("{{ alert.title }}", Part(dialect)).render(message(alert(title="{{ 7 * 7 }}{% if %}")))["text"]
        assert "49" not in rendered


def test_the_title_reads_well_on_a_phone():
    path = default_template("webhook", "title")
    assert path is not None
    templates = Templates({"t": Part("header", 120)}, {"t": (own(path.read_text("utf-8")),)})
    event, group, bare = samples()
    assert [templates.render(one)["t"] for one in (event, group, bare, trial(NOW, "pager"))] == [
        "🟠 Access key made for another user – user/alice@123456789012",
        "🔴 Resolved: 3 alerts: Many failed logins, then one that works – carol",
        "🟡 A rule without anything",
        "⚪ Test of pager: nothing has happened – nobody",
    ]
