"""Jinja2 within bounds: what a template may name, call and do, and how much of it.

Jinja's sandbox keeps a template away from Python. This one also keeps it from taking time and memory: everything that
can repeat or grow is either not there or pays from a `Budget` first (`engine.alerts.budget`). And it escapes: whatever
an expression gives is escaped for the destination, unless a macro or a filter of ours made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from jinja2 import BaseLoader, ChainableUndefined, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer
from msgspec import json as _json

from engine.alerts.budget import LONGEST_SOURCE, Budget, Exceeded, Paced
from engine.model import Ref
from engine.values import text_of

__all__ = ["Safe", "Sandbox", "plain", "shown"]


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
_FILTERS = {
    "abs", "capitalize", "count", "d", "default", "dictsort", "filesizeformat", "float", "groupby", "int",
    "items", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select",
    "selectattr", "sort", "sum", "title", "trim", "unique", "upper", "urlencode",
}  # fmt: skip
"""Jinja's own that neither take nor make much; center, indent, format, batch and the like can fill the memory."""

_FOR_NOTHING = {"default", "d"}
_CALLED = (TemplateModule, TemplateReference, LoopContext)
_FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.FilterBlock: "{% filter %} has no place here: use the filter on the value",
    nodes.AssignBlock: "{% set %} … {% endset %} has no place here: use a {% macro %}",
    nodes.ScopedEvalContextModifier: "{% autoescape %} has no place here: everything is escaped for its destination",
}


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for one dialect.

    escape  text -> text that the destination shows as such
    strict  names that nothing has are errors; else they are empty
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(
        self,
        loader: BaseLoader,
        escape: Callable[[str], str],
        strict: bool = False,
    ) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined if strict else ChainableUndefined,
            finalize=self._finalized,
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,
            auto_reload=False,
        )
        self.budget = Budget()
        self._escape = escape
        self._largest = 0
        known = {name: self.filters[name] for name in _FILTERS}
        known |= {"string": self._string, "join": self._join, "replace": self._replace, "round": _rounded}
        known |= {"first": _first, "last": lambda values: _first(reversed(list(values or ())))}
        self.filters.clear()
        self.add(known)
        self.filters |= {"_paced": self._pace, "_weighed": self._weighed, "_glued": self._glue}
        self.tests = {name: one for name, one in self.tests.items() if name in _TESTS}
        self.globals.clear()
        self.globals.update(range=self._range, namespace=Namespace)

    def add(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        """Give templates more filters, each paid for; what one gives as `Safe` is not escaped."""
        self.filters |= {name: self._paying(one, name in _FOR_NOTHING) for name, one in filters.items()}

    # compiling

    def compile(self, source: Any, name: Any = None, filename: Any = None, *args: Any, **options: Any) -> Any:
        """Compile a template; raises TemplateSyntaxError for what has no place in one, too."""
        if isinstance(source, str):
            if len(source) > LONGEST_SOURCE:
                raise TemplateSyntaxError(
                    f"the template has more than {LONGEST_SOURCE:,} characters", 1, name, filename
                )
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
        if not callable(value) or isinstance(value, Undefined):
            return True
        return isinstance(obj, _CALLED) or (isinstance(obj, str) and attr in _METHODS)

    def wrap_str_format(self, value: Any) -> None:
        """No `"…".format()`: it pads to any width."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of an object of a log always its key: `fields.items` is what the log says, and no method."""
        return self.getitem(obj, attribute) if isinstance(obj, dict) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What a log does not have is empty and no fault of the template: nobody knows what it may have."""
        if isinstance(obj, dict):
            known = isinstance(argument, (str, int, float)) and argument in obj
            return obj[argument] if known else ChainableUndefined(obj=obj, name=str(argument)[:100])
        if isinstance(obj, (list, tuple)) and isinstance(argument, int) and not -len(obj) <= argument < len(obj):
            return ChainableUndefined(name=str(argument))
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what may be called; macros and blocks have escaped what they give."""
        __self._spend_source()
        for one in (getattr(__obj, "__self__", None), *args, *kwargs.values()):
            __self.budget.weigh(one)
        result = super().call(__context, __obj, *args, **kwargs)
        return Safe(result) if isinstance(__obj, (Macro, BlockReference)) else result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate, when the result is of a reasonable size."""
        self._afford(operator, left, right)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self._glue([left, right])
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
        elif operator == "+" and _grows(left) and _grows(right):
            self.budget.text(len(left) + len(right))
        elif operator == "*" and _grows(left) != _grows(right) and isinstance(left if _grows(right) else right, int):
            times, what = (right, left) if _grows(left) else (left, right)
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
            str(items)  # raises where the name is one that nothing has
            return ()
        return Paced(items, self.budget, weight) if isinstance(items, Iterable) else items

    def _glue(self, members: Iterable[Any], between: str = "") -> str:
        """Members side by side; where one of them is safe, the others are escaped and all of it is."""
        texts = [member if type(member) is Safe else shown(member, self.budget) for member in members]
        safe = any(type(text) is Safe for text in (*texts, between))
        if safe:
            texts = [text if type(text) is Safe else self._escape(text) for text in texts]
            between = between if type(between) is Safe else self._escape(between)
        self.budget.text(sum(map(len, texts)) + len(between) * len(texts))
        joined = between.join(texts)
        return Safe(joined) if safe else joined

    def _join(self, members: Any, between: str = "") -> str:
        return self._glue(self._pace(members, 1), between if type(between) is Safe else shown(between, self.budget))

    def _string(self, value: Any) -> str:
        return value if type(value) is Safe else shown(value, self.budget)

    def _replace(self, value: Any, old: str, new: str) -> str:
        text = shown(value, self.budget)
        self.budget.text(len(text) + text.count(old) * len(new))
        return text.replace(old, new)

    def _weighed(self, value: Any) -> Any:
        return self.budget.weigh(value)

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        if len(found) > 10_000:
            raise Exceeded("the template counts further than 10,000")
        return found

    def _paying(self, one: Callable[..., Any], takes_nothing: bool) -> Callable[..., Any]:
        """A filter that is paid for by what it takes and what it gives; it does not hide names that nothing has."""

        def paid(*args: Any, **options: Any) -> Any:
            for value in (*args, *options.values()):
                if isinstance(value, StrictUndefined) and not takes_nothing:
                    str(value)  # raises
                if isinstance(value, (str, list, tuple, dict)):
                    self.budget.weigh(value)
            result = one(*args, **options)
            if isinstance(result, str):
                self.budget.text(len(result))
            return self.budget.weigh(result) if isinstance(result, (list, tuple, dict)) else result

        if hasattr(one, "jinja_pass_arg"):
            paid.jinja_pass_arg = one.jinja_pass_arg  # type: ignore[attr-defined]
        return paid

    def _spend_source(self) -> None:
        """A call or an include writes no more than there stands in a template."""
        self.budget.spend(1 + self._largest // 64)


class _Bounded(NodeTransformer):
    """Rewrites what can repeat or grow without a call, so that it is paid for."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        written = sum(len(data.data) for part in node.body for data in _data(part))
        node.iter = _filter(node.iter, "_paced", 1 + written // 64)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "_glued")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _filter(node.expr, "_weighed")
        for operand in node.ops:
            operand.expr = _filter(operand.expr, "_weighed")
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        self.generic_visit(node)
        node.node = _filter(node.node, "_weighed")
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, "_weighed")
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "_weighed")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "_weighed")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "_weighed") if node.ctx == "load" else node


