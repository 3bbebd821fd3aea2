"""What only shows when everything lies side by side: paid twice, ending soon, missing, overdue, overlapping.

Pure functions over rows and a day. Two rows are about the same thing where their kind and their branch are the same;
where a source knows no branches, where their titles have the same words in any form and order, whoever provides them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from itertools import combinations
from typing import Literal

from kesher.language import lemma, normalise, script_of, words
from kesher.language.stemming import english_stem, russian_stem
from kesher.records.base import Row

Kind = Literal["overdue", "missing", "duplicate", "expiring", "overlapping"]
ORDER: tuple[Kind, ...] = ("overdue", "missing", "duplicate", "expiring", "overlapping")

COVERS = frozenset(("insurance", "permit", "benefit"))  # they hold from a day to a day, and one at a time is enough
PAID = frozenset(("bill", "fine"))
BACK = frozenset(("loan", "booking"))
OVER = frozenset(("ended", "paid"))
# Words of the kind, not of the thing: every insurer's title has them, or not.
FILLERS = (
    *("ביטוח", "פוליסה", "פוליסת", "פוליסות", "כיסוי", "תוכנית", "תכנית", "תעודת", "הסדר"),
    *("تأمين", "التأمين", "بوليصة", "وثيقة", "تغطية"),
    *("страхование", "страховка", "страховой", "полис", "покрытие"),
    *("insurance", "policy", "policies", "cover", "coverage", "plan"),
)
ENDS_SOON = timedelta(days=30)
DUE_SOON = timedelta(days=7)
LATELY = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Held:
    """A row and the source that has it."""

    source: str
    row: Row

    @property
    def anchor(self) -> str:
        return f"{self.source}:{self.row.key}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing, with the rows that it is about (each is in one finding of a kind at most)."""

    kind: Kind
    held: tuple[Held, ...]
    day: date | None = None

    @property
    def amount(self) -> Decimal | None:
        """What the rows come to together, where all say an amount in one currency."""
        amounts = [item.row.amount for item in self.held]
        if len({item.row.currency for item in self.held}) != 1:
            return None
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def findings(held: Iterable[Held], today: date) -> list[Finding]:
    """All of them, the most pressing kind first, within a kind by day."""
    rows = list(held)
    found = [*overdue(rows, today), *missing(rows, today), *expiring(rows, today), *together(rows, today)]
    return sorted(found, key=lambda one: (ORDER.index(one.kind), one.day or date.max))


def overdue(rows: Sequence[Held], today: date) -> list[Finding]:
    """To be paid, or brought back, before today."""
    late = [one for one in rows if is_late(one.row, today)]
    return [Finding("overdue", (one,), one.row.due) for one in late]


def is_late(row: Row, today: date) -> bool:
    if row.status in OVER or row.kind not in PAID | BACK:
        return False
    return row.status == "overdue" or (row.due is not None and row.due < today)


def missing(rows: Sequence[Held], today: date) -> list[Finding]:
    """What a source says is missing; and what ended lately with nothing behind it."""
    said = [Finding("missing", (one,), one.row.due) for one in rows if one.row.status == "missing"]
    ended = [one for one in rows if one.row.kind in COVERS and ended_lately(one.row, today)]
    return said + [Finding("missing", (one,), one.row.ends) for one in ended if not followed(one, rows, today)]


def ended_lately(row: Row, today: date) -> bool:
    return row.ends is not None and today - LATELY <= row.ends < today and row.status != "missing"


def followed(one: Held, rows: Sequence[Held], today: date) -> bool:
    """Is there another of the same that holds today, or takes over when this one ends?"""
    end = max(one.row.ends or today, today)
    return any(
        other is not one
        and subject(other.row) == subject(one.row)
        and other.row.status not in OVER
        and (other.row.ends is None or other.row.ends > end)
        and (other.row.starts is None or other.row.starts <= end + timedelta(days=1))
        for other in rows
    )


def expiring(rows: Sequence[Held], today: date) -> list[Finding]:
    """What ends within a month with nothing behind it; what is to be paid or brought back within a week."""
    found = []
    for one in rows:
        row = one.row
        if row.status in OVER or row.status == "missing":
            continue
        ends = row.ends is not None and today <= row.ends <= today + ENDS_SOON
        if row.kind in COVERS and ends and not followed(one, rows, today):
            found.append(Finding("expiring", (one,), row.ends))
        due = row.due is not None and today <= row.due <= today + DUE_SOON
        if row.kind in PAID | BACK and due and row.status != "overdue":
            found.append(Finding("expiring", (one,), row.due))
    return found


