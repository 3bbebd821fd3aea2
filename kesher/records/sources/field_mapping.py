"""Map another system's JSON, table or CSV to record rows, by a description instead of code.

``{"rows": "data.policies", "fields": {"key": "id", "title": "product.name", "kind": {"const": "insurance"}, "amount":
"premium", "ends": "valid_to", "status": {"path": "state", "words": {"A": "active"}}}, "as_of": "generated"}``

A path has dots; a number in it is a place in a list. ``const`` is a fixed value; ``words`` translates values;
``divide`` divides an amount (agorot: 100); the subject's language is chosen from a {language: text}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from kesher.language import digits
from kesher.records.sources.base import MAX_ROWS, Reading, Row, SourceError, check_row

FIELDS = frozenset(Row.__slots__)
AMOUNT = re.compile(r"-?\d+(\.\d+)?")
DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
AGENCY_ZONE = ZoneInfo("Asia/Jerusalem")
ABSENT: Any = None


def value_at(data: Any, path: str) -> Any:
    """Return the value at a dotted path ("a.b.0") in parsed JSON, or None. A key with a dot itself is found first."""
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


def parse_amount(value: Any) -> Decimal | None:
    """Return an amount (1234.5, "1,234.50 ₪", "−12") as a Decimal, None for an empty value. Raise SourceError.

    A comma separates thousands, as in Israel.
    """
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


def parse_day(value: Any) -> date | None:
    """Return a source's date in one of several formats, None for an empty value. Raise SourceError.

    It may be ISO 8601 (a time with a zone is converted to the agency's), 31/12/2026, 20261231 or a date.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(AGENCY_ZONE).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        if found := DAY_FIRST.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return parse_day(datetime.fromisoformat(text))
    except ValueError:
        raise SourceError("a day that is none", code="garbage") from None


def parse_moment(value: Any) -> datetime | None:
    """Return a source's date and time with a time zone (by default UTC), or None for anything else.

    It only informs the reader, so a wrong one is no error.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**11:
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def apply_rule(item: Any, rule: Any, lang: str) -> Any:
    """Return the value of one field from a source's item, by its rule (a path, a constant, a word list)."""
    if isinstance(rule, str):
        return pick_language(value_at(item, rule), lang)
    if not isinstance(rule, Mapping):
        raise SourceError("a rule that is none", code="settings")
    if "const" in rule:
        return pick_language(rule["const"], lang)
    value = value_at(item, str(rule.get("path", "")))
    words = rule.get("words")
    if isinstance(words, Mapping) and not isinstance(value, dict | list):
        value = words.get(str(value), words.get("*", value))
    return pick_language(value, lang)


def pick_language(value: Any, lang: str) -> Any:
    """Return the reader's language of a {language: text}, else Hebrew, else any."""
    if isinstance(value, Mapping):
        return value.get(lang) or value.get("he") or next(iter(value.values()), "")
    return value


def map_row(item: Any, rules: Mapping[str, Any], lang: str) -> Row:
    """Return a source's item as a row of records, by the rules of its fields. Raise SourceError if one does not fit."""
    found: dict[str, Any] = {}
    for name, rule in rules.items():
        value = apply_rule(item, rule, lang)
        if name == "amount":
            amount = parse_amount(value)
            share = Decimal(str(rule.get("divide", 1))) if isinstance(rule, Mapping) else Decimal(1)
            found[name] = None if amount is None else amount / share
        elif name in ("due", "starts", "ends"):
            found[name] = parse_day(value)
        elif isinstance(value, dict | list):
            raise SourceError(f"{name}: a text that is none", code="garbage")
        else:
            found[name] = "" if value is None else str(value)
    for name in ("currency", "kind"):
        if not found.get(name):
            found.pop(name, None)
    return Row(**{"key": "", "title": "", **found})


def check_rules(rules: Any) -> str:
    """Return what is wrong with a source's rules for fields, in words; "" if nothing."""
    if not isinstance(rules, Mapping):
        return "fields: {name: path}"
    if unknown := set(rules) - FIELDS:
        return f"no such field: {', '.join(sorted(map(str, unknown)))}"
    return "" if {"key", "title"} <= set(rules) else "key and title are needed"


def map_reading(data: Any, settings: Mapping[str, Any], lang: str) -> Reading:
    """Return all rows in a source's parsed answer, by its settings. Raise SourceError if nothing can be read.

    A broken item is left out, and the reading says how many are missing.
    """
    items = value_at(data, str(settings.get("rows", "")))
    if isinstance(items, Mapping) and not settings.get("rows"):
        items = [items]
    if not isinstance(items, list):
        raise SourceError("no list of rows where it should be", code="garbage")
    return map_rows(items, settings, lang, as_of=parse_moment(value_at(data, str(settings.get("as_of") or "-"))))


def map_rows(items: Iterable[Any], settings: Mapping[str, Any], lang: str, *, as_of: datetime | None = None) -> Reading:
    """Return a reading with these items of a source as rows, by the rules in its settings."""
    rules = settings.get("fields")
    if problem := check_rules(rules):
        raise SourceError(problem, code="settings")
    assert isinstance(rules, Mapping)
    limit = min(int(settings.get("limit", MAX_ROWS)), MAX_ROWS)
    return collect_rows(items, lambda item: map_row(item, rules, lang), limit=limit, as_of=as_of)


def collect_rows(
    items: Iterable[Any], make: Callable[[Any], Row], *, limit: int = MAX_ROWS, as_of: datetime | None = None
) -> Reading:
    """Return a reading with a row of each item, made by ``make``. Raise SourceError if nothing can be read.

    Broken items and repeated keys are left out; the reading says how many, and how many exceed the limit.
    """
    rows: dict[str, Row] = {}
    broken = more = 0
    for item in items:
        if len(rows) >= limit:
            more += 1
            continue
        try:
            row = check_row(make(item))
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


def normalise_address(address: str, scheme: str = "") -> str:
    """Return an address in one spelling, to compare: 050-555-0142 and +972505550142 are equal.

    Of identity numbers and national logins every letter and leading zero counts.
    """
    if scheme not in ("", "tel", "mailto"):
        return normalise_number(address)
    if "@" in address:
        return address.strip().lower()
    figures = re.sub(r"\D", "", address)
    return re.sub(r"^(972|0)", "", figures)


def normalise_number(text: str) -> str:
    """Return an identity number without spaces and hyphens, in capitals, with digits 0 to 9."""
    return re.sub(r"[\s\-\u2010-\u2015\u200e\u200f]", "", digits(text)).upper()
