"""A small sum, as editors write it: ``children * 910 - min(income, 3000) / 10``. Numbers, names, + - * / ( ), min, max,
round.

Read by descent into nested tuples, reckoned with decimals; nothing of Python's own evaluation is in reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, Final

from django.utils.translation import gettext as _

LONGEST: Final = 200
DEEPEST: Final = 20
MOST: Final = Decimal(10) ** 12
_TOKEN: Final = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z][a-z0-9_]*)|([-+*/(),]))")

Tree = tuple[Any, ...]  # (kind, what it is made of …)


class BadFormula(ValueError):
    """A formula that cannot be read or reckoned; the message is for its editor."""


def half_up(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)


FUNCTIONS: Final[Mapping[str, tuple[int, Callable[..., Decimal]]]] = {
    "min": (2, min),
    "max": (2, max),
    "round": (1, half_up),
}


def tokens(text: str) -> list[str]:
    """Raises BadFormula for what is too long or no part of a formula."""
    if len(text) > LONGEST:
        raise BadFormula(_("A formula has at most %(most)d characters.") % {"most": LONGEST})
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFormula(_("Not understood: “%(part)s”.") % {"part": text[at : at + 12].strip()})
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    """Reads tokens from the left; each method takes one layer of the grammar."""

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = list(parts)
        self.depth = 0

    def next(self) -> str:
        return self.parts[0] if self.parts else ""

    def take(self, wanted: str = "") -> str:
        if not self.parts or (wanted and self.parts[0] != wanted):
            raise BadFormula(_("Something is missing: “%(what)s”.") % {"what": wanted or _("a number or a name")})
        return self.parts.pop(0)

    def sum(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadFormula(_("Too many brackets inside one another."))
        left = self.product()
        while self.next() in ("+", "-"):
            left = (self.take(), left, self.product())
        self.depth -= 1
        return left

    def product(self) -> Tree:
        left = self.single()
        while self.next() in ("*", "/"):
            left = (self.take(), left, self.single())
        return left

    def single(self) -> Tree:
        part = self.take()
        if part == "(":
            inner = self.sum()
            self.take(")")
            return inner
        if part == "-":
            return ("-", ("number", Decimal(0)), self.single())
        if part[0].isdecimal():
            return ("number", Decimal(part))
        if part in FUNCTIONS:
            return self.call(part)
        if part[0].isalpha():
            return ("name", part)
        raise BadFormula(_("Not understood: “%(part)s”.") % {"part": part})

    def call(self, name: str) -> Tree:
        self.take("(")
        inside: list[Tree] = [self.sum()]
        while self.next() == ",":
            self.take()
            inside.append(self.sum())
        self.take(")")
        if len(inside) != FUNCTIONS[name][0]:
            raise BadFormula(_("%(name)s takes %(count)d values.") % {"name": name, "count": FUNCTIONS[name][0]})
        return (name, *inside)


def parsed(text: str) -> Tree:
    """The formula as nested tuples. Raises BadFormula."""
    reader = _Reader(tokens(text))
    tree = reader.sum()
    if reader.parts:
        raise BadFormula(_("Not understood: “%(part)s”.") % {"part": reader.next()})
    return tree


def names_in(tree: Tree) -> set[str]:
    """The names that a formula asks for."""
    if tree[0] == "name":
        return {str(tree[1])}
    return {name for part in tree[1:] if isinstance(part, tuple) for name in names_in(part)}


def reckoned(tree: Tree, values: Mapping[str, Decimal]) -> Decimal:
    """The value; a name without one is 0 (a question that was not asked). Raises BadFormula where it has none."""
    try:
        found = _value(tree, values)
    except DecimalException as error:
        raise BadFormula(_("This cannot be reckoned: it divides by zero.")) from error
    if not found.is_finite() or abs(found) > MOST:
        raise BadFormula(_("The outcome is too large."))
    return found


def _value(tree: Tree, values: Mapping[str, Decimal]) -> Decimal:
    kind = tree[0]
    if kind == "number":
        return Decimal(tree[1])
    if kind == "name":
        return values.get(str(tree[1]), Decimal(0))
    inside = [_value(part, values) for part in tree[1:] if isinstance(part, tuple)]
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
