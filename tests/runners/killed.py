"""`detect run` in a process that kills itself at a commit: python killed.py WHERE NUMBER WORDS...

WHERE is "before" or "after" the commit of that number, from 1; "never" counts them and says how many there were.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from engine.cli import main
from engine.runners import continuing
from engine.stores import Store

commits = 0


def killing(where: str, number: int) -> None:
    """Have every store kill this process there."""
    plain = Store.execute

    def execute(self: Store, sql: str, *given: Any) -> Any:
        global commits
        commits += sql == "COMMIT"
        if sql == "COMMIT" and (where, commits) == ("before", number):
            os.kill(os.getpid(), signal.SIGKILL)
        done = plain(self, sql, *given)
        if sql == "COMMIT" and (where, commits) == ("after", number):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Store.execute = execute  # type: ignore[method-assign]


if __name__ == "__main__":
    where, number, *words = sys.argv[1:]
    killing(where, int(number))
    continuing.EVERY = 0.0  # a commit after every file
    status = main(["run", *words])
    if where == "never":
        print(f"commits: {commits}", file=sys.stderr)
    sys.exit(status)
