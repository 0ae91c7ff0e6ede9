"""Where to read on: ATT&CK, what a rule refers to, and the event in its console."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from engine.alert import Alert, Link

__all__ = ["attack_link", "cloudtrail_link", "links_of"]

MOST = 20
"""Links of one message."""

_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
_REGION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def attack_link(tag: str) -> Link | None:
    """The page of a technique, tactic, group or software that a rule's tag names ("attack.t1078.004"); else None."""
    name = tag.removeprefix("attack.")
    if name == tag or not name:
        return None
    number = name[1:].replace(".", "", 1)
    if not number.isdigit() or not number.isascii():
        return None
    folder = {"t": "techniques", "g": "groups", "s": "software"}.get(name[0])
    if folder is None:
        return None
    upper = name.upper()
    return Link(f"ATT&CK {upper}", f"https://attack.mitre.org/{folder}/{upper.replace('.', '/')}/")


def cloudtrail_link(event: str, region: str) -> Link | None:
    """The event of CloudTrail in the console of its region; None for what is no id or region of AWS.

    The console shows the events of the last 90 days, to whoever is logged in to their account.
    """
    if not 1 <= len(event) <= 64 or not event.isascii() or not event.replace("-", "").isalnum():
        return None
    if not 1 <= len(region) <= 32 or not _REGION.issuperset(region):
        return None
    console = next((host for start, host in _CONSOLES.items() if region.startswith(start)), "console.aws.amazon.com")
    href = f"https://{region}.{console}/cloudtrailv2/home?region={region}#/events/{quote(event)}"
    return Link("CloudTrail event", href)


def links_of(alerts: Iterable[Alert]) -> tuple[Link, ...]:
    """The links of alerts without repetition, at most 20: the newest event of each, techniques, then references."""
    events: list[Link | None] = []
    techniques: list[Link | None] = []
    references: list[Link | None] = []
    for alert in alerts:
        events.append(_event(alert))
        techniques += map(attack_link, alert.rule.tags)
        references += map(_reference, alert.rule.references)
    found: dict[str, Link] = {}
    for link in (*events, *techniques, *references):
        if link is not None:
            found.setdefault(link.href, link)
    return tuple(found.values())[:MOST]


def _event(alert: Alert) -> Link | None:
    logsource = alert.rule.logsource
    if not alert.evidence or (logsource.product, logsource.service) != ("aws", "cloudtrail"):
        return None
    newest = alert.evidence[-1]
    region = newest.shown.get("awsRegion", alert.fields.get("awsRegion"))
    return None if newest.id is None else cloudtrail_link(newest.id, region if isinstance(region, str) else "")


def _reference(address: str) -> Link | None:
    """A reference of a rule, called by its host and the end of its path."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if not host or parts.scheme not in ("https", "http"):
        return None
    page = parts.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return Link(f"{host}: {page}"[:100] if page else host, address)
