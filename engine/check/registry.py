"""Every check there is, found by the names of the modules in checks/."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache

from engine.check import checks as home
from engine.check.finding import Check, Severity
from engine.errors import UsageError

__all__ = ["OWN", "chosen", "every"]

OWN = (
    Check(
        "unusable", Severity.error,
        "A rule that cannot be used at all: broken YAML, unknown modifiers, no UUID for an id, a condition that names "
        "what is not there, an unknown level or status.\n\nThe loader says these, with `detect rules --rejected` too.",
    ),
    Check(
        "remark", Severity.warning,
        "Something odd that does not keep a rule from working, or part of a rule that means nothing here.\n\n"
        "The loader says these; `detect run --verbose` shows them too.",
    ),
    Check(
        "suppression", Severity.warning,
        "A comment `# detect: ignore=...` that names no check, gives no reason, or keeps nothing quiet.",
    ),
)  # fmt: skip
"""What is said without a function of its own."""


@lru_cache(maxsize=1)
def every() -> dict[str, Check]:
    """Name -> check, in order of name."""
    found = {one.name: one for one in OWN}
    for info in pkgutil.iter_modules(home.__path__):
        module = importlib.import_module(f"{home.__name__}.{info.name}")
        values = [value for name, value in vars(module).items() if isinstance(value, Check) or name == "CHECKS"]
        for value in values:
            found.update({one.name: one for one in ([value] if isinstance(value, Check) else value)})
    return dict(sorted(found.items()))


def chosen(select: Sequence[str], ignore: Sequence[str]) -> dict[str, Check]:
    """Those whose name one word of `select` matches (none given: all), and no word of `ignore`; words may be globs.

    Raises UsageError for a word that no check has.
    """
    known = every()
    wanted = [word.strip().lower() for given in select for word in given.split(",") if word.strip()]
    unwanted = [word.strip().lower() for given in ignore for word in given.split(",") if word.strip()]
    for word in (*wanted, *unwanted):
        if not any(fnmatchcase(name, word) for name in known):
            near = get_close_matches(word, known, n=1)
            raise UsageError(
                f'no check is called "{word}"',
                None,
                f'did you mean "{near[0]}"?' if near else "see detect check --list",
            )
    return {
        name: one
        for name, one in known.items()
        if (not wanted or any(fnmatchcase(name, word) for word in wanted))
        and not any(fnmatchcase(name, word) for word in unwanted)
    }
