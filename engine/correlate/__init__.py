"""Detections over time: hits of rules in, in any order; episodes of correlations out, in order of event time."""

from engine.correlate.correlator import Correlator, Counts, Limits
from engine.correlate.slot import Slot
from engine.correlate.states import Change, Kept, Memory, States
from engine.correlate.step import Stepped, step
from engine.correlate.sure import sure

__all__ = ["Change", "Correlator", "Counts", "Kept", "Limits", "Memory", "Slot", "States", "Stepped", "step", "sure"]
