"""Where state is kept when nobody says otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["state_file"]


def state_file(environ: Mapping[str, str] = os.environ) -> str:
    """The user's state file: in DETECT_STATE_DIR, else in the folder that the system has for such; the folder is made.

    Raises OSError when it cannot be made.
    """
    folder = environ.get("DETECT_STATE_DIR")
    if not folder:
        from platformdirs import user_state_dir

        folder = user_state_dir("detect", appauthor=False)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, "detect.state")
