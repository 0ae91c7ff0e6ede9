"""A strict reader of Prometheus' text format, version 0.0.4: whatever the format does not allow is an error."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


def read(text: str) -> list[Sample]:
    """All samples. Each metric has its help and type once, before its samples, which stand together and once each."""
    assert text.endswith("\n")
    found: list[Sample] = []
    helped: list[str] = []
    kinds: dict[str, str] = {}
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            helped.append(line.split(" ")[2])
            assert helped.count(helped[-1]) == 1, line
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge")
            assert name == helped[-1]
            kinds[name] = kind
        else:
            found.append(sample(line))
            assert found[-1].name == helped[-1], line
            if kinds[found[-1].name] == "counter":
                assert found[-1].name.endswith("_total")
                assert found[-1].value >= 0
    assert len({(each.name, tuple(sorted(each.labels.items()))) for each in found}) == len(found)
    return found


def sample(line: str) -> Sample:
    """One line."""
    parsed = SAMPLE.fullmatch(line)
    assert parsed, line
    labels = {}
    for label in re.findall(LABEL, parsed[2] or ""):
        name, _, value = label.partition("=")
        assert name not in labels, line
        labels[name] = re.sub(r'\\[\\"n]', lambda escape: ESCAPES[escape[0]], value[1:-1])
    value = float(parsed[3])
    assert not math.isnan(value)
    return Sample(parsed[1], labels, value)
