"""Times in tests of rules."""

from __future__ import annotations

import pytest

from engine.testing.moments import START, moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("+5m", 300), ("1h30m", 5_400), ("1h 30m", 5_400), ("1d", 86_400), ("2w", 1_209_600),
     ("0.5s", 0.5), ("250ms", 0.25), ("1us", 0.000001), ("2024-01-01T00:01:00Z", 60), ("2024-01-01T01:00:00+01:00", 0)],
)  # fmt: skip
def test_a_time_is_absolute_or_so_long_after_the_start(text: str, seconds: float):
    assert moment(text, START) == START + round(seconds * 1_000_000)


@pytest.mark.parametrize("text", ["", "soon", "5", "5 minutes", "-5m", "2024-13-01"])
def test_anything_else_is_refused(text: str):
    with pytest.raises(ValueError, match="is no time"):
        moment(text, START)


def test_where_there_is_nothing_to_count_from_only_a_time_will_do():
    with pytest.raises(ValueError, match=r'"5m" is no time$'):
        moment("5m", None)
