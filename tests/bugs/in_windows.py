# ruff: noqa: E501
"""Bugs in how Windows events are read and routed: engine/windows/, decoders/evtx.py."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

KINDS = "engine/windows/kinds.py"
VIEW = "engine/windows/view.py"
LINES = "engine/windows/lines.py"
DECODER = "engine/decoders/windows.py"
EVTX = "engine/decoders/evtx.py"
PROJECTION = "engine/projection.py"
DETECTOR = "engine/match/detector.py"
WORKER = "engine/runners/worker.py"

BUGS = [
    Bug("an event is seen only by rules of its first category", KINDS, "if rule.category in (None, event.category):\n        return True\n    return", "if rule.category in (None, event.category):\n        return True\n    return False and"),
    Bug("rules see events of every service", KINDS, "taxonomy.also.get(rule.service, rule.service) != event.service", "False"),
    Bug("rules of other products see events of Windows", KINDS, 'if rule.product not in (None, "windows"):', 'if rule.product == "":'),
    Bug("channels are told by case", KINDS, "name = channel.lower()", "name = channel"),
    Bug("an event id in text is none", KINDS, "digits = event.strip()", 'digits = ""'),
    Bug("a provider is heard although there is a channel", KINDS, "if isinstance(channel, str) and channel:", "if isinstance(channel, str) and channel and not provider:"),
    Bug("the last other name wins", VIEW, "for other in reversed(others)", "for other in others"),
    Bug("another name hides the field's own", VIEW, "        if name not in fields\n", ""),
    Bug("the header wins over the data", VIEW, "{**record, **header, **data}", "{**record, **data, **header}"),
    Bug("an event id in the data wins", VIEW, '    if "EventID" in header:\n        fields["EventID"] = header["EventID"]\n', ""),
    Bug("what the collector wrote is gone", VIEW, "{**record, **header, **data}", "{**header, **data}"),
    Bug("an event is routed by a channel in its data", VIEW, 'source = header.get("Channel") or fields.get("Channel")', 'source = fields.get("Channel")'),
    Bug("values without a name are lost", VIEW, "            unnamed.append(_text(element))\n", "            pass\n"),
    Bug("user data is not read", VIEW, "    if type(user) is dict:  # holds", "    if user is True:  # holds"),
    Bug("names with spaces stay as they are", VIEW, "    if spaced(its):\n", "    if False:\n"),
    Bug("an event inside a line is taken for a flat one", LINES, "        if nested(record):\n", "        if False:\n"),
    Bug("what a line may not have is forgotten", PROJECTION, "refused = set(self._refused)", "refused = set()"),
    Bug("where objects may not be is forgotten", PROJECTION, "keys, refused, self._plain, self._order", "keys, refused, (), self._order"),
    Bug("other names are not refused", PROJECTION, "            refused.update(key for key in every if key != keys[path])\n", ""),
    Bug("two fields are read from one key", PROJECTION, "if not self.paths.isdisjoint(names[path]):", "if False:"),
    Bug("a log that stops being flat is read on from its beginning", DECODER, "start = _offset(cast(bytes, piece), done) if done else 0", "start = 0"),
    Bug("blank lines count", DECODER, "lines -= not text[at:end].isspace()", "lines -= 1"),
    Bug("odd lines change places", LINES, "yield _whole_part(source, [indexes[number] for number in odd], its, first)", "yield _whole_part(source, odd, its, first)"),
    Bug("names with spaces are read narrowly", LINES, "    if spaced(its):\n", "    if False:\n"),
    Bug("hits of a batch come by kind", DETECTOR, "            return sorted(found)\n", "            return found\n"),
    Bug("a hit is numbered as in its part", DETECTOR, "(of[index], numbers) for of, part", "(index, numbers) for of, part"),
    Bug("a part of an id is enough", WORKER, "if all(isinstance(value, str | int | float)", "if any(isinstance(value, str | int | float)"),
    Bug("the first record that is broken ends its chunk", EVTX, "            fault = fault or error\n", "            fault = fault or error\n            break\n"),
    Bug("a broken chunk is passed over in silence", EVTX, 'return [], Problem(ref, block.offset, "there is no chunk where one should be", True, "broken-chunk")', "return [], None"),
    Bug("the place of a broken record is that of its chunk", EVTX, "Problem(ref, block.offset + at,", "Problem(ref, block.offset,"),
    Bug("unused chunks are broken ones", EVTX, "if offset and any(left[at : at + wanted]):", "if offset:"),
]  # fmt: skip
