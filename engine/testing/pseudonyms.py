"""Values of a log replaced by others of the same shape, so that a test can be shown to anybody.

The same value is always replaced by the same one, also within other values: `eve` in an ARN and alone. What stands in
the rule itself stays, as everybody who has the rule knows it; so do names of calls, types and regions. Which value
gets which replacement depends on the order in which they are met, not on the values, so that none can be guessed.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from engine.derived import names_asked
from engine.explain.reason import predicates_of
from engine.rules import Capture, Cidr, Derived, Exact, Lookup, Regex, Rule, Search, Text
from engine.values import fold

__all__ = ["Pseudonyms", "Said", "said_by"]

SAFE = frozenset((
    "eventSource", "eventName", "eventVersion", "eventType", "eventCategory", "awsRegion", "errorCode", "type",
    "readOnly", "managementEvent", "mfaAuthenticated", "ConsoleLogin", "severity", "outcome", "result", "status",
    "EventID", "Channel", "Provider_Name", "channel", "provider_name", "operationName", "category",
    "methodName", "serviceName",
))  # fmt: skip
"""Keys whose values are words of the log's own, and no one's."""

_WORDS = frozenset((
    "arn", "aws", "amazonaws", "com", "user", "role", "assumed-role", "root", "group", "policy", "instance-profile",
    "federated-user", "mfa", "true", "false", "none", "null", "yes", "no", "success", "failure",
))  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_PIECE = re.compile(
    r"""(?P<arn>arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)
    | (?P<service>(?<![\w.-])[a-z0-9]+\.amazonaws\.com(?![\w.-]))
    | (?P<region>(?<![\w-])(?:af|ap|ca|cn|eu|il|me|mx|sa|us)
      (?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central)+-\d(?![\w-]))
    | (?P<uuid>(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w))
    | (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<ip>(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.])
      |(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|(?<=:))(?![\w:])))
    | (?P<key>(?<!\w)A(?:KI|SI|RO|ID|GP|NP|NV|IP|SC|PK|BI|CC)A[A-Z0-9]{12,}(?!\w))
    | (?P<account>(?<!\d)\d{12}(?!\d))
    | (?P<word>[^\W_](?:[\w-]*[^\W_])?)""",
    re.VERBOSE,
)
_TRIES = 200
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")))
_DOCUMENTED = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


class Said:
    """What a rule says itself.

    words     texts that it asks for, folded
    networks  that it asks for
    """

    def __init__(self, words: Iterable[str], networks: Iterable[str]) -> None:
        self.words = tuple(sorted({fold(word) for word in words if len(word) > 1}, key=len, reverse=True))
        self.networks = tuple(ip_network(network) for network in dict.fromkeys(networks))
        self.tokens = frozenset(token for word in self.words for token in re.findall(r"[^\W_](?:[\w-]*[^\W_])?", word))


def said_by(rules: Iterable[Rule], derived: Iterable[Derived]) -> Said:
    """What rules say, and the derived fields that they read."""
    words: list[str] = []
    networks: list[str] = []
    definitions = tuple(derived)
    for rule in rules:
        for _, test in predicates_of(rule.condition, rule.selections):
            if isinstance(test, Text):
                words += (part for part in test.pattern if isinstance(part, str))
            elif isinstance(test, Regex):
                words += _in_expression(test.pattern)
            elif isinstance(test, Cidr):
                networks.append(test.network)
            elif isinstance(test, (Exact, Search)):
                words += _texts(json.loads(test.literal if isinstance(test, Exact) else test.tree))
        for one in definitions:
            if one.name in names_asked(rule):
                for way in one.ways:
                    if isinstance(way, Capture):
                        words += _in_expression(way.pattern)
                    elif isinstance(way, Lookup):
                        (networks if way.match == "cidr" else words).extend(way.table)
    return Said(words, networks)


def _in_expression(pattern: str) -> list[str]:
    """Words that stand in a regular expression, as far as that can be told from its text."""
    plain = re.sub(r"\[\^?\]?[^\]]*\]|\{[\d,]*\}|\\[A-Za-z]|\(\?[^:)]*[:)]?", " ", pattern).replace("\\", "")
    return re.findall(r"[^\W_][\w-]+", plain)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


class Pseudonyms:
    """Replaces the values of records; remembers which by which."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self._made: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._number = 0

    def of(self, value: Any, key: str = "") -> Any:
        """A record, or any value in it, under the key that it has."""
        if isinstance(value, dict):
            return {name: self.of(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.of(one, key) for one in value]
        if isinstance(value, bool) or key in SAFE:
            return value
        if isinstance(value, int) and 10**11 <= value < 10**12:
            return int(self._once("account", str(value)))
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """A text, with everything in it that may be somebody's replaced."""
        if fold(text) in self._said.words or _ISO.fullmatch(text):
            return text
        return _PIECE.sub(self._piece, text)

    def _piece(self, found: re.Match[str]) -> str:
        kind, text = str(found.lastgroup), found[0]
        if kind in ("arn", "service", "region") or fold(text) in self._said.tokens:
            return text
        if any(fold(text) in word for word in self._said.words if kind != "word"):
            return text
        if kind == "word" and (len(text) == 1 or text.lower() in _WORDS):
            return text
        return self._once(kind, text)

    def _once(self, kind: str, text: str) -> str:
        """The replacement of a piece; none has that of another, and none is one that was replaced."""
        made = self._made.get((kind, text))
        if made is None:
            self._number += 1
            chance = random.Random(self._number)  # noqa: S311 -- a shape is filled, no secret made
            made = next(
                (
                    one
                    for _ in range(_TRIES)
                    if (one := self._new(kind, text, chance)) not in self._taken and one != text
                ),
                text if kind == "word" and not re.search(r"[^\W\d_]{2}", text) else "x" * len(text),
            )
            self._taken.add(made)
            self._made[kind, text] = made
        return made

    def _new(self, kind: str, text: str, chance: random.Random) -> str:
        if kind == "account":
            return f"1111{chance.randrange(10**8):08d}"
        if kind == "uuid":
            made = f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}"
            return made.upper() if text.isupper() else made
        if kind == "key":
            return text[:4] + "EXAMPLE"[: len(text) - 8] + self._shaped("A1" * len(text), chance)[: len(text) - 11]
        if kind == "email":
            name, _, domain = text.partition("@")
            return f"{self._worded(name)}@{self._domain(domain)}"
        if kind == "ip":
            return self._address(text, chance)
        return self._around(text, chance)

    def _worded(self, text: str) -> str:
        return re.sub(r"[^\W_](?:[\w-]*[^\W_])?", self._word, text)

    def _word(self, found: re.Match[str]) -> str:
        text = found[0]
        return text if len(text) == 1 or fold(text) in self._said.tokens else self._once("word", text)

    def _domain(self, domain: str) -> str:
        if any(word and word.lstrip("@") in fold(domain) for word in self._said.words if "." in word):
            return domain
        known = self._made.get(("domain", domain))
        if known is None:
            number = sum(kind == "domain" for kind, _ in self._made)
            known = self._made["domain", domain] = f"example{number or ''}.com"
        return known

    def _around(self, text: str, chance: random.Random) -> str:
        """A word of the same shape, in which what the rule asks for stays."""
        folded = fold(text)
        words = [re.escape(word) for word in self._said.words if word in folded]
        if len(folded) != len(text):
            return self._shaped(text, chance)
        made, at = "", 0
        for found in re.finditer("|".join([*words, r"(?P<account>(?<!\d)\d{12}(?!\d))"]), folded):
            kept = text[found.start() : found.end()]
            same = self._once("account", kept) if found.lastgroup and kept != text else kept
            made += self._shaped(text[at : found.start()], chance) + same
            at = found.end()
        return made + self._shaped(text[at:], chance)

    def _shaped(self, text: str, chance: random.Random) -> str:
        """Letters for letters, digits for digits, and all else as it is."""
        made = []
        for char in text:
            if char.isdigit():
                made.append(chance.choice("0123456789"))
            elif char.isalpha():
                made.append(
                    chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ" if char.isupper() else "abcdefghijklmnopqrstuvwxyz")
                )
            else:
                made.append(char)
        return "".join(made)

    def _address(self, text: str, chance: random.Random) -> str:
        """An address that is in just the networks of the rule in which this one is; for documentation, where it can."""
        try:
            address = ip_address(text)
        except ValueError:
            return self._around(text, chance)
        pools = [ip_network("2001:db8::/32")]
        if address.version == 4:
            pools = [one for one in _PRIVATE if address in one] or list(_DOCUMENTED)
            pools.append(ip_network("198.18.0.0/15"))
        pools += sorted((one for one in self._said.networks if address in one), key=lambda one: -one.prefixlen)
        begun = [
            word for word in self._said.words if re.fullmatch(r"(?:\d{1,3}\.){1,3}", word) and text.startswith(word)
        ]
        if begun:
            size = max(begun, key=len).count(".")
            pools = [ip_network(f"{text}/{8 * size}", strict=False)]
        where = [address in one for one in self._said.networks]
        for pool in pools:
            for _ in range(_TRIES // len(pools)):
                made = pool[chance.randrange(1, pool.num_addresses)] if pool.num_addresses > 1 else pool[0]
                if [made in one for one in self._said.networks] == where and str(made) not in self._taken:
                    return str(made)
        return text
