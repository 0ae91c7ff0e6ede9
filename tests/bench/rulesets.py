"""The rule sets of the benchmarks: 60, 850, 3,141 and 10,000 rules, each a folder of its own outside the checkout.

    python tests/bench/rulesets.py [--work DIR] [--data DIR] [--sizes 60,850]

They are made of the rules in `<shared data>/rules` (SigmaHQ and suzaku-rules, DRL 1.1), which stay there: nothing of
them is part of this project. One document is one file; correlations are left out, and so are no other rules.

60       SigmaHQ `rules/cloud/aws` (57 files) and the first 3 files of suzaku-rules `suzaku/aws`, in order of path
850      SigmaHQ `rules/cloud/aws` (57), suzaku-rules `sigma/aws` (55) and `suzaku/aws` (738 files, 740 rules): 852
         rules for product aws, service cloudtrail. 56 of the ids stand in two files; the later one gets a new id here,
         so that all 852 are loaded and evaluated, by every engine alike.
3141     SigmaHQ `rules`, every file, as it is
10000    the 852 above, and 9,148 recombined from them
native   the 852 above, 100 of them rewritten as native rules (nativerules.py): every so many of those that can be

How the 9,148 are recombined (seeded, so the same on every run): the rules of the 852 that ask for both eventName and
eventSource (more than 97 % of them) are skeletons, used in turn; a skeleton that a hundred tries could not fill anew is
left out from there on. A new rule keeps the skeleton's selections, their fields with their modifiers, the kinds of
their values and its condition, so the shares of fields, modifiers and conditions are those of the real rules. The
values of a field are taken from another real rule's selection where the same field stands with the same modifiers and
kind of value, field by field. Two things are refused: a rule made before (by its detection), and one that pairs an
eventName with an eventSource that some real rule pairs it with. The real pairs would hit what the real rules hit
already, over and over; the others are rules for calls that do not happen in the corpus, as most rules of a large set
are. So both sets hit the same events at the same rate, and what is compared is the work of ruling out ten times as
many rules; `table.py` prints the rate of both.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from nativerules import native

SIZES = (60, 850, 3141, 10_000)
NATIVE = 100
SEED = 20261122
Rule = dict[str, Any]


def shared_data() -> Path | None:
    """The folder of real logs and rules, None when it is not there."""
    checkout = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("DETECT_SHARED_DATA") or checkout.parent / "shared" / "data")
    return folder if (folder / "rules" / "sigmahq.tar.gz").is_file() else None


def default_work() -> Path:
    """Where rule sets and corpora of benchmarks are kept between runs."""
    return Path(tempfile.gettempdir()) / "detect-bench"


def build(size: int | str, work: Path, data: Path) -> Path:
    """The folder with the rule set of this size, or "native", made when it is not there yet."""
    target = work / f"rules-{size}"
    done = target / ".complete"
    if done.is_file() and done.read_text() == _recipe():
        return target
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.yml"):
        old.unlink()
    for number, (name, text) in enumerate(_texts(size, data)):
        (target / f"{number:05}-{Path(name).stem}.yml").write_text(text, encoding="utf-8")
    done.write_text(_recipe())
    return target


def _recipe() -> str:
    """Names the way the sets are made; another way makes them anew."""
    here = Path(__file__)
    return hashlib.sha256(here.read_bytes() + here.with_name("nativerules.py").read_bytes()).hexdigest()


def _texts(size: int | str, data: Path) -> Iterator[tuple[str, str]]:
    if size == 3141:
        for name, rule in _documents(data / "rules" / "sigmahq.tar.gz", "rules/"):
            yield name, _dump(rule)
        return
    real = list(aws(data))
    if size == "native":
        real = list(with_natives(real))
    if size == 60:
        real = [each for each in real if each[0].startswith("rules/")] + [
            each for each in real if each[0].startswith("suzaku/")
        ][:3]
    for name, rule in real:
        yield name, _dump(rule)
    if size == 10_000:
        for number, rule in enumerate(recombined([rule for _, rule in real], size - len(real))):
            yield f"recombined-{number}", _dump(rule)


def with_natives(real: list[tuple[str, Rule]], count: int = NATIVE) -> Iterator[tuple[str, Rule]]:
    """The same rules, so many of them (or as many as can be) as native rules, spread evenly."""
    able = [number for number, (_, rule) in enumerate(real) if native(rule)]
    chosen = set(able[:: max(1, len(able) // count)][:count])
    for number, (name, rule) in enumerate(real):
        yield name, (native(rule) or rule) if number in chosen else rule


def aws(data: Path) -> Iterator[tuple[str, Rule]]:
    """The 852 rules for CloudTrail, in order, each with an id of its own."""
    seen: set[str] = set()
    sigmahq, suzaku = data / "rules" / "sigmahq.tar.gz", data / "rules" / "suzaku-rules.tar.gz"
    for archive, prefix in ((sigmahq, "rules/cloud/aws/"), (suzaku, "sigma/aws/"), (suzaku, "suzaku/aws/")):
        for name, rule in _documents(archive, prefix):
            if rule["id"] in seen:
                rule = {**rule, "id": str(uuid.uuid5(uuid.UUID(rule["id"]), name))}
            seen.add(rule["id"])
            yield name, rule


def _documents(archive: Path, prefix: str) -> Iterator[tuple[str, Rule]]:
    """Every detection rule of the archive whose path starts so, in order of path."""
    with tarfile.open(archive) as opened:
        members = {entry.name.removeprefix("./"): entry for entry in opened if entry.isfile()}
        for name in sorted(members):
            if name.startswith(prefix) and name.endswith(".yml"):
                stream = opened.extractfile(members[name])
                assert stream is not None
                for document in yaml.load_all(io.BytesIO(stream.read()), yaml.CSafeLoader):
                    if isinstance(document, dict) and "detection" in document:
                        yield name, document


def _dump(rule: Rule) -> str:
    return yaml.dump(rule, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)


def recombined(real: list[Rule], count: int, seed: int = SEED) -> Iterator[Rule]:
    """New rules of the shapes of `real`, with its values; see above. Raises ValueError when no more can be made."""
    chance = random.Random(seed)
    donors: dict[str, list[Any]] = {}
    pairs: set[tuple[str, str]] = set()
    skeletons = []
    for rule in real:
        items = list(_items(rule))
        for key, value in items:
            donors.setdefault(_kind(key, value), []).append(value)
        named = _calls(rule)
        pairs |= named
        if named:
            skeletons.append(rule)
    seen = {_content(rule["detection"]) for rule in real}
    turn = made = 0
    while made < count:
        if not skeletons:
            raise ValueError(f"only {made} of {count} rules could be recombined")
        skeleton = skeletons[turn % len(skeletons)]
        detection = _recombine(skeleton, donors, seen, pairs, chance)
        if detection is None:
            skeletons.remove(skeleton)
            continue
        seen.add(_content(detection))
        new_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        title = f"{skeleton['title']} (recombined {made})"
        yield {**skeleton, "title": title, "id": new_id, "detection": detection}
        made += 1
        turn += 1


def _recombine(
    skeleton: Rule, donors: dict[str, list[Any]], seen: set[str], pairs: set[tuple[str, str]], chance: random.Random
) -> dict[str, Any] | None:
    """A new detection section of the skeleton's shape, or None when a hundred tries gave only refused ones."""
    for _ in range(100):
        detection = {name: _refill(part, donors, chance) for name, part in skeleton["detection"].items()}
        if _content(detection) not in seen and not _calls({"detection": detection}) & pairs:
            return detection
    return None


