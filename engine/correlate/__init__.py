"""Detections over time: hits of rules in, in any order; episodes of correlations out, in order of event time."""

from engine.correlate.states import Memory, States

__all__ = ["Memory", "States"]
