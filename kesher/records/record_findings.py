"""Find what shows only across all of a person's records: duplicates, overdue, ending soon, overlapping.

Pure functions over rows and a day. Two rows are about the same thing if their kind and branch are equal or, without
branches, if their titles have the same words in any form and order, whatever the provider.
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
from kesher.records.sources.base import Row

Kind = Literal["overdue", "missing", "duplicate", "expiring", "overlapping"]
ORDER: tuple[Kind, ...] = ("overdue", "missing", "duplicate", "expiring", "overlapping")

# They are valid from a day to a day, and one at a time is enough.
COVER_KINDS = frozenset(("insurance", "permit", "benefit"))
PAYMENT_KINDS = frozenset(("bill", "fine"))
RETURN_KINDS = frozenset(("loan", "booking"))
CLOSED_STATUSES = frozenset(("ended", "paid"))
# Words that say the kind, not the thing: any insurer's title may have them.
FILLERS = (
    *("ביטוח", "פוליסה", "פוליסת", "פוליסות", "כיסוי", "תוכנית", "תכנית", "תעודת", "הסדר"),
    *("تأمين", "التأمين", "بوليصة", "وثيقة", "تغطية"),
    *("страхование", "страховка", "страховой", "полис", "покрытие"),
    *("insurance", "policy", "policies", "cover", "coverage", "plan"),
)
ENDS_SOON = timedelta(days=30)
DUE_SOON = timedelta(days=7)
RECENTLY = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row and the source that has it."""

    source: str
    row: Row

    @property
    def anchor(self) -> str:
        """Return a key of the row that is unique across sources: the source's code and the row's key."""
        return f"{self.source}:{self.row.key}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing, with the rows it is about. A row is in one finding of a kind at most."""

    kind: Kind
    held: tuple[SourceRow, ...]
    day: date | None = None

    @property
    def amount(self) -> Decimal | None:
        """Return the sum of the amounts of the finding's rows, or None unless all have one, in one currency."""
        amounts = [item.row.amount for item in self.held]
        if len({item.row.currency for item in self.held}) != 1:
            return None
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def find_insights(held: Iterable[SourceRow], today: date) -> list[Finding]:
    """Return all findings in these records (overdue, missing, expiring, duplicate), most pressing first."""
    rows = list(held)
    found = [
        *find_overdue(rows, today),
        *find_missing(rows, today),
        *find_expiring(rows, today),
        *find_duplicates(rows, today),
    ]
    return sorted(found, key=lambda one: (ORDER.index(one.kind), one.day or date.max))


def find_overdue(rows: Sequence[SourceRow], today: date) -> list[Finding]:
    """Return a finding for each payment or loan that was due before today."""
    late = [one for one in rows if is_overdue(one.row, today)]
    return [Finding("overdue", (one,), one.row.due) for one in late]


def is_overdue(row: Row, today: date) -> bool:
    """Return whether the row is an open payment or loan that was due before today."""
    if row.status in CLOSED_STATUSES or row.kind not in PAYMENT_KINDS | RETURN_KINDS:
        return False
    return row.status == "overdue" or (row.due is not None and row.due < today)


def find_missing(rows: Sequence[SourceRow], today: date) -> list[Finding]:
    """Return a finding for each row that its source reports missing, or that ended recently without a successor."""
    said = [Finding("missing", (one,), one.row.due) for one in rows if one.row.status == "missing"]
    ended = [one for one in rows if one.row.kind in COVER_KINDS and ended_recently(one.row, today)]
    return said + [Finding("missing", (one,), one.row.ends) for one in ended if not has_successor(one, rows, today)]


def ended_recently(row: Row, today: date) -> bool:
    """Return whether the row's validity ended in the last two months."""
    return row.ends is not None and today - RECENTLY <= row.ends < today and row.status != "missing"


def has_successor(one: SourceRow, rows: Sequence[SourceRow], today: date) -> bool:
    """Return whether another row about the same thing is valid today, or follows when this one ends."""
    end = max(one.row.ends or today, today)
    return any(
        other is not one
        and subject_key(other.row) == subject_key(one.row)
        and other.row.status not in CLOSED_STATUSES
        and (other.row.ends is None or other.row.ends > end)
        and (other.row.starts is None or other.row.starts <= end + timedelta(days=1))
        for other in rows
    )


def find_expiring(rows: Sequence[SourceRow], today: date) -> list[Finding]:
    """Return a finding for each row that ends within a month without a successor, or is due within a week."""
    found = []
    for one in rows:
        row = one.row
        if row.status in CLOSED_STATUSES or row.status == "missing":
            continue
        ends = row.ends is not None and today <= row.ends <= today + ENDS_SOON
        if row.kind in COVER_KINDS and ends and not has_successor(one, rows, today):
            found.append(Finding("expiring", (one,), row.ends))
        due = row.due is not None and today <= row.due <= today + DUE_SOON
        if row.kind in PAYMENT_KINDS | RETURN_KINDS and due and row.status != "overdue":
            found.append(Finding("expiring", (one,), row.due))
    return found


