"""The values that flow through the engine, from a blob of bytes to a detection.

What flows is a tuple: cheap to make, to compare and to send to another process. Times are whole microseconds since
1970-01-01 UTC; `None` is a time that is missing or unreadable, never "now".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

__all__ = [
    "Batch", "Blob", "Correlated", "Delivered", "Detection", "Event", "Level", "LogSource", "Matched", "Problem",
    "Reading", "Ref", "RuleCost", "RuleHead", "Summary",
]  # fmt: skip


class Level(IntEnum):
    """How bad it is, as Sigma names it; a rule without a level counts as `medium`."""

    informational = 0
    low = 1
    medium = 2
    high = 3
    critical = 4


class LogSource(NamedTuple):
    """What kind of log: Sigma's three words, each `None` where it says nothing."""

    product: str | None = None
    service: str | None = None
    category: str | None = None

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in zip(self._fields, self, strict=True) if value) or "any"


class Blob(NamedTuple):
    """One file's worth of bytes, not yet read.

    source    the name of the source module that opens it ("files", "stdin")
    ref       how people see it: relative to what `--source` named, "/" between parts
    path      how the source opens it again, in this process or another
    named     the user named this very file, so it must be a log
    size      bytes as stored, None when unknown (a stream)
    modified  when it was last written, in microseconds; None when unknown
    content   what tells this content from any other that the source had under any name; None: only its bytes do
    receipt   the message that told of it, which waits to hear that it was read
    """

    source: str
    ref: str
    path: str
    named: bool
    size: int | None
    modified: int | None = None
    content: str | None = None
    receipt: str | None = None


class Delivered(NamedTuple):
    """A source's word that it has given all that had come to it by a time, microseconds."""

    until: int


class Problem(NamedTuple):
    """Something of the input that was not scanned.

    ref     the blob
    offset  byte offset in the decompressed text, None for the whole file
    fault   what is wrong, one line
    lost    True: a log, or part of one, could not be read (status 3); False: a file that is no log was passed over
    kind    a word to count by: "no-log", "digest", "out-of-range" (passed over); "broken-json", "truncated",
            "unreadable", "gone", "no-object", "too-large", "source" (one that does not answer) and others (lost)
    """

    ref: str
    offset: int | None
    fault: str
    lost: bool
    kind: str


class Reading(NamedTuple):
    """How the user wants input to be read.

    format      name of a decoder, or None: found by content
    logsource   what to call the events, or None: what the decoder says
    time_field  dotted path of the event time, or None: what the logsource says
    max_bytes   the most that one blob may decompress to
    shapes      logsource -> the `engine.projection.Shape` to decode its records into; None: decode records whole
    year        of the first date that has none written; None: told by the date of the file
    """

    format: str | None = None
    logsource: LogSource | None = None
    time_field: str | None = None
    max_bytes: int = 4 << 30
    shapes: Callable[[LogSource], Any] | None = None
    year: int | None = None


class Batch(NamedTuple):
    """Records of one blob that stand side by side, decoded but not yet timed.

    records   dicts, or where `shape` is given its narrow structs, which hold only what rules read often
    first     number of the first of them in the blob, from 1; numbers go on without a gap
    raw       index in `records` -> that record's JSON as in the log; None where it is no longer at hand
    shape     the `engine.projection.Shape` of the structs
    whole     index in `records` -> that record as a dict; always there with a shape
    original  index in `records` -> that record as the log has it, where `records` and `whole` are what rules read of it
    parts     of records of several kinds, for each kind (their indexes in `records`, ascending, and a batch of them,
              whose logsource is the kind): these batches are matched then, and the one that has the parts is timed
    expect    takes the indexes whose `raw` and `whole` will be asked for: all, or none, of structs that are equal
    """

    logsource: LogSource
    records: Sequence[Any]
    first: int
    raw: Callable[[int], bytes] | None = None
    shape: Any = None
    whole: Callable[[int], dict[str, Any]] | None = None
    original: Callable[[int], dict[str, Any]] | None = None
    parts: tuple[tuple[Sequence[int], Batch], ...] | None = None
    expect: Callable[[Sequence[int]], None] | None = None

    def kinds(self) -> list[LogSource]:
        """The logsource of each record."""
        kinds = [self.logsource] * len(self.records)
        for indexes, part in self.parts or ():
            for index in indexes:
                kinds[index] = part.logsource
        return kinds


class Ref(NamedTuple):
    """Where an event is from: the blob's ref and the record's number in it, from 1."""

    file: str
    position: int

    def __str__(self) -> str:
        return f"{self.file}#{self.position}"


