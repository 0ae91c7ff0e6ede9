"""Jinja2 within bounds: what a template may name, call and do, and how much of it.

Jinja's sandbox keeps a template away from Python. This one also keeps it from taking time and memory: everything that
can repeat or grow is either not there or pays from a `Budget` first (`engine.alerts.budget`). And it escapes: whatever
an expression gives is escaped for the destination, unless a macro or a filter of ours made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import BlockReference, Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from engine.alerts.budget import LONGEST_SOURCE, Budget, Exceeded, Paced
from engine.values import text_of

__all__ = ["Safe", "Sandbox", "shown"]


class Safe(str):
    """Text that is as the destination wants it. Whatever is made of it is plain text again."""

    __slots__ = ()


_METHODS = {
    "upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "startswith", "endswith", "removeprefix",
    "removesuffix", "split", "rsplit", "partition", "rpartition", "count", "find", "isdigit", "isalpha",
}  # fmt: skip
_TESTS = {
    "defined", "undefined", "none", "true", "false", "boolean", "string", "number", "integer", "float", "mapping",
    "sequence", "iterable", "odd", "even", "lower", "upper",
}  # fmt: skip
_FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.FilterBlock: "{% filter %} has no place here: use the filter on the value",
    nodes.AssignBlock: "{% set %} … {% endset %} has no place here: use a {% macro %}",
    nodes.ScopedEvalContextModifier: "{% autoescape %} has no place here: everything is escaped for its destination",
}


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for one dialect.

    escape   text -> text that the destination shows as such
    filters  the filters there are, beside Jinja's own that are harmless; those that give `Safe` are not escaped
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(
        self,
        loader: BaseLoader,
        escape: Callable[[str], str],
        filters: Mapping[str, Callable[..., Any]],
        strict: bool = False,
    ) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined if strict else _Empty,
            finalize=self._finalized,
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,
            auto_reload=False,
        )
        self.budget = Budget()
        self._escape = escape
        self._largest = 0
        harmless = {name: self.filters[name] for name in _OURS_OF_JINJA}
        self.filters.clear()
        self.filters.update(
            {name: self._paying(one) for name, one in {**harmless, **_REPLACED, **filters}.items()},
        )
        self.filters.update(_paced=self._pace, _weighed=lambda value: self.budget.weigh(value), _glued=self._glue)
        self.tests = {name: one for name, one in self.tests.items() if name in _TESTS}
        self.globals.clear()
        self.globals.update(range=self._range, namespace=self._namespace())

    @staticmethod
    def _namespace() -> Any:
        from jinja2.utils import Namespace

        return Namespace

    # compiling

    def compile(self, source: Any, name: Any = None, filename: Any = None, *args: Any, **options: Any) -> Any:
        """Compile a template; raises TemplateSyntaxError for what has no place in one, too."""
        if isinstance(source, str):
            if len(source) > LONGEST_SOURCE:
                raise TemplateSyntaxError(f"the template has more than {LONGEST_SOURCE:,} characters", 1, name, filename)
            self._largest = max(self._largest, len(source))
            tree = self.parse(source, name, filename)
            _refuse(tree, name, filename)
            source = _Bounded().visit(tree)
        return super().compile(source, name, filename, *args, **options)

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Any:
        """As Jinja's; an include in a loop costs."""
        self._spend_source()
        return super().get_template(name, parent, globals)

    # running

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what stands in plain data, and a few methods of text."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        return not callable(value) or isinstance(obj, _CALLED) or (isinstance(obj, str) and attr in _METHODS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of an object of a log always its key: `fields.items` is what the log says, and no method."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self._missing(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """As `getattr`."""
        if isinstance(obj, dict):
            known = isinstance(argument, (str, int, bool, float)) and argument in obj
            return obj[argument] if known else self._missing(obj, argument)
        return super().getitem(obj, argument)

    def _missing(self, obj: dict[Any, Any], name: Any) -> Any:
        lacking = getattr(obj, "lacking", None)  # of a log: nobody knows what it may have
        return self.undefined(obj=obj, name=str(name)[:100]) if lacking is None else lacking

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call what may be called; macros and blocks have escaped what they give."""
        __self._spend_source()
        for one in (*args, *kwargs.values()):
            __self.budget.weigh(one)
        result = super().call(__context, __obj, *args, **kwargs)
        return Safe(result) if isinstance(__obj, (Macro, BlockReference)) else result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate, when the result is of a reasonable size."""
        self._afford(operator, left, right)
        result = super().call_binop(context, operator, left, right)
        return self.budget.weigh(result) if isinstance(result, (list, tuple)) else result

    def _afford(self, operator: str, left: Any, right: Any) -> None:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if numbers:
            bits = max(_bits(left), _bits(right))
            if operator == "**":
                bits = max(1, _bits(left)) * (int(abs(right)) + 1 if abs(right) < 10_000 else 1 << 30)
            elif operator == "*":
                bits = _bits(left) + _bits(right)
            self.budget.number(bits)
        elif operator == "+" and isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
            self.budget.text(len(left) + len(right))
        elif operator == "*" and isinstance(left, int) != isinstance(right, int):
            times, what = (left, right) if isinstance(left, int) else (right, left)
            if isinstance(what, (str, list, tuple)):
                self.budget.text(min(max(0, times), 1 << 40) * max(1, len(what)))
        elif isinstance(left, Undefined) or isinstance(right, Undefined):
            self.budget.spend(1)
        else:
            raise TypeError(f'"{operator}" between {type(left).__name__} and {type(right).__name__}')

    def _finalized(self, value: Any) -> str:
        if type(value) is Safe:
            self.budget.text(len(value))
            return value
        text = shown(value, self.budget)
        escaped = self._escape(text)
        self.budget.text(len(escaped))
        return Safe(escaped)

    def _pace(self, items: Any, weight: int) -> Any:
        if isinstance(items, Undefined) or items is None:
            return ()
        return Paced(items, self.budget, weight) if isinstance(items, Iterable) else items

    def _glue(self, members: list[Any]) -> str:
        texts = [shown(member, self.budget) for member in members]
        self.budget.text(sum(map(len, texts)))
        return "".join(texts)

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        if len(found) > 10_000:
            raise Exceeded("the template counts further than 10,000")
        return found

    def _paying(self, one: Callable[..., Any]) -> Callable[..., Any]:
        """A filter that is paid for by what it takes and what it gives."""

        def paid(*args: Any, **options: Any) -> Any:
            for value in args:
                if isinstance(value, (str, list, tuple, dict)):
                    self.budget.weigh(value)
            result = one(*args, **options)
            return self.budget.weigh(result) if isinstance(result, (list, tuple, dict)) else result

        for name in ("jinja_pass_arg",):
            if hasattr(one, name):
                setattr(paid, name, getattr(one, name))
        return paid

    def _spend_source(self) -> None:
        self.budget.spend(1 + self._largest // 64)


class _Empty(Undefined):
    """What is not there, when a message has to go out: nothing, and nothing of it neither."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self
