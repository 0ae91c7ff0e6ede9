"""Derived fields: what is not in a log but follows from it, such as the person behind a session.

    actor = fields_for(ruleset.derived, logsource).reader("actor")      compiled once
    actor(event.fields)                                                 its value, or UNSET

It reads fields of the log as well, wherever the log has them: what rules, groups and templates name is looked up so.

What a field is made of is data (`engine.rules.Derived`), read from YAML by `engine.load`.
"""

from __future__ import annotations

from engine.derived.fields import Fields, Memo
from engine.derived.roots import names_read, roots
from engine.derived.where import applying, derived_in, fields_for, names_asked, possible

__all__ = ["Fields", "Memo", "applying", "derived_in", "fields_for", "names_asked", "names_read", "possible", "roots"]
