"""Tests of rules: events over time, and what must come of them.

Nothing is imported here, as pytest imports `engine.testing.plugin` in every run where the package is installed.
"""
