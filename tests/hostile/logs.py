"""Hostile logs: each has a good record that must be found, and says what of it must be reported.

SMALL are all scanned together by the core tests, HUGE one by one by the full tier, which gives each its memory.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from tests.hostile.command import record, records

__all__ = ["HUGE", "SMALL", "Log"]

ODD, BROKEN, CUT, LARGE = "odd-json", "broken-json", "truncated", "too-large"


class Log(NamedTuple):
    """What is in the file, given the id of its good record, and which problems must be told of.

    also  the hostile record, of the same id with "-odd" behind it, must be found too
    """

    make: Callable[[str], str | bytes]
    problems: tuple[str, ...] = ()
    also: bool = False
    suffix: str = "json"


def _beside(more: str, *problems: str) -> Log:
    """A file of two records, one with something hostile in it; both must be found."""
    return Log(lambda name: records(record(f"{name}-odd", more), record(name)), problems, True)


def _wrapped(levels: int, name: str) -> str:
    text = records(record(name))
    for _ in range(levels):
        text = json.dumps({"Messages": [{"MessageId": "m", "Body": text}]})
    return text


def _deep(opening: str, closing: str, levels: int) -> str:
    return f'"a":{opening * levels}1{closing * levels}'


HEX = tuple(sha256(str(number).encode()).hexdigest() for number in range(50))
"""Words that no compression makes shorter by much, so that half a file is cut off in their middle."""

SMALL = {
    "dots-in-names": _beside('"user.name":"x","user":{"name":"y"},".":1,"..a..":2,"a.":{"":3}'),
    "names-twice": _beside('"eventName":"Other","eventName":"StopLogging"'),
    "ten-thousand-names-alike": _beside(",".join(['"eventName":"StopLogging"'] * 10_000)),
    "numbers-as-names": _beside('"1":{"2":{"-0":3}},"1e5":4'),
    "empty-names": _beside('"":{"":{"":""}}'),
    "nul-in-name-and-value": _beside('"\\u0000":"\\u0000a\\u0000"'),
    "nul-as-it-is": _beside('"f":"\0"', ODD),
    "lone-surrogates": _beside('"f":"\\ud800","\\udfff":"\\udc00\\ud800"', ODD),
    "surrogate-pair": _beside('"f":"\\ud83d\\ude00"'),
    "not-a-number": _beside('"f":NaN,"g":[Infinity,-Infinity]', ODD),
    "integer-of-65-bits": _beside('"f":18446744073709551616,"g":-9223372036854775809'),
    "integer-of-100000-digits": _beside(f'"f":{"9" * 100_000}'),
    "exponent-of-nine-digits": _beside('"f":1e999999999,"g":-1e-999999999,"h":"1e999999999"'),
    "fraction-of-100000-digits": _beside(f'"f":0.{"1" * 100_000}'),
    "deep-lists": _beside(_deep("[", "]", 10_000), ODD),
    "deep-objects": _beside(_deep('{"a":', "}", 10_000), ODD),
    "deep-and-never-closed": Log(lambda name: records(record(name), record("x", '"a":' + "[" * 10_000)), (BROKEN,)),
    "only-brackets": Log(lambda name: record(name) + "\n" + "[{" * 50_000, (BROKEN,)),
    "only-names": Log(lambda name: record(name) + "\n" + '{"a":' * 50_000, (CUT,)),
    "only-backslashes": Log(lambda name: record(name) + '\n{"a":"' + "\\" * 100_001, (CUT,)),
    "only-closing": Log(lambda name: record(name) + "\n" + "}" * 50_000, (BROKEN,)),
    "list-of-100000": _beside(f'"f":[{",".join(map(str, range(100_000)))}]'),
    "list-of-lists": _beside(f'"f":[{",".join(["[[]]"] * 50_000)}]'),
    "100000-names": _beside(f'"f":{{{",".join(f"{chr(34)}k{n}{chr(34)}:1" for n in range(100_000))}}}'),
    "line-of-a-megabyte": Log(
        lambda name: record(f"{name}-odd", f'"f":"{"a" * 1_000_000}"') + "\n" + record(name), (), True
    ),
    "byte-order-mark": Log(lambda name: records(record(name)).encode("utf-8-sig")),
    "utf-16": Log(lambda name: records(record(name)).encode("utf-16")),
    "utf-16-unmarked": Log(lambda name: records(record(name)).encode("utf-16-be")),
    "utf-32": Log(lambda name: records(record(name)).encode("utf-32")),
    "latin-1": Log(
        lambda name: records(record(f"{name}-odd", '"f":"\xe9"'), record(name)).encode("latin-1"), ("no-utf8",), True
    ),
    "overlong-utf-8": Log(
        lambda name: records(record(f"{name}-odd", '"f":"@"'), record(name)).encode().replace(b"@", b"\xc0\x80\xff"),
        ("no-utf8",),
        True,
    ),
    "one-of-each-codec": Log(lambda name: gzip.compress(bz2.compress(lzma.compress(records(record(name)).encode())))),
    "gzip-four-times": Log(
        lambda name: gzip.compress(gzip.compress(gzip.compress(gzip.compress(records(record("x")).encode())))),
        ("unreadable",),
    ),
    "gzip-of-1000-members": Log(lambda name: gzip.compress(record(name).encode() + b"\n") * 1_000),
    "gzip-cut-off": Log(
        lambda name: gzip.compress(
            "\n".join([record(name), *(record(word, "", "GetObject") for word in HEX)]).encode()
        )[:-200],
        (CUT,),
    ),
    "gzip-with-a-tail": Log(
        lambda name: gzip.compress(records(record(name)).encode()) + b"tail", ("trailing-garbage",)
    ),
    "wrapper-in-wrapper": Log(lambda name: _wrapped(2, name)),
    "csv-open-quote": Log(
        lambda name: (
            f'eventName,eventSource,eventTime,eventID\nStopLogging,cloudtrail,2024-05-01T10:00:00Z,{name}\n"'
            + "a,\n" * 20
        ),
        ("broken-csv",),
        suffix="csv",
    ),
    "csv-line-of-megabytes": Log(
        lambda name: (
            "eventName,eventSource,eventTime,eventID\n"
            + "a," * 1_000_000
            + f"\nStopLogging,cloudtrail,2024-05-01T10:00:00Z,{name}\n"
        ),
        ("broken-csv",),
        suffix="csv",
    ),
    "csv-struct-without-end": Log(
        lambda name: (
            "eventName,eventSource,eventTime,eventID,userIdentity\n"
            f'StopLogging,cloudtrail,2024-05-01T10:00:00Z,{name},"' + "{a=" * 50_000 + '"\n'
        ),
        suffix="csv",
    ),
    "csv-of-nul": Log(
        lambda name: (
            f"eventName,eventSource,eventTime,eventID,f\nStopLogging,cloudtrail,2024-05-01T10:00:00Z,{name},\0\n"
        ),
        suffix="csv",
    ),
}

MANY = 1_000_000
HUGE = {
    "list-of-a-million": _beside(f'"f":[{",".join(map(str, range(MANY)))}]'),
    "a-million-deep": _beside(_deep("[", "]", MANY), ODD),
    "a-million-deep-and-open": Log(lambda name: records(record(name), record("x", '"a":' + "[" * MANY)), (BROKEN,)),
    "a-million-names": _beside(f'"f":{{{",".join(f"{chr(34)}k{n}{chr(34)}:1" for n in range(MANY))}}}'),
    "a-million-tiny-records": Log(lambda name: gzip.compress((record(name) + "\n").encode() * MANY, 1)),
    "200000-gzip-members": Log(lambda name: gzip.compress((record(name) + "\n").encode()) * 200_000),
    "text-of-30-megabytes": Log(
        lambda name: record(f"{name}-odd", f'"f":"{"a" * 30_000_000}"') + "\n" + record(name), (), True
    ),
    "text-of-100-megabytes": Log(
        lambda name: records(record("x", f'"f":"{"a" * 100_000_000}"'), record(name)), (LARGE,)
    ),
    "line-of-200-megabytes": Log(
        lambda name: record("x", f'"f":"{"a" * 200_000_000}"') + "\n" + record(name), (LARGE,)
    ),
    "line-of-200-megabytes-of-nothing": Log(lambda name: f"{record(name)}\n{{{'a' * 200_000_000}\n", (BROKEN,)),
    "one-line-of-many-records": Log(
        lambda name: records(
            *[record(f"x{n}", f'"f":"{"a" * 1_000}"', "GetObject") for n in range(170_000)], record(name)
        )
    ),
    "gzip-bomb-of-zeros": Log(
        lambda name: gzip.compress((record(name) + "\n").encode()) + gzip.compress(b"\0" * 50_000_000) * 60, (LARGE,)
    ),
    "gzip-bomb-in-gzip": Log(
        lambda name: gzip.compress(gzip.compress((record(name) + "\n").encode() + b"{" * 2_000_000_000, 1)),
        (BROKEN, LARGE),
    ),
    "a-million-faults": Log(
        lambda name: (
            f"eventName,eventSource,eventTime,eventID\nStopLogging,cloudtrail,2024-05-01T10:00:00Z,{name}\n"
            + '"\n' * 500_001
        ),
        ("broken-csv",),
        suffix="csv",
    ),
    "a-million-columns": Log(
        lambda name: "eventName,eventTime" + ",a" * 2_000_000 + "\nStopLogging,cloudtrail,2024-05-01T10:00:00Z\n",
        ("broken-csv",),
        suffix="csv",
    ),
}
