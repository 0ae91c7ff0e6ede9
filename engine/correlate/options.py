"""Words in which a type says what its options are: how each is written in a rule, and what it is once loaded.

A type's `Options` is a Struct of these. `Correlation.options` holds plain data that `msgspec.convert` makes it of,
under the keys as a rule writes them. What a rule writes in another way than it is kept has `extra={"is": KIND}`:

    KIND        in a rule                             in `Correlation.options`
    duration    text of a number and a unit: 10m      microseconds; 0s where that is allowed
    field       a name                                the same
    fields      one name, or a list of names          a list of names
    rules       one word of `rules`, or a list        a list of indexes in `rules`
    scores      words of `rules`, each with a number  a list of numbers, one for each of `rules`; null where none is
    file        a path, from where the rule stands    an absolute path
    table       the path of a file of networks        rows: network, latitude, longitude

A name is that of a field, a derived field or an alias, or a JMESPath expression, which `Correlation.queries` then has.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = [
    "MOST_FIELDS",
    "MOST_ROWS",
    "Duration",
    "Field",
    "Fields",
    "File",
    "Length",
    "Number",
    "Rules",
    "Scores",
    "Table",
]

MOST_FIELDS = 64
MOST_ROWS = 100_000
"""Rows of a table."""

Number = int | float

Duration = Annotated[int, Meta(ge=0, extra={"is": "duration"})]
"""A length of time that may be none, microseconds."""

Length = Annotated[int, Meta(ge=1, extra={"is": "duration"})]
"""A length of time, microseconds."""

Field = Annotated[str, Meta(min_length=1, extra={"is": "field"})]

Fields = Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_FIELDS, extra={"is": "fields"})]
Rules = Annotated[tuple[int, ...], Meta(min_length=1, extra={"is": "rules"})]
"""Some of the rules that a correlation refers to."""

Scores = Annotated[tuple[Number | None, ...], Meta(extra={"is": "scores"})]
"""What each of the rules counts for."""

File = Annotated[str, Meta(min_length=1, extra={"is": "file"})]

Table = Annotated[
    tuple[tuple[str, Number, Number], ...], Meta(min_length=1, max_length=MOST_ROWS, extra={"is": "table"})
]
"""Networks in prefix notation and where they are, in degrees."""
