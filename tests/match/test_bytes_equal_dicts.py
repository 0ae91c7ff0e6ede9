"""Bytes in, the same answer out: decoding only what rules read changes nothing of what they say."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decoders import decode
from engine.match import Detector
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.rules import ANY, Bool, Exists, Expr, Null, Number, Regex, Rule, Ruleset, Selection, Text
from tests.match.test_fast_equals_naive import WRITTEN, Write, as_logged, examples, naive
from tests.strategies import World, worlds

CLOUDTRAIL = LogSource("aws", "cloudtrail")
BLOB = Blob("files", "log.json.gz", "log.json.gz", False, None)

Identify = Callable[[random.Random, int], Any]

IDENTITIES: list[Identify] = [
    lambda drawn, number: f"{number:08x}-aaaa-bbbb-cccc-000000000000",
    lambda drawn, number: f"{drawn.randrange(4):08x}-aaaa-bbbb-cccc-000000000000",
    lambda drawn, number: drawn.choice(["", "short", None, 7, ["a"], {"eventID": "x"}, "é" * 20]),
]
"""Event ids as they should be, ids that come again with other content, and what is no id."""


def read(detector: Detector, text: str) -> list[Batch]:
    """The batches of one gzip file, decoded into the shape that the detector asks for."""
    reading = Reading(format="cloudtrail", shapes=detector.shape)
    found = list(decode(BLOB, io.BytesIO(gzip.compress(text.encode(), 1)), reading))
    assert not [one for one in found if isinstance(one, Problem)]
    return [one for one in found if isinstance(one, Batch)]


def hits(detector: Detector, batches: Sequence[Batch]) -> list[tuple[int, tuple[int, ...]]]:
    return [(one.first - 1 + index, numbers) for one in batches for index, numbers in detector.match(one)]


def wholes(batches: Sequence[Batch], indexes: Sequence[int]) -> dict[int, Any]:
    """The record in full, as the runner reads it for a detection, of these indexes in this order."""
    found = {}
    for index in indexes:
        one = next(batch for batch in batches if batch.first <= index + 1 < batch.first + len(batch.records))
        place = index + 1 - one.first
        found[index] = one.whole(place) if one.whole else one.records[place]
    return found


@examples(120)
@given(worlds(), st.sampled_from(WRITTEN), st.sampled_from(IDENTITIES), st.booleans(), st.integers(0, 1_000))
def test_a_file_that_was_decoded_narrowly(
    case: World, write: Write, identify: Identify, lines: bool, seed: int
) -> None:
    """Several files, so that the shape has been learnt; records of one file share ids now and then."""
    drawn = random.Random(seed)
    detector = Detector(case.ruleset, all_logsources=True)
    for length in (1, 80, 30, 80):
        records = [
            {"eventVersion": "1.08", "eventType": "", **drawn.choice(case.events), "eventID": identify(drawn, number)}
            for number in range(length)
        ]
        for record in records:  # ids stand in records that are not theirs, too
            record["sharedEventID"] = drawn.choice(records)["eventID"]
        text = "\n".join(map(write, records)) if lines else write({"Records": records})
        batches = read(detector, text)
        found = hits(detector, batches)
        assert found == naive(case.ruleset, [as_logged(record, write).value for record in records])
        asked = [index for index, _ in found]
        drawn.shuffle(asked)
        assert wholes(batches, asked) == {index: json.loads(json.dumps(records[index])) for index in asked}


def ruleset(*conditions: Expr) -> Ruleset:
    return Ruleset(
        tuple(
            Rule(
                key=str(number),
                title="",
                path="",
                line=1,
                logsource=CLOUDTRAIL,
                selections={"s": condition},
                condition=Selection("s"),
            )
            for number, condition in enumerate(conditions)
        )
    )


ASKED = ruleset(
    Text("eventName", ("Get",)),
    Text("userIdentity.type", ("Root",)),
    Null("userIdentity.type"),
    Exists("userIdentity.type", True),
    Number("userIdentity.type", "1"),
    Text("userIdentity", (ANY, "root", ANY)),
    Null("errorCode"),
    Text("requestParameters.a.b", ("x",)),
)

ODD: list[str] = [
    '{"eventName":"Get","eventName":"Put"}',
    '{"userIdentity":{"type":"User"},"userIdentity":{"type":"Root"}}',
    '{"userIdentity":{"type":"User"},"userIdentity.type":"Root"}',
    '{"userIdentity.type":null,"userIdentity":{"type":"Root"}}',
    '{"userIdentity":[{"type":"User"},{"type":"Root"}]}',
    '{"userIdentity":[]}',
    '{"userIdentity":"Root"}',
    '{"userIdentity":null}',
    '{"userIdentity":true}',
    '{"userIdentity":{"type":{"type":"Root"}}}',
    '{"userIdentity":{"type":[1]}}',
    '{"userIdentity":{"type":1.0}}',
    '{"userIdentity":{"type":true}}',
    '{"userIdentity":{"type":18446744073709551617}}',
    '{"userIdentity":{"ty\\u0070e":"Root"}}',
    '{"userIdentity":{"TYPE":"Root"}}',
    '{"userIdentity": {"x" : "ROOT"}}',
    '{"errorCode":null}',
    '{"errorCode":[null]}',
    '{"requestParameters":{"a.b":"x"}}',
    '{"requestParameters":{"a":{"b":"y"},"a.b":"x"}}',
    '{"requestParameters.a":{"b":"x"}}',
    '{"requestParameters.a.b":"x","requestParameters":null}',
    '{"requestParameters":[[{"a":[{"b":"x"}]}]]}',
    "{}",
]


def identified(text: str, number: int) -> str:
    """A record of CloudTrail that says this."""
    said = f'"eventVersion":"1.08","eventID":"{number:08x}-aaaa-bbbb-cccc-000000000000","eventType":"AwsApiCall"'
    return f"{{{said},{text[1:]}" if len(text) > 2 else f"{{{said}}}"


def envelope(texts: Sequence[str]) -> str:
    return '{"Records":[' + ",".join(texts) + "]}"


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_record_among_ordinary_ones(odd: str) -> None:
    """The shape has learnt the fields when the odd one comes; it is put in the middle, first and last."""
    plain = '{"eventName":"Put","userIdentity":{"type":"User"},"errorCode":"E","requestParameters":{"a":{"b":"y"}}}'
    detector = Detector(ASKED)
    for place in (None, None, 50, 0, 99):
        texts = [plain] * 100
        if place is not None:
            texts[place] = odd
        texts = [identified(text, number) for number, text in enumerate(texts)]
        found = hits(detector, read(detector, envelope(texts)))
        assert found == naive(ASKED, [json.loads(text) for text in texts])


def test_an_object_is_seen_as_the_log_wrote_it() -> None:
    """Spaces and escapes of the log are there to be found."""
    asked = ruleset(
        Text("requestParameters", (ANY, '"a" :  "\\u00E9"', ANY)),
        Text("requestParameters.b", ("{ ", ANY)),
        Text("requestParameters", (ANY, '"a":"', ANY)),
        Regex("requestParameters", "é"),
    )
    text = '{"requestParameters":{"a" :  "\\u00e9", "b": { "c":1}}}'
    detector = Detector(asked)
    for length in (1, 100, 100):
        batches = read(detector, envelope([identified(text, number) for number in range(length)]))
        assert hits(detector, batches) == [(index, (0, 1)) for index in range(length)]


def test_the_texts_of_objects_in_lists_are_theirs() -> None:
    asked = ruleset(*[Text("requestParameters.b", (ANY, f'"k" :{number}', ANY)) for number in range(6)])
    inner = '{"b":{"k" :0}},{"c":1},[{"b":[{"k" :1},[{"k" :2},7]]}],{"b":"x"},{"b":[]},{"b":{"k" :4}}'
    said = f'{{"requestParameters":[{inner}]}}'
    detector = Detector(asked)
    for length in (1, 100):
        texts = [identified(said, number) for number in range(length)]
        assert hits(detector, read(detector, envelope(texts))) == [(index, (0, 1, 2, 4)) for index in range(length)]


def test_names_that_differ_only_in_signs() -> None:
    asked = ruleset(*[Text(name, ("x",)) for name in ("a-b", "a_b", "a b", "a2db", "ab", "a.b")])
    texts = ['{"a-b":"x","a_b":"x"}', '{"a b":"x"}', '{"a2db":"x","ab":"y"}', '{"a":{"b":"x"}}', "{}"] * 20
    texts = [identified(text, number) for number, text in enumerate(texts)]
    detector = Detector(asked)
    for _ in range(3):
        assert hits(detector, read(detector, envelope(texts))) == naive(asked, [json.loads(text) for text in texts])


def test_the_text_of_an_object_is_found_where_the_object_is() -> None:
    """The longest key wins, in the record and in its text."""
    asked = ruleset(*[Text("x.y.z", (ANY, f'"{number}"', ANY)) for number in range(3)])
    places = ['"x.y.z":{"k":"0"}', '"x.y":{"z":{"k":"1"}}', '"x":{"y":{"z":{"k":"2"}}}']
    for said in (places, places[1:], places[2:], [places[2], '"x.y":{"w":0}'], [*places[2:], '"x.y":null']):
        text = identified("{" + ",".join(said) + "}", 0)
        detector = Detector(asked)
        assert hits(detector, read(detector, envelope([text]))) == naive(asked, [json.loads(text)])


def test_an_odd_record_changes_nothing_of_how_objects_beside_it_are_seen() -> None:
    asked = ruleset(Text("requestParameters.b", (ANY, "{ ", ANY)))
    text = '{"requestParameters":{"b": { "c":1}}}'
    detector = Detector(asked)
    for odd in ("{}", '{"requestParameters.b":1}'):
        texts = [identified(one, number) for number, one in enumerate([text, odd])]
        assert hits(detector, read(detector, envelope(texts))) == [(0, (0,))]


def test_numbers_and_booleans_that_python_takes_for_equal() -> None:
    """In columns of the structs they stand under one key of a dictionary, unless that is seen to."""
    asked = ruleset(
        Bool("userIdentity.type", True),
        Number("userIdentity.type", "1"),
        Text("userIdentity.type", ("1.0",)),
        Text("eventName", ("true",)),
        Text("eventName", ("1",)),
        Text("errorCode", ("0",)),
        Bool("errorCode", False),
    )
    values = ["true", "1", "1.0", '"1"', '"x"', "null", "0", "false", "0.0", "-0.0"]
    pairs = [(one, other) for one in values for other in values]
    texts = [f'{{"eventName":{one},"errorCode":{other},"userIdentity":{{"type":{one}}}}}' for one, other in pairs]
    plain = ['{"eventName":"x","errorCode":"0","userIdentity":{"type":"1.0"}}'] * 100
    fresh, warm = Detector(asked), Detector(asked)
    for detector, said in [(fresh, texts)] * 4 + [(warm, plain)] * 2 + [(warm, texts)] * 2:
        records = [identified(text, number) for number, text in enumerate(said)]
        found = hits(detector, read(detector, envelope(records)))
        assert found == naive(asked, [json.loads(record) for record in records])