def find_duplicates(rows: Sequence[SourceRow], today: date) -> list[Finding]:
    """Return findings of cover (insurance) held twice today, of a bill listed twice, and of cover that will overlap."""
    groups: dict[tuple[str, ...], list[SourceRow]] = defaultdict(list)
    now = [one for one in rows if one.row.status not in CLOSED_STATUSES and one.row.status != "missing"]
    for one, group in zip(now, group_keys(now), strict=True):
        groups[group].append(one)
    found = []
    for same in groups.values():
        if same[0].row.kind in PAYMENT_KINDS:
            found += [Finding("duplicate", tuple(same), same[0].row.due)] if len(same) > 1 else []
        elif same[0].row.kind in COVER_KINDS:
            found += find_double_cover(same, today)
    return found


def find_double_cover(group: Sequence[SourceRow], today: date) -> list[Finding]:
    """Return the findings of rows that cover the same thing: held twice today, else overlapping later."""
    now = tuple(one for one in group if is_valid_on(one.row, today))
    if len(now) > 1:
        return [Finding("duplicate", now)]
    ahead = [one for one in group if one.row.ends is None or one.row.ends >= today]
    pairs = [pair for pair in combinations(ahead, 2) if periods_overlap(pair[0].row, pair[1].row)]
    return [Finding("overlapping", pair, overlap_start(pair)) for pair in pairs]


def is_valid_on(row: Row, day: date) -> bool:
    """Return whether the row is valid on this day."""
    return (row.starts is None or row.starts <= day) and (row.ends is None or row.ends >= day)


def periods_overlap(one: Row, other: Row) -> bool:
    """Return whether the validity periods of two rows share more than a single day."""
    starts = max(one.starts or date.min, other.starts or date.min)
    ends = min(one.ends or date.max, other.ends or date.max)
    return starts < ends


def overlap_start(pair: tuple[SourceRow, SourceRow]) -> date:
    """Return the first day on which both rows are valid: the later of their starts."""
    return max(one.row.starts or date.min for one in pair)


def group_keys(rows: Sequence[SourceRow]) -> list[tuple[str, ...]]:
    """Return for each row, in order, a key that is equal for rows about the same thing.

    Two equal payments in one source are two payments, so the second is only like another source's second.
    """
    found: dict[SourceRow, tuple[str, ...]] = {}
    listed: Counter[tuple[str, ...]] = Counter()
    for one in sorted(rows, key=lambda held: (held.source, held.row.key)):
        group = group_key(one.row)
        if one.row.kind in PAYMENT_KINDS:
            place = (one.source, *group)
            group = (*group, str(listed[place]))
            listed[place] += 1
        found[one] = group
    return [found[one] for one in rows]


def group_key(row: Row) -> tuple[str, ...]:
    """Return a key that is equal for rows that may be the same thing.

    A number may be the contract's, on all its bills, so the day counts, too. A bill without a number is only like one
    that is alike in everything.
    """
    if row.kind in PAYMENT_KINDS:
        if row.number:
            return (row.kind, "number", row.number, str(row.amount), str(row.due))
        return (row.kind, "alike", *subject_key(row)[1:], str(row.amount), str(row.due), row.provider, row.key)
    return subject_key(row)


def subject_key(row: Row) -> tuple[str, ...]:
    """Return what a row is about: (kind, "branch", its branch), else (kind, stems of its title).

    Without the provider's name, and without words that any title of the kind may have.
    """
    if row.branch:
        return (row.kind, "branch", normalise(row.branch))
    said, names = word_stems(row.title), word_stems(row.provider)
    return (row.kind, *sorted(said - filler_stems() - names or said))


@lru_cache(maxsize=4096)
def word_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text."""
    return frozenset(map(stem_word, words(text)))


def stem_word(word: str) -> str:
    """Return the stem of a word: in Hebrew by the dictionary, which knows particles, else by its ending.

    The other dictionaries are large, and a reader waits for the page.
    """
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
def filler_stems() -> frozenset[str]:
    """Return the stems of `FILLERS`, words that any title may have."""
    return frozenset(stem_word(normalise(word)) for word in FILLERS)


def sum_due(held: Iterable[SourceRow]) -> tuple[Decimal, list[SourceRow]]:
    """Return (sum to pay in the agency's own currency, the rows to pay by due day).

    A bill in two sources counts once.
    """
    rows = [
        one
        for one in held
        if one.row.kind in PAYMENT_KINDS and one.row.status not in CLOSED_STATUSES and (one.row.amount or 0) > 0
    ]
    ours = [one for one in reversed(rows) if one.row.currency == "ILS"]
    once = dict(zip(group_keys(ours), ours, strict=True))
    found = sorted(once.values(), key=lambda one: one.row.due or date.max)
    return sum((one.row.amount or Decimal(0) for one in found), Decimal(0)), found
