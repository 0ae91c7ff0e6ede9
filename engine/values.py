"""What a value of a log reads as: its text, its case ignored, its address."""

from __future__ import annotations

import json
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

__all__ = ["address_of", "fold", "network_of", "text_of"]


def fold(text: str) -> str:
    """Lower case, with final sigma as sigma, so that folding a part equals the part folded."""
    return text.lower() if text.isascii() else text.lower().replace("ς", "σ")


def text_of(value: Any) -> str | None:
    """The text of a scalar as JSON writes it; None for null, objects and lists."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return json.dumps(value)
    if kind is int:
        try:
            return str(value)
        except ValueError:  # an integer of more digits than Python agrees to print
            return str(Decimal(value))
    return None


def address_of(text: str) -> tuple[int, int] | None:
    """(IP version, address as integer); None for anything that is no address, and for one with a zone."""
    if len(text) > 45 or "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


def network_of(text: str) -> tuple[int, int, int]:
    """(IP version, prefix as integer, bits to shift away) of a network in prefix notation; host bits may be set.

    Raises ValueError, naming the network, when it cannot be read.
    """
    network = ip_network(text, strict=False)
    shift = network.max_prefixlen - network.prefixlen
    return network.version, int(network.network_address) >> shift, shift
