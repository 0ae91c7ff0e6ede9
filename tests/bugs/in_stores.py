"""Bugs in how state is kept by a server, and in who may write it."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

SERVER = "engine/stores/_postgres.py"
STORE = "engine/stores/sqlite.py"
WHERE = "engine/stores/_where.py"
TRANSLATED = "engine/stores/_translated.py"

BUGS = [
    Bug("two write to a server at once", SERVER, "BEGIN; SELECT pg_advisory_xact_lock", "BEGIN; SELECT hashint8"),
    Bug(
        "a NUL ends in a fault of the server",
        SERVER,
        '.replace("\\x00", "\\x1a0")\n        return obj.encode()',
        "\n        return obj.encode()",
    ),
    Bug("an address with a password is taken", SERVER, "if parts.password or", "if False and"),
    Bug(
        "numbers begin anew after an import",
        SERVER,
        "if self.execute(_NUMBERED, (name, self._schema)).fetchone():",
        "if False:",
    ),
    Bug("a later schema is taken for ours", SERVER, "if version > newest:", "if False:"),
    Bug(
        "texts are sorted by the language of the server",
        TRANSLATED,
        "'TEXT COLLATE \"C\"'",
        "'TEXT COLLATE \"unicode\"'",
    ),
    Bug("who lost a state goes on writing", STORE, "if found is None or found[0] != self._claimed:", "if False:"),
    Bug(
        "a single statement needs no claim",
        STORE,
        "return self._claimed is not None and not self._depth and",
        "return False and",
    ),
    Bug(
        "the thread that sends needs no claim",
        SERVER,
        "        made._claimed = self._claimed\n        return made",
        "        return made",
    ),
    Bug("who stands by does not claim what it takes over", WHERE, "        store.claim()\n", ""),
]
