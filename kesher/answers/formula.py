"""Parse and evaluate an editor's arithmetic formula: ``children * 910 - min(income, 3000) / 10``.

Numbers, names, + - * / ( ), min, max, round. A recursive-descent parser makes nested tuples, evaluated with decimals;
Python's own evaluation is not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, Final

from django.utils.translation import gettext as _

LENGTH_MAX: Final = 200
DEPTH_MAX: Final = 20
VALUE_MAX: Final = Decimal(10) ** 12
_TOKEN: Final = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z][a-z0-9_]*)|([-+*/(),]))")

Tree = tuple[Any, ...]  # (kind, operand, …)


class BadFormula(ValueError):
    """A formula that cannot be parsed or evaluated; the message is for its editor."""


def round_half_up(value: Decimal) -> Decimal:
    """Return the nearest whole number (the formula function "round"); a half is rounded away from zero."""
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)


FUNCTIONS: Final[Mapping[str, tuple[int, Callable[..., Decimal]]]] = {
    "min": (2, min),
    "max": (2, max),
    "round": (1, round_half_up),
}


def tokenize(text: str) -> list[str]:
    """Return the tokens (numbers, names, signs) of a formula. Raise BadFormula for anything else, or if too long."""
    if len(text) > LENGTH_MAX:
        raise BadFormula(_("A formula has at most %(most)d characters.") % {"most": LENGTH_MAX})
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFormula(_("Not understood: “%(part)s”.") % {"part": text[at : at + 12].strip()})
        found.append(match[0].strip())
        at = match.end()
    return found


class _Parser:
    """A recursive-descent parser: each method takes one level of the grammar."""

    def __init__(self, parts: Sequence[str]) -> None:
        """Start at the first of these tokens."""
        self.parts = list(parts)
        self.depth = 0

    def peek(self) -> str:
        """Return the formula's next token without taking it, "" at the end."""
        return self.parts[0] if self.parts else ""

    def take(self, wanted: str = "") -> str:
        """Remove the next token and return it. Raise BadFormula at the end, or unless it is ``wanted``."""
        if not self.parts or (wanted and self.parts[0] != wanted):
            raise BadFormula(_("Something is missing: “%(what)s”.") % {"what": wanted or _("a number or a name")})
        return self.parts.pop(0)

    def parse_sum(self) -> Tree:
        """Parse terms joined by + and -, and return the sum as a tree."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadFormula(_("Too many brackets inside one another."))
        left = self.parse_product()
        while self.peek() in ("+", "-"):
            left = (self.take(), left, self.parse_product())
        self.depth -= 1
        return left

    def parse_product(self) -> Tree:
        """Parse factors joined by * and /, and return the product as a tree."""
        left = self.parse_factor()
        while self.peek() in ("*", "/"):
            left = (self.take(), left, self.parse_factor())
        return left

    def parse_factor(self) -> Tree:
        """Parse a number, name, function call, negation or bracket, and return it as a tree."""
        part = self.take()
        if part == "(":
            inner = self.parse_sum()
            self.take(")")
            return inner
        if part == "-":
            return ("-", ("number", Decimal(0)), self.parse_factor())
        if part[0].isdecimal():
            return ("number", Decimal(part))
        if part in FUNCTIONS:
            return self.parse_call(part)
        if part[0].isalpha():
            return ("name", part)
        raise BadFormula(_("Not understood: “%(part)s”.") % {"part": part})

    def parse_call(self, name: str) -> Tree:
        """Parse a function's arguments in brackets, and return the call as a tree."""
        self.take("(")
        inside: list[Tree] = [self.parse_sum()]
        while self.peek() == ",":
            self.take()
            inside.append(self.parse_sum())
        self.take(")")
        if len(inside) != FUNCTIONS[name][0]:
            raise BadFormula(_("%(name)s takes %(count)d values.") % {"name": name, "count": FUNCTIONS[name][0]})
        return (name, *inside)


def parse_formula(text: str) -> Tree:
    """Return the formula as a tree of nested tuples. Raise BadFormula if it is invalid."""
    reader = _Parser(tokenize(text))
    tree = reader.parse_sum()
    if reader.parts:
        raise BadFormula(_("Not understood: “%(part)s”.") % {"part": reader.peek()})
    return tree


def find_names(tree: Tree) -> set[str]:
    """Return the variable names in a parsed formula."""
    if tree[0] == "name":
        return {str(tree[1])}
    return {name for part in tree[1:] if isinstance(part, tuple) for name in find_names(part)}


def evaluate_formula(tree: Tree, values: Mapping[str, Decimal]) -> Decimal:
    """Return the value of a parsed formula. Raise BadFormula if it has none, or is too large.

    A name without a value is 0: a question that was not asked.
    """
    try:
        found = _evaluate(tree, values)
    except DecimalException as error:
        raise BadFormula(_("This cannot be reckoned: it divides by zero.")) from error
    if not found.is_finite() or abs(found) > VALUE_MAX:
        raise BadFormula(_("The outcome is too large."))
    return found


def _evaluate(tree: Tree, values: Mapping[str, Decimal]) -> Decimal:
    """Return the value of a subtree of a parsed formula, with these values for its names."""
    kind = tree[0]
    if kind == "number":
        return Decimal(tree[1])
    if kind == "name":
        return values.get(str(tree[1]), Decimal(0))
    inside = [_evaluate(part, values) for part in tree[1:] if isinstance(part, tuple)]
    match kind:
        case "+":
            return inside[0] + inside[1]
        case "-":
            return inside[0] - inside[1]
        case "*":
            return inside[0] * inside[1]
        case "/":
            return inside[0] / inside[1]
    return FUNCTIONS[kind][1](*inside)
