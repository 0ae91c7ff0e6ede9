"""The one place that says which version this is; the wheel reads it too."""

__all__ = ["__version__"]

__version__ = "0.1.0"
