# ruff: noqa: E501
"""Bugs in how fields are found in a record, whole or narrow: engine/fields.py, projection.py, match/record.py, ..."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

FIELDS = "engine/fields.py"
PROJECTION = "engine/projection.py"
RECORD = "engine/match/record.py"
NARROW = "engine/decoders/_narrow.py"

BUGS = [
    Bug("the shortest key wins", FIELDS, "for length in range(len(segments), 0, -1):", "for length in range(1, len(segments) + 1):"),
    Bug("a key that leads nowhere ends the search", FIELDS, "                if found is not UNSET:\n                    return found", "                return found"),
    Bug("a key with dots is not looked up", FIELDS, "            if path in record:\n                return record[path]\n", ""),
    Bug("partly dotted keys are not looked up", FIELDS, 'key = ".".join(segments[:length])', 'key = ".".join(segments[:length]) if length in (1, len(segments)) else ""'),
    Bug("a path of two does not go through lists", FIELDS, "return resolve(inner, rest) if type(inner) is list else UNSET", "return UNSET"),
    Bug("a path goes through the first member of a list", FIELDS, "members = [found for member in flatten(value) if", "members = [found for member in list(flatten(value))[:1] if"),
    Bug("a path does not go through lists in lists", FIELDS, "members = [found for member in flatten(value) if", "members = [found for member in value if type(member) is dict if"),
    Bug("a list in which nothing is found is there", FIELDS, "        if members:\n            return members\n", "        return members\n"),
    Bug("lists in lists are not taken apart", FIELDS, "            if type(member) is list:\n                stack.append(iter(member))\n                break\n", "            if type(member) is list:\n                continue\n"),
    Bug("what follows a list in a list is lost", FIELDS, "        else:\n            stack.pop()", "        else:\n            stack.clear()"),
    Bug("keywords are looked for in keys", FIELDS, "stack.extend(reversed(value.values()))", "stack.extend([*value.values(), *value])"),
    Bug("keywords are not looked for in lists", FIELDS, "            stack.extend(reversed(value))\n", "            pass\n"),
    Bug("null stops a path as if it were a value", FIELDS, "    return UNSET\n\n\ndef getter", "    return None if value is None else UNSET\n\n\ndef getter"),
    Bug("the shape of a record knows no dotted keys", PROJECTION, '            shadows.update(".".join(path[:length]) for length in range(2, len(path) + 1))\n', ""),
    Bug("a parent that is a list hides its members", PROJECTION, "return resolve(value, segments[position:]) if type(value) is list else UNSET", "return UNSET"),
    Bug("a parent that is a list is walked from the wrong place", PROJECTION, "resolve(value, segments[position:])", "resolve(value, segments[position - 1 :])"),
    Bug("a missing field reads as null", PROJECTION, "fields.append((_name(key), Any, UNSET))", "fields.append((_name(key), Any, None))"),
    Bug("keys that differ in signs are one", PROJECTION, 'f"_{ord(c):x}_"', '"_"'),
    Bug("the text of an object is found under the shortest key", RECORD, "for length in range(len(segments), 0, -1):", "for length in range(1, len(segments) + 1):"),
    Bug("the text of an object is that of one inside", RECORD, "(found := _find(inner, segments[length:]))", "(found := _find(inner, segments[length:] and segments[length - 1 :]))"),
    Bug("the text of an object in a list is made up", RECORD, '    elif kind == b"[":\n', '    elif kind == b"]":\n'),
    Bug("the texts of objects are those of the first list", RECORD, "return [one for found in each for one in found] if each else None", "return each[0] if each else None"),
    Bug("records that share an id are one", NARROW, "(index == 0 or self._alone(index))", "True"),
    Bug("a record that nobody said would be asked for is taken for another", NARROW, "return self._differ and index in expected", "return self._differ"),
    Bug("true, 1 and 1.0 are one record", NARROW, "same = _encode(self._shape.line.decode(record)) == _encode(self._structs[index])", "same = self._shape.line.decode(record) == self._structs[index]"),
    Bug("what is found by an id is not looked at again", NARROW, "return record if same else None", "return record"),
    Bug("the last record that was found is every record", NARROW, "raw = self._raws.get(index)\n", "raw = next(reversed(self._raws.values()), None)\n"),
    Bug("the last dict that was read is every record", NARROW, "whole = self._dicts.get(index)\n", "whole = next(reversed(self._dicts.values()), None)\n"),
]  # fmt: skip