class Event(NamedTuple):
    """One record of a log, decoded in full.

    fields    what rules read
    id        what its logsource calls an event id (CloudTrail: eventID)
    original  the record as the log has it; None where that is `fields`
    derived   in a detection: names and values of the derived fields that its rule reads or lists
    """

    time: int | None
    logsource: LogSource | None
    fields: dict[str, Any]
    ref: Ref
    id: str | None = None
    original: dict[str, Any] | None = None
    derived: tuple[tuple[str, Any], ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """What is shown of it to people and machines: the record as the log has it."""
        return self.fields if self.original is None else self.original


class RuleHead(NamedTuple):
    """What a reader of a detection wants to know of its rule."""

    key: str
    id: str | None
    title: str
    level: Level
    tags: tuple[str, ...]
    path: str
    logsource: LogSource
    description: str | None = None
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    alert_title: str | None = None


class Matched(NamedTuple):
    """One field that made a selection true, with the value seen; `field` is None for a keyword."""

    selection: str
    field: str | None
    value: Any


class Detection(NamedTuple):
    """A rule that fired.

    time       of the event that made it fire
    group      group-by names and values; empty for a rule that looks at single events
    matched    in the order of the rule's selections, then of their fields
    events     one for a rule, the evidence for a correlation
    """

    rule: RuleHead
    time: int | None
    logsource: LogSource | None
    group: tuple[tuple[str, Any], ...]
    selections: tuple[str, ...]
    matched: tuple[Matched, ...]
    events: tuple[Event, ...]


class RuleCost(NamedTuple):
    """What one rule cost in a run that was profiled; see `engine.match.profile.Cost`, times here in µs."""

    id: str | None
    title: str
    path: str
    seen: int
    open: int
    reads: int
    matched: int
    testing: int
    walking: int
    telling: int

    @property
    def total(self) -> int:
        """Microseconds in all."""
        return self.testing + self.walking + self.telling


class Correlated(NamedTuple):
    """What became of one correlation in a run; counts unless said otherwise.

    episodes        told of in this run
    hits            that it was given; of these late ones, second copies, and ones without a group-by field (null: the
                    group null took them; dropped: none did)
    pending         hits that wait for the watermark
    undecided       windows that were still open at the end
    dropped_groups, dropped_hits  forgotten for a limit, so that the answer may depend on the order of the files
    learning_until  event time up to which it only learns; None where it does not
    """

    title: str
    level: Level
    path: str
    episodes: int
    hits: int
    late: int
    duplicates: int
    null_groups: int
    no_group: int
    pending: int
    undecided: int
    dropped_groups: int
    dropped_hits: int
    learning_until: int | None


class Summary(NamedTuple):
    """What one run saw, for its reader and for machines; counts unless said otherwise.

    levels        level -> (detections, distinct rules), worst first
    top_rules     (title, level, detections), most first; top_principals (who, detections) likewise
    first, last   least and greatest event time
    skipped       kind -> files passed over because they are no logs
    problems      what of the logs could not be read, in order
    reduction     share of events without a hit, 0 to 1
    seconds       whole run; start_seconds of it before the first event was read
    interrupted   Ctrl-C
    warnings      what the user should know before trusting the result, one line each
    passed        the first of the files that `skipped` counts, in order
    nothing       there was no log to read, not even an empty one
    profile       what each rule cost, the dearest first; None where that was not asked for
    episodes      of correlations; they are among the detections
    correlations  what became of each, in the order of the ruleset
    ahead         events dated more than five minutes after they were read, of which no correlation takes notice
    known         files that an earlier run had read; None where none is remembered
    replaced      files that held something else when an earlier run read them
    watermark     up to which event time everything was decided; None where all of it was
    """

    version: str
    sources: tuple[str, ...]
    files: int
    bytes: int
    events: int
    events_with_hits: int
    detections: int
    duplicates: int
    untimed: int
    out_of_range: int
    first: int | None
    last: int | None
    levels: tuple[tuple[Level, int, int], ...]
    top_rules: tuple[tuple[str, Level, int], ...]
    top_principals: tuple[tuple[str, int], ...]
    logsources: tuple[tuple[LogSource, int], ...]
    rules: int
    rules_used: int
    rejected: int
    skipped: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...]
    problems_total: int
    warnings: tuple[str, ...]
    reduction: float
    seconds: float
    start_seconds: float
    interrupted: bool
    fail_on: Level | None = None
    fail_on_met: bool = False
    passed: tuple[Problem, ...] = ()
    nothing: bool = False
    profile: tuple[RuleCost, ...] | None = None
    episodes: int = 0
    correlations: tuple[Correlated, ...] = ()
    ahead: int = 0
    known: int | None = None
    replaced: int | None = None
    watermark: int | None = None
