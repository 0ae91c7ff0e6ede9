"""A short soak: half a minute of all that can go wrong, and none of it shows in the alerts."""

from __future__ import annotations

import sys

import pytest

from tests.soak.soak import soaked

pytestmark = [pytest.mark.full, pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")]


@pytest.mark.parametrize("seed", [1])
def test_the_alerts_are_those_of_one_clean_run_and_each_is_told_once(seed: int):
    pytest.importorskip("moto", reason="needs moto's server")
    assert soaked(30, seed, rate=20, calm=False, kill=(2, 8), say=print) == []
