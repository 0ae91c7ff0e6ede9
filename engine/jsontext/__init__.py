"""JSON text to values, where the text may be large, cut into chunks, or damaged."""

from engine.jsontext.stream import LISTS, Damage, Found, values
from engine.jsontext.value import parse, parse_strict, told

__all__ = ["LISTS", "Damage", "Found", "parse", "parse_strict", "told", "values"]
