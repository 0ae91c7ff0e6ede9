"""Why a rule matches an event or does not, how the engine finds it, and what stands in its way."""

from __future__ import annotations

from engine.explain.logs import logs
from engine.explain.phrases import brief
from engine.explain.route import Step, walk
from engine.explain.tree import Change, Explainer, Explanation, Part, Value, explain
from engine.explain.words import words

__all__ = ["Change", "Explainer", "Explanation", "Part", "Step", "Value", "brief", "explain", "logs", "walk", "words"]
