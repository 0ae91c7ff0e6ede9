"""The tests; `from tests.oracle import ...` finds what several of them share."""
