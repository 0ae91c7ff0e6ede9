"""Numbers of the service: whatever stands in labels, two readers get back what was counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.service.metrics import FAMILIES, OTHERS, Metrics
from tests.outputs.made import HOSTILE
from tests.service.exposition import Sample, read

RULES = st.lists(st.tuples(HOSTILE, st.sampled_from(["low", "high"])), max_size=8)


def told(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    return {tuple(each.labels.values()): each.value for each in read(metrics.text()) if each.name == name}


def whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@given(RULES)
def test_what_is_counted_is_read_again_whatever_rules_are_called(rules: list[tuple[str, str]]):
    metrics = Metrics()
    expected: dict[tuple[str, ...], float] = {}
    for title, level in rules:
        metrics.add("detections", 2, whole(title), level)
        expected[whole(title), level] = expected.get((whole(title), level), 0) + 2
    assert told(metrics, "detect_detections_total") == expected


@given(RULES)
def test_the_reader_of_prometheus_agrees(rules: list[tuple[str, str]]):
    parser = pytest.importorskip("prometheus_client.parser", reason="needs prometheus_client")
    metrics = Metrics()
    for title, level in rules:
        metrics.add("detections", 1, title, level)
    metrics.set("lag_seconds", 0.25, "s3://logs")
    text = metrics.text()
    theirs = [
        (each.name, each.labels, float(each.value))
        for family in parser.text_string_to_metric_families(text)
        for each in family.samples
    ]
    assert sorted(map(repr, theirs)) == sorted(repr(tuple(each)) for each in read(text))


def test_what_cannot_be_written_as_utf_8_does_not_make_the_answer_unreadable():
    metrics = Metrics()
    metrics.add("detections", 1, "half \ud800", "low")
    metrics.text().encode("utf-8")


@given(st.lists(st.integers(0, 30), max_size=60))
def test_a_metric_has_so_many_series_and_one_more_and_no_count_is_lost_or_falls(rules: list[int]):
    metrics, last = Metrics(5), {}
    for number, rule in enumerate(rules, 1):
        metrics.add("detections", 1, f"rule {rule}", "low")
        found = told(metrics, "detect_detections_total")
        assert len(found) <= 6
        assert sum(found.values()) == number
        assert all(found[labels] >= value for labels, value in last.items())
        last = found


def test_of_gauges_the_greatest_have_series_of_their_own_and_those_that_are_gone_are_not_shown():
    metrics = Metrics(2)
    metrics.replace("correlation_groups", [((name,), size) for name, size in zip("abcd", (1, 9, 3, 2), strict=True)])
    assert told(metrics, "detect_correlation_groups") == {("b",): 9, ("c",): 3, (OTHERS,): 3}
    metrics.replace("correlation_groups", [(("d",), 1)])
    assert told(metrics, "detect_correlation_groups") == {("d",): 1}


def test_counters_without_labels_begin_with_zero():
    assert Sample("detect_events_total", {}, 0) in read(Metrics().text())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_metric_is_described_and_named_as_prometheus_wants(name: str):
    family = FAMILIES[name]
    metrics = Metrics()
    metrics.add(name, 1.5, *family.labels)
    (found,) = [each for each in read(metrics.text()) if each.name == family.series(name)]
    assert found == (family.series(name), {label: label for label in family.labels}, 1.5)
    assert family.help.endswith((".", ")"))
    assert ("second" in name) <= (name.endswith("seconds"))
