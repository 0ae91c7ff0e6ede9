"""The rules that come with the package, wherever it was installed from."""

from __future__ import annotations

from pathlib import Path

__all__ = ["rules_folder"]


def rules_folder() -> Path:
    """The folder of the shipped rules.

    An installed wheel carries its own copy inside the package; a checkout (and an editable install of one) uses
    `rules/` beside the package, so that a rule just edited is the rule that runs.
    """
    package = Path(__file__).resolve().parent
    packed = package / "_shipped" / "rules"
    return packed if packed.is_dir() else package.parent / "rules"
