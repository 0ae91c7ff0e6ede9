"""Each log in real shape: told by its content, its fields found under the names of rules, and no rule of another."""

from __future__ import annotations

import importlib
import io
import tarfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import load_rules
from engine.decoders import decode
from engine.glance import glance
from engine.load import load
from engine.logsources import known, lookup
from engine.match import Detector
from engine.model import Batch, Blob, Detection, Event, Level, LogSource, Reading, Ref, RuleHead
from engine.rules import Ruleset
from engine.times import format_time, parse_time
from tests.logs.case import Case

HERE = Path(__file__).parent
LOGS = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "case" and not path.stem.startswith("test_"))
CASES: dict[str, Case] = {name: importlib.import_module(f"tests.logs.{name}").CASE for name in LOGS}
RULE = "title: {title}\nlogsource: {logsource}\ndetection: {{a: {detection}, condition: a}}\n"
OTHERS = ("{product: windows}", "{product: aws, service: cloudtrail}", "{category: proxy}")


class Record(NamedTuple):
    """One record as it is decoded, and what it is of."""

    logsource: LogSource
    fields: dict[str, Any]


def batches(case: Case, reading: Reading | None = None) -> list[Batch]:
    """The file in a folder, so that content alone tells what it is; nothing in it may be left unread."""
    blob = Blob("files", case.ref, case.ref, False, len(case.text))
    items = list(decode(blob, io.BytesIO(case.text), reading or Reading()))
    assert [item for item in items if not isinstance(item, Batch)] == []
    return [item for item in items if isinstance(item, Batch)]


def records(case: Case) -> list[Record]:
    return [Record(batch.logsource, record) for batch in batches(case) for record in batch.records]


def fired(case: Case, rules: Ruleset) -> dict[str, list[int]]:
    """Rules by file name -> the numbers of the records on which they fire."""
    detector = Detector(rules)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for batch in batches(case):
        for index, numbers in detector.match(batch):
            for number in numbers:
                rule = rules.rules[number]
                found[Path(rule.path).stem if rule.path.endswith(".yml") else rule.title].append(batch.first + index)
    return dict(found)


@pytest.mark.parametrize("name", LOGS)
def test_content_tells_what_each_record_is(name: str) -> None:
    case = CASES[name]
    assert sum(case.kinds.values()) >= 20
    assert Counter(record.logsource for record in records(case)) == case.kinds


@pytest.mark.parametrize("name", LOGS)
def test_who_from_where_and_what_are_known(name: str) -> None:
    found = records(CASES[name])
    for number, expected in CASES[name].glance.items():
        logsource, fields = found[number - 1]
        event = Event(None, logsource, fields, Ref("x", number))
        head = RuleHead("k", None, "t", Level.low, (), "p", logsource)
        assert glance(Detection(head, None, logsource, (), (), (), (event,))) == expected


@pytest.mark.parametrize("name", LOGS)
def test_every_record_has_its_time_and_no_two_have_one_id(name: str) -> None:
    found = records(CASES[name])
    times = [[parse_time(lookup(fields, path)) for path in known(kind).time] for kind, fields in found]
    firsts = [next((time for time in each if time is not None), None) for each in times]
    assert firsts[0] is not None
    assert format_time(firsts[0]) == CASES[name].time
    untimed = [kind for (kind, _), time in zip(found, firsts, strict=True) if time is None]
    assert untimed == ([LogSource("azure", "pim")] if name == "azure_entra" else [])  # its alerts have none
    ids = [next((id for path in known(kind).ids if (id := lookup(fields, path))), None) for kind, fields in found]
    assert len(set(ids) - {None}) == len([id for id in ids if id])


@pytest.mark.parametrize("name", LOGS)
def test_fields_are_found_under_the_names_that_rules_use(name: str) -> None:
    case = CASES[name]
    products = sorted({kind.product or "" for kind in case.kinds})
    texts = [
        RULE.format(title=f"Own {number}", logsource=f"{{product: {product}}}", detection=detection)
        for number, detection in enumerate(case.own)
        for product in products
    ]
    named = {f"Own {number}": detection for number, detection in enumerate(case.own)}
    found = {
        named[title]: numbers for title, numbers in fired(case, load_rules(["\n" + text for text in texts])).items()
    }
    assert found == {detection: numbers for detection, numbers in case.own.items() if numbers}


@pytest.mark.parametrize("name", LOGS)
def test_rules_of_other_logs_see_nothing(name: str) -> None:
    texts = [RULE.format(title=f"T{n}", logsource=other, detection="['*']") for n, other in enumerate(OTHERS)]
    assert fired(CASES[name], load_rules(["\n" + text for text in texts])) == {}


@pytest.mark.parametrize("name", LOGS)
def test_what_is_said_of_a_log_goes_before_what_its_content_tells(name: str) -> None:
    said = LogSource("some", "thing")
    assert {batch.logsource for batch in batches(CASES[name], Reading(logsource=said))} == {said}


def test_the_samples_are_read_whole(checkout: Path) -> None:
    paths = sorted(path for folder in ("okta", "linux") for path in (checkout / "samples" / folder).iterdir())
    kinds: dict[str, list[str]] = {}
    for path in paths:
        case = CASES["okta"]._replace(text=path.read_bytes(), ref=path.name)
        kinds[path.name] = [str(record.logsource) for record in records(case)]
    assert kinds == {
        "audit.log": ["product=linux,service=auditd,category=process_creation"] * 3,
        "auth.log-20240502": ["product=linux,service=sshd"] * 2 + ["product=linux,service=sudo"],
        "system.json": ["product=okta,service=okta"] * 6,
    }


@pytest.fixture(scope="module")
def sigmahq(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    """All rules but those of Windows and macOS, of which there are thousands."""
    archive = shared_data / "rules" / "sigmahq.tar.gz"
    if not archive.is_file():
        pytest.skip(f"needs {archive.name}")
    target = tmp_path_factory.mktemp("sigmahq")
    with tarfile.open(archive) as tar:
        wanted = [one for one in tar if not {"windows", "macos"} & set(Path(one.name).parts)]
        tar.extractall(target, members=wanted, filter="data")
    folders = [folder for folder in target.iterdir() if folder.is_dir() and folder.name != "rules-placeholder"]
    return load([str(folder) for folder in sorted(folders)], cache=False)


@pytest.mark.parametrize("name", LOGS)
def test_public_rules_fire_where_they_should_and_nowhere_else(name: str, sigmahq: Ruleset) -> None:
    assert len(CASES[name].fires) >= 3
    assert fired(CASES[name], sigmahq) == CASES[name].fires
