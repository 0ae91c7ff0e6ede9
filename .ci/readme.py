"""Print the command that the README gives for one purpose: `python3 .ci/readme.py tests`.

The README marks it with a comment, `<!-- ci: tests -->`, on the line before its code block.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def command(purpose: str) -> str:
    block = re.search(rf"<!-- ci: {re.escape(purpose)} -->\n+```\w*\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    if block is None:
        raise SystemExit(f"README.md: no code block is marked <!-- ci: {purpose} -->")
    return block[1].strip()


if __name__ == "__main__":
    print(command(sys.argv[1]))
