"""Which addresses a message may go to: a template or an option must not reach what only this machine can reach."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address

__all__ = ["Forbidden", "Unresolved", "addresses", "judge", "judge_name"]

_METADATA = {
    *("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"),  # AWS, its containers
    "fd20:ce::254",  # Google Cloud
    "168.63.129.16",  # Azure
    "100.100.100.200",  # Alibaba Cloud
    "192.0.0.192",  # Oracle Cloud
}
_METADATA_NAMES = {
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")

Address = IPv4Address | IPv6Address


class Forbidden(ValueError):
    """An address that no message goes to; the text says which and why."""


class Unresolved(OSError):
    """A name that has no address now."""


def addresses(host: str, port: int, allow: Sequence[str] = ()) -> list[str]:
    """The addresses of a host, resolved now and all of them judged; connect to these and to no name.

    Raises Forbidden when one of them is, Unresolved when there are none.
    """
    judge_name(host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"the name {host} cannot be resolved: {getattr(error, 'strerror', None) or error}") from None
    texts = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
    for text in texts:
        judge(host, text, allow)
    return texts


def judge_name(host: str) -> None:
    """Raise Forbidden for the name of a metadata service."""
    if host.rstrip(".").lower() in _METADATA_NAMES:
        raise Forbidden(f"{host} is where a cloud keeps its credentials: no message goes there")


def judge(host: str, address: str, allow: Sequence[str] = ()) -> None:
    """Raise Forbidden unless a message to the host may go to this address of it.

    allow  host names, addresses and networks that may be loopback or private; link-local ones and those of metadata
           services never are
    """
    shown = address if host == address else f"{host} ({address})"
    for each in _meant(ipaddress.ip_address(address)):
        if str(each) in _METADATA:
            raise Forbidden(f"{shown} is where a cloud keeps its credentials: no message goes there")
        if each.is_link_local:
            raise Forbidden(f"{shown} is a link-local address: no message goes there")
        if each.is_unspecified or each.is_multicast or str(each) == "255.255.255.255":
            raise Forbidden(f"{shown} is not the address of one host")
        inside = not each.is_global or (isinstance(each, IPv6Address) and each.is_site_local)
        if inside and not _allowed(host, each, allow):
            kind = "the machine itself" if each.is_loopback else "a private address"
            raise Forbidden(f'{shown} is {kind}; to send there, name it: "allow: [{host}]"')


def _meant(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 one that is inside it."""
    yield address
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            yield address.ipv4_mapped
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def _allowed(host: str, address: Address, allow: Sequence[str]) -> bool:
    for entry in allow:
        if entry.rstrip(".").lower() == host.rstrip(".").lower():
            return True
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        if address in network:
            return True
    return False