def _filter(node: nodes.Node, name: str, *arguments: int) -> nodes.Filter:
    made = nodes.Filter(node, name, [nodes.Const(one) for one in arguments], [], None, None)
    return made.set_lineno(node.lineno)  # type: ignore[return-value]


def _data(node: nodes.Node) -> Iterable[nodes.TemplateData]:
    return [node] if isinstance(node, nodes.TemplateData) else node.find_all(nodes.TemplateData)


def _refuse(tree: nodes.Template, name: str | None, filename: str | None) -> None:
    """Say what has no place in a template, before it is compiled."""
    for node in tree.find_all((nodes.For, nodes.FilterBlock, nodes.AssignBlock, nodes.ScopedEvalContextModifier)):
        fault = _FORBIDDEN.get(type(node))
        if isinstance(node, nodes.For) and node.recursive:
            fault = "a loop cannot be recursive here"
        if fault:
            raise TemplateSyntaxError(fault, node.lineno, name, filename)


def shown(value: Any, budget: Budget) -> str:
    """A value as text, as JSON writes it; null and what is not there are empty.

    Raises Exceeded for what is too large, TypeError for what is no data.
    """
    if isinstance(value, Undefined):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, (list, tuple, dict)):
        return _json.encode(plain(budget.weigh(value))).decode()
    text = str(value) if isinstance(value, str) else text_of(value)
    if text is None:
        raise TypeError(f"{type(value).__name__} cannot be written out")
    return text


def plain(value: Any) -> Any:
    """Data that JSON takes: every name a text, every text valid, every number one that is written."""
    if isinstance(value, dict):
        return {str(name).encode("utf-8", "backslashreplace").decode(): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, int) and value.bit_length() > 64:
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _bits(number: float) -> int:
    return number.bit_length() if isinstance(number, int) else 64


def _grows(value: Any) -> bool:
    return isinstance(value, (str, list, tuple))


def _first(values: Any) -> Any:
    return next(iter(values or ()), ChainableUndefined(name="first"))


def _rounded(value: Any, precision: int = 0) -> float:
    return round(float(value), max(-15, min(15, int(precision))))
