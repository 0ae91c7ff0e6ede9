"""Matching: a ruleset and events in, detections out, one event at a time and without state."""

from engine.match.detector import Detector

__all__ = ["Detector"]