def together(rows: Sequence[Held], today: date) -> list[Finding]:
    """The same twice: cover that holds today more than once, or one bill in two places; and cover that will be doubled
    for a time."""
    groups: dict[tuple[str, ...], list[Held]] = defaultdict(list)
    now = [one for one in rows if one.row.status not in OVER and one.row.status != "missing"]
    for one, group in zip(now, groups_of(now), strict=True):
        groups[group].append(one)
    found = []
    for same in groups.values():
        if same[0].row.kind in PAID:
            found += [Finding("duplicate", tuple(same), same[0].row.due)] if len(same) > 1 else []
        elif same[0].row.kind in COVERS:
            found += covers(same, today)
    return found


def covers(group: Sequence[Held], today: date) -> list[Finding]:
    now = tuple(one for one in group if holds(one.row, today))
    if len(now) > 1:
        return [Finding("duplicate", now)]
    ahead = [one for one in group if one.row.ends is None or one.row.ends >= today]
    pairs = [pair for pair in combinations(ahead, 2) if meet(pair[0].row, pair[1].row)]
    return [Finding("overlapping", pair, later(pair)) for pair in pairs]


def holds(row: Row, day: date) -> bool:
    return (row.starts is None or row.starts <= day) and (row.ends is None or row.ends >= day)


def meet(one: Row, other: Row) -> bool:
    """Is there more than a single day on which both hold?"""
    starts = max(one.starts or date.min, other.starts or date.min)
    ends = min(one.ends or date.max, other.ends or date.max)
    return starts < ends


def later(pair: tuple[Held, Held]) -> date:
    return max(one.row.starts or date.min for one in pair)


def groups_of(rows: Sequence[Held]) -> list[tuple[str, ...]]:
    """The group of each row, in their order. What one source lists twice to be paid is two things however alike they
    are, so its second is only like another source's second."""
    found: dict[Held, tuple[str, ...]] = {}
    listed: Counter[tuple[str, ...]] = Counter()
    for one in sorted(rows, key=lambda held: (held.source, held.row.key)):
        group = group_of(one.row)
        if one.row.kind in PAID:
            place = (one.source, *group)
            group = (*group, str(listed[place]))
            listed[place] += 1
        found[one] = group
    return [found[one] for one in rows]


def group_of(row: Row) -> tuple[str, ...]:
    """Rows with the same group may be the same thing. A number may be the contract's, on every bill of it: the day
    tells one from the next. A bill without a number is only like another that is alike in everything."""
    if row.kind in PAID:
        if row.number:
            return (row.kind, "number", row.number, str(row.amount), str(row.due))
        return (row.kind, "alike", *subject(row)[1:], str(row.amount), str(row.due), row.provider, row.key)
    return subject(row)


def subject(row: Row) -> tuple[str, ...]:
    """What a row is about: its kind, and its branch; else the words of its title, each in one form, without the
    provider's name and what any title of its kind may have."""
    if row.branch:
        return (row.kind, "branch", normalise(row.branch))
    said, names = plain(row.title), plain(row.provider)
    return (row.kind, *sorted(said - fillers() - names or said))


@lru_cache(maxsize=4096)
def plain(text: str) -> frozenset[str]:
    """The words of a text, each in one form."""
    return frozenset(map(form_of, words(text)))


def form_of(word: str) -> str:
    """Hebrew by its dictionary, which knows the particles before a word; the others by their endings, since their
    dictionaries are large and somebody waits for his page."""
    match script_of(word):
        case "he":
            return lemma(word, "he")
        case "ru":
            return russian_stem(word)
        case "en":
            return english_stem(word)
        case _:
            return word.removeprefix("ال")


@cache
def fillers() -> frozenset[str]:
    return frozenset(form_of(normalise(word)) for word in FILLERS)


def owed(held: Iterable[Held]) -> tuple[Decimal, list[Held]]:
    """What is to be paid in the agency's own money: (the sum, its rows by due day). A bill in two sources is owed
    once."""
    rows = [one for one in held if one.row.kind in PAID and one.row.status not in OVER and (one.row.amount or 0) > 0]
    ours = [one for one in reversed(rows) if one.row.currency == "ILS"]
    once = dict(zip(groups_of(ours), ours, strict=True))
    found = sorted(once.values(), key=lambda one: one.row.due or date.max)
    return sum((one.row.amount or Decimal(0) for one in found), Decimal(0)), found
