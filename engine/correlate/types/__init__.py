"""Correlation types: one module a type, found by its name.

A module here without a leading underscore has a class `Type`, as `engine.correlate.window.Type` describes it, and its
docstring says what a rule of this type means and which options it has. Others add a type by an entry point in the group
"detect.correlations" that names such a module.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from engine.correlate.window import Type

__all__ = ["find", "names"]


def names() -> list[str]:
    """The types that come with the package."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))


def find(name: str) -> type[Type] | None:
    """The class of a type; None where there is none of this name."""
    module = importlib.import_module(f"{__name__}.{name}") if name in names() else _foreign(name)
    if module is None:
        return None
    found: type[Type] = module.Type
    return found


def _foreign(name: str) -> ModuleType | None:
    """The module that another package offers under this name."""
    from importlib.metadata import entry_points  # 30 ms that no type of our own should cost

    for point in entry_points(group="detect.correlations", name=name):
        module: ModuleType = point.load()
        return module
    return None
