"""A condition's text -> Expr over selection names.

Own code instead of pySigma's parser, because that one misreads names that start with `not` (1.5), knows no `-` in
patterns, drops or refuses patterns without a match (the specification makes them false and true), and reports no
position. The grammar is five lines:

    or      = and { "or" and }
    and     = not { "and" not }
    not     = "not" not | primary
    primary = "(" or ")" | ("1" | "any" | "all") "of" (pattern | "them") | name
    name    = [A-Za-z0-9_-]+        pattern: the same with "*"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.load.faults import Fault, did_you_mean
from engine.rules import And, Const, Expr, Not, Or, Selection

__all__ = ["parse", "parse_all", "renamed", "unmatched", "without"]

MAX_DEPTH = 100

_TOKEN = re.compile(r"[A-Za-z0-9_*-]+|[()]|\S")
_WORD = re.compile(r"[A-Za-z0-9_*-]+").fullmatch
_QUANTIFIERS = {"1": Or, "any": Or, "all": And}
_RESERVED = frozenset(("and", "or", "not", "of"))


class _Token(NamedTuple):
    text: str
    column: int


def parse(condition: str, names: Collection[str]) -> Expr:
    """The condition as an expression over `names`, the rule's selections in their order. Raises Fault."""
    tokens = [_Token(match[0], match.start() + 1) for match in _TOKEN.finditer(condition)]
    if not tokens:
        raise Fault("the condition is empty", 'name a selection, or write "1 of them"')
    for token in tokens:
        _check(token, tokens)
    parser = _Parser(tokens, names)
    expr = parser.either(0)
    if parser.next:
        raise Fault(f'unexpected "{parser.next}" at character {parser.column} of the condition', _joining(parser.next))
    return expr


def parse_all(conditions: Sequence[str], names: Collection[str], remarks: list[Fault]) -> Expr:
    """All conditions of a rule, joined by or. Raises Fault; what is odd in them is added to the remarks."""
    parsed = []
    for index, text in enumerate(conditions):
        steps = ("detection", "condition", index) if len(conditions) > 1 else ("detection", "condition")
        try:
            parsed.append(parse(text, names))
        except Fault as fault:
            raise fault.under(*steps) from None
        remarks += [Fault(f'no selection is called "{name}"', None, steps) for name in unmatched(text, names)]
    return parsed[0] if len(parsed) == 1 else Or(tuple(parsed))


def unmatched(condition: str, names: Collection[str]) -> list[str]:
    """The patterns of a good condition that no selection has."""
    words = [match[0] for match in _TOKEN.finditer(condition)]
    return [
        word
        for quantifier, of, word in zip(words, words[1:], words[2:], strict=False)
        if quantifier in _QUANTIFIERS and of == "of" and not _select(word, names)
    ]


def without(expr: Expr, gone: Collection[str]) -> Expr | None:
    """The condition with the terms for some selections taken out of it; None if nothing stays."""
    if isinstance(expr, Selection):
        return None if expr.name in gone else expr
    if isinstance(expr, Not):
        arg = without(expr.arg, gone)
        return Not(arg) if arg is not None else None
    if isinstance(expr, (And, Or)):
        args = tuple(arg for arg in (without(arg, gone) for arg in expr.args) if arg is not None)
        if len(args) == len(expr.args):
            return expr
        return type(expr)(args) if len(args) > 1 else args[0] if args else None
    return expr


def renamed(expr: Expr, names: Mapping[str, str]) -> Expr:
    """The same condition over selections that have other names."""
    if isinstance(expr, Selection):
        return Selection(names[expr.name])
    if isinstance(expr, Not):
        return Not(renamed(expr.arg, names))
    if isinstance(expr, (And, Or)):
        return type(expr)(tuple(renamed(arg, names) for arg in expr.args))
    return expr


def _check(token: _Token, tokens: list[_Token]) -> None:
    text = token.text
    if text == "|":
        hint = "write a correlation (event_count, value_count, temporal) that refers to this rule"
        raise Fault("a condition with a pipe counts or correlates, which Sigma 2 took out of conditions", hint)
    if text not in "()" and not _WORD(text):
        raise Fault(f'"{text}" at character {token.column} means nothing in a condition', _symbol_hint(text))


