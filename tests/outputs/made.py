"""Detections and summaries made up for the tests of outputs."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from engine.model import Detection, Event, Level, LogSource, Matched, Problem, Ref, RuleHead, Summary
from engine.outputs import output

CLOUDTRAIL = LogSource("aws", "cloudtrail")
NOON = 1_688_990_400_000_000  # 2023-07-10T12:00:00Z
SECOND = 1_000_000

RECORD = {
    "eventID": "e-1",
    "eventTime": "2023-07-10T12:00:00Z",
    "eventName": "StopLogging",
    "sourceIPAddress": "198.51.100.7",
    "userIdentity": {"arn": "arn:aws:iam::111122223333:user/mallory"},
}
RULE = RuleHead(
    key="0f1e2d3c-0000-4000-8000-000000000001",
    id="0f1e2d3c-0000-4000-8000-000000000001",
    title="Trail stopped",
    level=Level.high,
    tags=("attack.defense-evasion", "attack.t1562.008"),
    path="rules/aws/cloudtrail/stop.yml",
    logsource=CLOUDTRAIL,
    description="Somebody switched the light off.",
    falsepositives=("Maintenance",),
)


def detection(record: dict[str, Any] = RECORD, *, time: int | None = NOON, position: int = 1, **rule: Any) -> Detection:
    """A rule that fired on one record; keyword arguments change the rule."""
    head = RULE._replace(**rule)
    event = Event(time, CLOUDTRAIL, record, Ref("a/b.json.gz", position), record.get("eventID"))
    matched = (Matched("selection", "eventName", record.get("eventName")),)
    return Detection(head, time, CLOUDTRAIL, (), ("selection",), matched, (event,))


def acting(who: str, origin: str = "198.51.100.7", action: str = "StopLogging", **kwargs: Any) -> Detection:
    """A detection with these three words."""
    record = {"eventName": action, "sourceIPAddress": origin, "userIdentity": {"arn": who}}
    return detection(record, **kwargs)


SUMMARY = Summary(
    version="1.2.3",
    sources=("./logs",),
    files=3,
    bytes=1_234_567,
    events=2_000,
    events_with_hits=3,
    detections=4,
    duplicates=2,
    untimed=1,
    out_of_range=0,
    first=NOON,
    last=NOON + 5_400 * SECOND,
    levels=((Level.critical, 1, 1), (Level.high, 3, 2)),
    top_rules=(("Trail stopped", Level.high, 3), ("Root used", Level.critical, 1)),
    top_principals=(("arn:aws:iam::111122223333:user/mallory", 4),),
    logsources=((CLOUDTRAIL, 2_000),),
    rules=12,
    rules_used=11,
    rejected=1,
    skipped=(("digest", 1), ("no-log", 2)),
    problems=(Problem("a/c.json.gz", 1_048_576, "the file ends in the middle of a gzip member", True, "truncated"),),
    problems_total=1,
    warnings=("1 rule is for a log that is not here: windows",),
    reduction=0.9985,
    seconds=0.5,
    start_seconds=0.2,
    interrupted=False,
    fail_on=Level.high,
    fail_on_met=True,
)


def written(name: str, detections: Iterable[Detection], end: Summary = SUMMARY, **options: Any) -> bytes:
    """What a format makes of them."""
    stream = io.BytesIO()
    kind = output(name)
    made = kind(stream, **options)
    made.start()
    for each in detections:
        made.write(kind.row(each))
    made.close(end)
    return stream.getvalue()


# Text as an attacker would write it: everything, lone surrogates too, and more of what is special somewhere.
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zp"]),
        st.sampled_from("=+-@\t\r\n\"',;|\\\x00\x1b\x9b\u202e\u2066\ufeff\u0301漢"),
    ),
    max_size=40,
)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(min_value=2**64), st.floats(), HOSTILE)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4), max_leaves=12
)
RECORDS = st.dictionaries(HOSTILE, VALUE, max_size=6).map(lambda record: RECORD | record)


@st.composite
def hostile(draw: st.DrawFn) -> Detection:
    """A detection of which everything that a log or a rule file decides may be anything."""
    record = draw(RECORDS) | draw(
        st.fixed_dictionaries(
            {"eventName": SCALAR, "sourceIPAddress": SCALAR, "userIdentity": st.fixed_dictionaries({"arn": HOSTILE})}
        )
    )
    made = detection(record, title=draw(HOSTILE), tags=tuple(draw(st.lists(HOSTILE, max_size=2))), path=draw(HOSTILE))
    event = made.events[0]._replace(ref=Ref(draw(HOSTILE), 1), id=draw(st.none() | HOSTILE))
    matched = (Matched(draw(HOSTILE), draw(st.none() | HOSTILE), draw(VALUE)),)
    return made._replace(events=(event,), matched=matched, group=((draw(HOSTILE), draw(VALUE)),))
