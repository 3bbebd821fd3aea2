"""From somebody's JSON, table or CSV to rows, by a description instead of code.

``{"rows": "data.policies", "fields": {"key": "id", "title": "product.name", "kind": {"const": "insurance"},
"amount": "premium", "ends": "valid_to", "status": {"path": "state", "words": {"A": "active"}}}, "as_of": "generated"}``

A path has dots; a number in it is a place in a list. ``const`` is always the same; ``words`` translates values;
``divide`` divides an amount (agorot: 100); ``by_language`` takes the subject's language from a {language: text}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from kesher.language import digits
from kesher.records.base import MAX_ROWS, Reading, Row, SourceError, sound_row

FIELDS = frozenset(Row.__slots__)
AMOUNT = re.compile(r"-?\d+(\.\d+)?")
DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
HERE = ZoneInfo("Asia/Jerusalem")
ABSENT: Any = None


def at(data: Any, path: str) -> Any:
    """What lies at a dotted path, or None. A mapping's own key with a dot in it (a CSV's column) is found first."""
    if isinstance(data, Mapping) and path in data:
        return data[path]
    for step in path.split(".") if path else ():
        if isinstance(data, Mapping):
            data = data.get(step, ABSENT)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return ABSENT
    return data


def amount_of(value: Any) -> Decimal | None:
    """An amount as people and machines write it: 1234.5, "1,234.50 ₪", "−12". None for nothing; SourceError for what is
    none. A comma parts thousands, as in Israel."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise SourceError("an amount that is none", code="garbage")
    text = re.sub(r"[\s,٬₪$€\u200e\u200f\u00a0]|ILS|NIS|ש״ח|ש\"ח", "", str(value)).replace("−", "-").replace("٫", ".")
    if not AMOUNT.fullmatch(text):
        raise SourceError("an amount that is none", code="garbage")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise SourceError("an amount that is none", code="garbage") from None


def day_of(value: Any) -> date | None:
    """A day: ISO 8601 (a time with a zone is taken to the agency's place), 31/12/2026, 20261231 or a date. None for
    nothing; SourceError for what is none."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(HERE).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        if found := DAY_FIRST.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return day_of(datetime.fromisoformat(text))
    except ValueError:
        raise SourceError("a day that is none", code="garbage") from None


def moment_of(value: Any) -> datetime | None:
    """A moment with a zone (none given: UTC); None for nothing or what is none: it is only a help to the reader."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**11:
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def value_of(item: Any, rule: Any, lang: str) -> Any:
    """One field of one item, by its rule."""
    if isinstance(rule, str):
        return by_language(at(item, rule), lang)
    if not isinstance(rule, Mapping):
        raise SourceError("a rule that is none", code="settings")
    if "const" in rule:
        return by_language(rule["const"], lang)
    value = at(item, str(rule.get("path", "")))
    words = rule.get("words")
    if isinstance(words, Mapping) and not isinstance(value, dict | list):
        value = words.get(str(value), words.get("*", value))
    return by_language(value, lang)


def by_language(value: Any, lang: str) -> Any:
    """The reader's language of a {language: text}; else Hebrew, else any."""
    if isinstance(value, Mapping):
        return value.get(lang) or value.get("he") or next(iter(value.values()), "")
    return value


def row_of(item: Any, rules: Mapping[str, Any], lang: str) -> Row:
    """One row. Raises SourceError where a rule's value is not what the field holds."""
    found: dict[str, Any] = {}
    for name, rule in rules.items():
        value = value_of(item, rule, lang)
        if name == "amount":
            amount = amount_of(value)
            share = Decimal(str(rule.get("divide", 1))) if isinstance(rule, Mapping) else Decimal(1)
            found[name] = None if amount is None else amount / share
        elif name in ("due", "starts", "ends"):
            found[name] = day_of(value)
        elif isinstance(value, dict | list):
            raise SourceError(f"{name}: a text that is none", code="garbage")
        else:
            found[name] = "" if value is None else str(value)
    for name in ("currency", "kind"):
        if not found.get(name):
            found.pop(name, None)
    return Row(**{"key": "", "title": "", **found})


def check_rules(rules: Any) -> str:
    """What is wrong with a description of fields, or ""."""
    if not isinstance(rules, Mapping):
        return "fields: {name: path}"
    if unknown := set(rules) - FIELDS:
        return f"no such field: {', '.join(sorted(map(str, unknown)))}"
    return "" if {"key", "title"} <= set(rules) else "key and title are needed"


def reading_of(data: Any, settings: Mapping[str, Any], lang: str) -> Reading:
    """Everything in an answer. A single broken item costs that item, and the reader is told that one is missing; where
    nothing can be read, it is garbage. Raises SourceError."""
    items = at(data, str(settings.get("rows", "")))
    if isinstance(items, Mapping) and not settings.get("rows"):
        items = [items]
    if not isinstance(items, list):
        raise SourceError("no list of rows where it should be", code="garbage")
    return rows_of(items, settings, lang, as_of=moment_of(at(data, str(settings.get("as_of") or "-"))))


def rows_of(items: Iterable[Any], settings: Mapping[str, Any], lang: str, *, as_of: datetime | None = None) -> Reading:
    """The same from items at hand."""
    rules = settings.get("fields")
    if problem := check_rules(rules):
        raise SourceError(problem, code="settings")
    assert isinstance(rules, Mapping)
    limit = min(int(settings.get("limit", MAX_ROWS)), MAX_ROWS)
    return gathered(items, lambda item: row_of(item, rules, lang), limit=limit, as_of=as_of)


def gathered(
    items: Iterable[Any], make: Callable[[Any], Row], *, limit: int = MAX_ROWS, as_of: datetime | None = None
) -> Reading:
    """A row of each item, as far as ``make`` can make one that may be shown: what is broken, or has a key that was
    there already, costs itself, and how many is told. Raises SourceError where nothing could be read."""
    rows: dict[str, Row] = {}
    broken = more = 0
    for item in items:
        if len(rows) >= limit:
            more += 1
            continue
        try:
            row = sound_row(make(item))
        except SourceError as error:
            if error.code == "settings":
                raise
            broken += 1
            continue
        broken += row.key in rows
        rows.setdefault(row.key, row)
    if broken and not rows:
        raise SourceError(f"none of {broken} rows could be read", code="garbage")
    missing = ([f"{broken}"] if broken else []) + ([f"{more}"] if more else [])
    return Reading(tuple(rows.values()), tuple(missing), as_of)


def plain(address: str, scheme: str = "") -> str:
    """An address as systems write it, made one: 050-555-0142 and +972505550142 are the same. Of a person's number, and
    of what a national login calls him, every letter and every nought counts."""
    if scheme not in ("", "tel", "mailto"):
        return number_of(address)
    if "@" in address:
        return address.strip().lower()
    figures = re.sub(r"\D", "", address)
    return re.sub(r"^(972|0)", "", figures)


def number_of(text: str) -> str:
    """A person's number, however it is written: without spaces and hyphens, in capitals, its figures 0 to 9."""
    return re.sub(r"[\s\-\u2010-\u2015\u200e\u200f]", "", digits(text)).upper()
