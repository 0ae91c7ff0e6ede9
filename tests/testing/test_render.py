"""What people would read of an alert is as a test expects it, or is shown."""

from __future__ import annotations

import pytest

from engine.errors import DetectError
from tests.testing.house import BASES, House

TITLE = "🟠 Trail Stopped – user/eve@111122223333"

PASS = {
    "a title, whole": ("stopped", f'{{title: "{TITLE}"}}', ""),
    "parts of a text": ("stopped", '{text: ["- high, 2024-01-01", "action: StopLogging"]}', ""),
    "as a type of notifier gets it": ("stopped", '{text: ["action: `StopLogging`"]}', ", notifier: slack"),
    "a correlation": ("often", '{title: ["Denied Often"], text: ["3 events", "userIdentity.userName: eve"]}', ""),
}


@pytest.mark.parametrize(("rule", "rendered", "more"), PASS.values(), ids=PASS)
def test_what_is_rendered_as_expected_passes(house: House, rule: str, rendered: str, more: str):
    events = "[{base: stop}]" if rule == "stopped" else "[{base: no, times: 3}]"
    assert house.wrong(rule, f"- {{name: a, events: {events}, alerts: [{{rendered: {rendered}}}]{more}}}") == []


@pytest.mark.parametrize(
    ("rendered", "said"),
    [
        ("{title: Trail}", f'title: "{TITLE}", expected "Trail"'),
        ("{title: [nobody]}", f'title: "nobody" is not in "{TITLE}"'),
        ("{titel: x}", "rendered: there is no titel, only title, text, html"),
    ],
)
def test_what_is_rendered_otherwise_is_shown(house: House, rendered: str, said: str):
    test = f"- {{name: a, events: [{{base: stop}}], alerts: [{{rendered: {rendered}}}]}}"
    assert house.wrong("stopped", test) == ["alert 1 is otherwise", said]


def test_templates_of_ones_own_come_first_and_those_of_a_notifier_before_all(house: House):
    (house.rules / "mine" / "slack").mkdir(parents=True)
    (house.rules / "mine" / "title.j2").write_text("{{ alert.title | upper }}")
    (house.rules / "mine" / "slack" / "text.j2").write_text("by {{ alert.fields.actor | code }}")
    tests = """
        - {name: a, events: [{base: stop}], alerts: [{rendered: {title: TRAIL STOPPED}}]}
        - name: b
          notifier: slack
          events: [{base: stop}]
          alerts: [{rendered: {title: TRAIL STOPPED, text: "by `arn:aws:iam::111122223333:user/eve`"}}]
    """
    assert [one.wrong for one in house.tests("stopped", tests, f"templates: mine\n{BASES}")] == [(), ()]


def test_a_template_that_fails_and_a_notifier_that_is_not_there_break_the_test_file(house: House):
    (house.rules / "mine").mkdir()
    (house.rules / "mine" / "title.j2").write_text("\n{{ alert.titel }}")
    test = "- {name: a, events: [{base: stop}], alerts: [{rendered: {title: x}}]"
    with pytest.raises(DetectError, match=r"title\.j2:2: .*titel"):
        house.tests("stopped", f"{test}}}", f"templates: mine\n{BASES}")
    with pytest.raises(DetectError, match='no notifier "slak"'):
        house.tests("stopped", f"{test}, notifier: slak}}")
