"""What every test may ask for: the tier it runs in, and real data where there is some.

Two tiers. The core tier runs everywhere in minutes. Tests marked `full` need time, a second pySigma, servers or real
data, and run when DETECT_TEST_TIER=full.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

CHECKOUT = Path(__file__).resolve().parent.parent
FULL = os.environ.get("DETECT_TEST_TIER") == "full"

# No deadline: a slow machine is no fault. The core tier tries the same examples every time, the full tier new ones.
settings.register_profile("core", deadline=None, derandomize=True, max_examples=50)
settings.register_profile(
    "full", deadline=None, max_examples=500, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# tests/bugs/run.py asks only whether a test turns red, not for the smallest example that does it.
settings.register_profile("bugs", settings.get_profile("core"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("DETECT_HYPOTHESIS_PROFILE") or ("full" if FULL else "core"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if FULL:
        return
    skip = pytest.mark.skip(reason="full tier: set DETECT_TEST_TIER=full")
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def environment_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The shell's colours and widths change no test; `detect` is that of this Python; the cache is not the reader's."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TZ"):
        os.environ.pop(name, None)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell has it ignored by what it runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["DETECT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real logs and public rule sets, which are no part of the project; the test is skipped where they are not."""
    path = Path(os.environ.get("DETECT_SHARED_DATA") or CHECKOUT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip("needs real data: set DETECT_SHARED_DATA")
    return path
