"""CloudTrail as CSV: the console's event history, Athena's results, and rows that are broken."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Reading
from tests.decoders.reading import CLOUDTRAIL, event, read, text


def table(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


CONSOLE = ["Event name", "Event time", "User name", "Event source", "Resource type", "Resource name", "Event ID",
           "AWS access key", "AWS region", "Error code", "Source IP address", "Request ID", "Read-only"]  # fmt: skip


def test_the_consoles_columns_get_cloudtrails_names_and_places() -> None:
    row = ["CreateUser", "2024-05-01T10:00:00Z", "ci", "iam.amazonaws.com", "AWS::IAM::User", "eve", "id-1",
           "ASIAEXAMPLE", "us-east-1", "", "198.51.100.7", "r-1", "false"]  # fmt: skip
    seen = read(table(CONSOLE, row), named=False)
    assert seen.problems == []
    assert seen.logsources == [CLOUDTRAIL]
    assert seen.records == [
        {
            "eventName": "CreateUser",
            "eventTime": "2024-05-01T10:00:00Z",
            "userIdentity": {"userName": "ci", "accessKeyId": "ASIAEXAMPLE"},
            "eventSource": "iam.amazonaws.com",
            "resources": [{"type": "AWS::IAM::User", "ARN": "eve"}],
            "eventID": "id-1",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "198.51.100.7",
            "requestID": "r-1",
            "readOnly": False,
        }
    ]


def test_the_consoles_own_way_to_write_a_time_is_understood() -> None:
    row = ["July 10, 2023, 13:45:23 (UTC+02:00)", "GetUser", "iam.amazonaws.com"]
    seen = read(table(["Event time", "Event name", "Event source"], row))
    assert seen.records[0]["eventTime"] == "2023-07-10T11:45:23Z"


ATHENA = [
    "eventversion",
    "useridentity",
    "eventtime",
    "eventsource",
    "eventname",
    "requestparameters",
    "resources",
    "errorcode",
]
STRUCT = (
    "{type=AssumedRole, principalid=AROA:ci, arn=arn:aws:sts::111122223333:assumed-role/a=b,c/ci, "
    "accountid=111122223333, invokedby=null, accesskeyid=ASIAEXAMPLE, username=null, "
    "sessioncontext={attributes={mfaauthenticated=false, "
    "creationdate=2024-05-01T09:00:00Z}, sessionissuer={type=Role, username=build}}}"
)


def athena(**cells: str) -> list[str]:
    given = {"eventtime": "2024-05-01T10:00:00Z", "eventsource": "s3.amazonaws.com", "eventname": "GetObject"} | cells
    return [given.get(name, "") for name in ATHENA]


def test_athenas_columns_get_their_capitals_and_its_structs_become_objects() -> None:
    [record] = read(table(ATHENA, athena(useridentity=STRUCT))).records
    assert record["eventSource"] == "s3.amazonaws.com"
    assert "errorCode" not in record
    assert record["userIdentity"] == {
        "type": "AssumedRole",
        "principalId": "AROA:ci",
        "arn": "arn:aws:sts::111122223333:assumed-role/a=b,c/ci",
        "accountId": "111122223333",
        "invokedBy": None,
        "accessKeyId": "ASIAEXAMPLE",
        "userName": None,
        "sessionContext": {
            "attributes": {"mfaAuthenticated": "false", "creationDate": "2024-05-01T09:00:00Z"},
            "sessionIssuer": {"type": "Role", "userName": "build"},
        },
    }


CELLS: list[tuple[str, str, str, Any]] = [
    ("requestparameters", '{"bucketName":"b","arn":"x"}', "requestParameters", {"bucketName": "b", "arn": "x"}),
    ("useridentity", '{"type":"IAMUser","username":"eve"}', "userIdentity", {"type": "IAMUser", "userName": "eve"}),
    (
        "resources",
        "[{arn=a, accountid=1, type=null}, {arn=b}]",
        "resources",
        [{"ARN": "a", "accountId": "1", "type": None}, {"ARN": "b"}],
    ),
    ("resources", "[]", "resources", []),
    ("requestparameters", "{not=closed", "requestParameters", "{not=closed"),
    ("requestparameters", "plain", "requestParameters", "plain"),
    ("useridentity", "{}", "userIdentity", {}),
]


@pytest.mark.parametrize(("column", "cell", "name", "value"), CELLS)
def test_cells_become_what_cloudtrail_has_there(column: str, cell: str, name: str, value: Any) -> None:
    assert read(table(ATHENA, athena(**{column: cell}))).records[0][name] == value


@given(cell=st.text(alphabet="{}[]=, abnul", max_size=40))
def test_no_cell_makes_it_raise(cell: str) -> None:
    assert len(read(table(ATHENA, athena(useridentity=cell))).records) == 1


def test_quoted_line_breaks_belong_to_their_cell() -> None:
    rows = [athena(errorcode="a\nb"), athena(errorcode='c "d"\r\n,e')]
    assert [record["errorCode"] for record in read(table(ATHENA, *rows)).records] == ["a\nb", 'c "d"\r\n,e']


def test_a_broken_row_is_reported_and_the_rows_after_it_are_read() -> None:
    good = table(athena())
    data = table(ATHENA) + good + b'too,few\n"a quote that never closes\n' + good + good
    seen = read(data)
    assert len(seen.records) == 3
    broken = len(table(ATHENA)) + len(good)
    assert [problem.offset for problem in seen.problems] == [broken, broken + len(b"too,few\n")]
    assert {problem.kind for problem in seen.problems} == {"broken-csv"}


def test_bytes_that_are_no_utf8_hide_no_row() -> None:
    data = table(ATHENA, athena(errorcode="cafX")).replace(b"X", b"\xe9")
    assert read(data).records[0]["errorCode"] == "caf\ufffd"


def test_other_csv_in_a_folder_is_no_log() -> None:
    assert read(b"a,b\n1,2\n", named=False).kinds == [("no-log", False)]


def test_any_csv_is_read_when_the_format_is_said() -> None:
    assert read(b"time,b\n1,2\n", Reading(format="csv")).records == [{"time": "1", "b": "2"}]


def test_json_with_cloudtrails_names_is_not_taken_for_csv() -> None:
    assert read(text(event(0)) + b"\n").ids == ["id-0"]


def test_a_quote_that_never_closes_is_named() -> None:
    seen = read(b'eventTime,eventName\n2024-05-01T10:00:00Z,A\n2024,"open\n')
    assert [problem.fault for problem in seen.problems] == ["broken CSV: a quote is opened and never closed"]