def _content(detection: dict[str, Any]) -> str:
    return json.dumps(detection, sort_keys=True, default=str)


def _items(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Every `field|modifiers: values` of a rule."""
    for name, selection in rule["detection"].items():
        if name not in ("condition", "timeframe"):
            for part in selection if isinstance(selection, list) else [selection]:
                if isinstance(part, dict):
                    yield from part.items()


def _kind(key: str, value: Any) -> str:
    """What a value may be exchanged for: the same field and modifiers, one value or a list, the same type."""
    if isinstance(value, list):
        return f"{key} [{type(value[0]).__name__ if value else ''}]"
    return f"{key} {type(value).__name__}"


def _refill(part: Any, donors: dict[str, list[Any]], chance: random.Random) -> Any:
    if isinstance(part, dict):
        return {key: chance.choice(donors[_kind(key, value)]) for key, value in part.items()}
    if isinstance(part, list):
        return [_refill(each, donors, chance) for each in part]
    return part


def _calls(rule: Rule) -> set[tuple[str, str]]:
    """Every pair of eventName and eventSource that stand in the rule; empty when it does not ask for both."""
    names: set[str] = set()
    sources: set[str] = set()
    for key, value in _items(rule):
        field = key.partition("|")[0]
        into = names if field == "eventName" else sources if field == "eventSource" else None
        if into is not None:
            into.update(map(str, value if isinstance(value, list) else [value]))
    return {(name, source) for name in names for source in sources}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, default=default_work())
    options.add_argument("--data", type=Path, default=shared_data())
    options.add_argument("--sizes", default=",".join(map(str, SIZES)))
    arguments = options.parse_args()
    if arguments.data is None:
        raise SystemExit("no shared data here: name its folder with --data or DETECT_SHARED_DATA")
    for size in [*map(int, arguments.sizes.split(",")), "native"]:
        folder = build(size, arguments.work, arguments.data)
        print(f"{size}: {sum(1 for _ in folder.glob('*.yml'))} rules in {folder}")


if __name__ == "__main__":
    main()
