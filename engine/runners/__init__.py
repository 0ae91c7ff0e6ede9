"""What drives the engine over its input."""

from engine.runners.local import Scan, run

__all__ = ["Scan", "run"]