def _symbol_hint(text: str) -> str | None:
    words = {"&": "and", "!": "not", ",": "or", "=": "a selection", ">": "a correlation", "<": "a correlation"}
    return f'write "{words[text]}"' if text in words else "names are made of letters, digits, _ and -"


def _joining(text: str) -> str | None:
    if text.lower() in _RESERVED and text not in _RESERVED:
        return f'write "{text.lower()}" in lower case'
    return 'join names with "and" or "or"' if text != ")" else "there is one ) too many"


class _Parser:
    """Recursive descent; one method a line of the grammar."""

    def __init__(self, tokens: list[_Token], names: Collection[str]) -> None:
        self.tokens = tokens
        self.names = names
        self.at = 0

    @property
    def next(self) -> str:
        """The token to be read, or '' at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    @property
    def column(self) -> int:
        return self.tokens[self.at].column

    def either(self, depth: int) -> Expr:
        args = [self.both(depth)]
        while self.next == "or":
            self.at += 1
            args.append(self.both(depth))
        return args[0] if len(args) == 1 else Or(tuple(args))

    def both(self, depth: int) -> Expr:
        args = [self.negation(depth)]
        while self.next == "and":
            self.at += 1
            args.append(self.negation(depth))
        return args[0] if len(args) == 1 else And(tuple(args))

    def negation(self, depth: int) -> Expr:
        negated = False
        while self.next == "not":
            self.at += 1
            negated = not negated
        arg = self.primary(depth)
        return Not(arg) if negated else arg

    def primary(self, depth: int) -> Expr:
        word = self.next
        if not word:
            raise Fault("the condition ends where a selection should follow")
        if word == "(":
            return self.parenthesis(depth)
        following = self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
        if following == "of" and word not in _RESERVED:
            return self.quantified(word)
        return self.name(word)

    def parenthesis(self, depth: int) -> Expr:
        if depth >= MAX_DEPTH:
            raise Fault(f"the condition is nested deeper than {MAX_DEPTH} levels")
        opened = self.column
        self.at += 1
        expr = self.either(depth + 1)
        if self.next != ")":
            missing = f'the "(" at character {opened} of the condition is never closed'
            raise Fault(missing if not self.next else f'unexpected "{self.next}" at character {self.column}',
                        None if not self.next else _joining(self.next))  # fmt: skip
        self.at += 1
        return expr

    def quantified(self, word: str) -> Expr:
        join = _QUANTIFIERS.get(word)
        if join is None:
            raise Fault(f'"{word} of" is not understood', 'write "1 of", "any of" or "all of"')
        self.at += 2
        pattern = self.next
        if not pattern or pattern in "()" or pattern in _RESERVED:
            raise Fault(f'"{word} of" names nothing', 'write "them", a name, or a pattern such as "selection_*"')
        self.at += 1
        found = tuple(Selection(name) for name in _select(pattern, self.names))
        if not found:
            return Const(join is And)
        if len(found) == 1:
            return found[0]
        return And(found) if join is And else Or(found)

    def name(self, word: str) -> Expr:
        if word in _RESERVED or word == ")":
            raise Fault(f'unexpected "{word}" at character {self.column} of the condition')
        if word not in self.names:
            raise self.undefined(word)
        self.at += 1
        return Selection(word)

    def undefined(self, word: str) -> Fault:
        if word.lower() in _RESERVED:
            return Fault(f'unexpected "{word}" at character {self.column}', f'write "{word.lower()}" in lower case')
        if "*" in word or word == "them":
            return Fault(f'"{word}" stands without a quantifier', f'write "1 of {word}" or "all of {word}"')
        listed = "the rule defines " + ", ".join(f'"{name}"' for name in list(self.names)[:5])
        return Fault(f'the condition names "{word}", which the rule does not define',
                     did_you_mean(word, self.names) or listed)  # fmt: skip


def _select(pattern: str, names: Iterable[str]) -> list[str]:
    """The names a pattern stands for; names with a leading _ only where the pattern has one too."""
    hidden = pattern.startswith("_")
    if pattern == "them":
        return [name for name in names if not name.startswith("_")]
    match = re.compile(".*".join(map(re.escape, pattern.split("*")))).fullmatch
    return [name for name in names if match(name) and (hidden or not name.startswith("_"))]
