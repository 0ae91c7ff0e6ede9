"""Derived fields: what is not in a log but follows from it, such as the person behind a session.

    fields = Fields(applying(ruleset.derived, logsource))
    actor = fields.reader("actor")           compiled now
    actor(event.fields)                      its value, or UNSET

What a field is made of is data (`engine.rules.Derived`), read from YAML by `engine.load`.
"""

from __future__ import annotations

from engine.derived.fields import Fields, Memo
from engine.derived.roots import names_read, roots
from engine.derived.where import applying, derived_in, names_asked, possible

__all__ = ["Fields", "Memo", "applying", "derived_in", "names_asked", "names_read", "possible", "roots"]
