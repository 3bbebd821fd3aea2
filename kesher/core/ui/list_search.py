"""Search database lists by words in any grammatical form, in Hebrew, Arabic, Russian and English.

A query is read in several ways: as typed, as prefixes of words, and as if typed on another keyboard layout. The first
way with a hit is used; one statement tries all. The comparison uses search keys (`kesher.language.search_keys`), which
are stored with each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Case, CharField, Count, IntegerField, Min, Q, Value, When
from django.utils.translation import gettext as _

from kesher.core.templatetags.ui import number as number_shown
from kesher.language import digits, keys, script_of, typed_elsewhere, words

LONGEST: Final = 80
WORDS_MOST: Final = 8
BEGINNING: Final = 3  # shorter prefixes match too many words
KEY_MAX: Final = 40
NUMBER: Final = re.compile(r"#?\s*(\d{1,8})")
# Stop words. They are ignored unless a query has no other words.
JOINTS: Final = frozenset(
    words(
        "של את על עם לא גם כל כי או אם זה זו יש אין في من على مع كل هذا هذه إلى عن и в на для не по за от с к о "
        "the of in for and to on a an is at by with"
    )
)
# Synonyms: a query for one finds the others too.
TWINS: Final = (
    ("bike", "bicycle", "cycle"),
    ("path", "lane", "trail", "track"),
    ("pavement", "sidewalk"),
    ("rubbish", "trash", "garbage", "waste"),
    ("kindergarten", "nursery", "preschool"),
    ("playground", "playpark"),
    ("lift", "elevator"),
    ("flat", "apartment"),
)

type Keys = Collection[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a query: the search keys of each word.

    If `whole` is false, a key may also be a prefix of a stored key.
    """

    text: str
    words: tuple[frozenset[str], ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    """How a model stores its search keys.

    `has` returns the condition for one of some keys (whole, or as a prefix). `number` names the field with the number
    by which people know a row.
    """

    has: Callable[[Keys, bool], Q]
    number: str


@dataclass(frozen=True, slots=True)
class Hits:
    """The result of a search: the condition of the rows, hits by tab, and the query as it was read."""

    rows: Q
    tabs: Mapping[str, int]
    text: str


def stored_keys(text: str) -> set[str]:
    """Return the search keys of a text's words, cut to the length that is stored."""
    return {key[:KEY_MAX] for key in keys(text)}


def join_keys(*texts: str) -> str:
    """Return the search keys of some texts as one searchable string: " key key "."""
    return f" {' '.join(sorted(set().union(*map(stored_keys, texts))))} "


def line_has_keys(wanted: Keys, whole: bool) -> Q:
    """Return the condition that a row's text field `search_keys` has one of these keys (not `whole`: as prefix)."""
    end = " " if whole else ""
    return match_any(Q(search_keys__contains=f" {key}{end}") for key in wanted)


def match_any(conditions: Any) -> Q:
    """Return the conditions joined with OR; without any, one that matches no row."""
    return reduce(or_, conditions, Q(pk__in=[]))


def interpret_query(text: str) -> list[Reading]:
    """Return what a search query may mean, likeliest first: as typed, as beginnings of words, on another keyboard."""
    text = text.strip()[:LONGEST]
    found = [read_as_typed(text)]
    asked = query_words(text)
    begun = [frozenset(key for key in {word, *stored_keys(word)} if len(key) >= BEGINNING) for word in asked]
    found.append(Reading(text, tuple(filter(None, begun)), whole=False))
    script = next((name for word in asked if (name := script_of(word))), "")
    found += [read_as_typed(other) for lang, other in typed_elsewhere(text, script).items() if written_in(lang, other)]
    return [reading for reading in found if reading.words]


def read_as_typed(text: str) -> Reading:
    """Return the reading of a query that takes its words as typed."""
    return Reading(text, tuple(keys_with_synonyms(word) for word in query_words(text)))


def keys_with_synonyms(word: str) -> frozenset[str]:
    """Return the search keys of a word and of its synonyms."""
    own = stored_keys(word)
    return frozenset(own).union(*(stored_keys(" ".join(same)) for same in TWINS if own & stored_keys(" ".join(same))))


def query_words(text: str) -> list[str]:
    """Return the words of a query without stop words, at most `WORDS_MOST`.

    A query of stop words alone keeps them.
    """
    asked = list(dict.fromkeys(words(text)))
    return ([word for word in asked if word not in JOINTS] or asked)[:WORDS_MOST]


def written_in(lang: str, text: str) -> bool:
    """Return whether every word of the text is in the script of this language.

    If not, the keyboard layout was not the mistake.
    """
    return all(script_of(word) == lang for word in words(text))


def reading_condition(reading: Reading, index: Index, number: str) -> Q:
    """Return the condition that a row has every word of a reading, or has this number."""
    each = reduce(and_, (index.has(word, reading.whole) for word in reading.words))
    return each | Q(**{index.number: number}) if number else each


def build_conditions(text: str, index: Index) -> list[tuple[Reading, Q]]:
    """Return each way to read a query with the condition on a row that matches it."""
    match = NUMBER.fullmatch(digits(text).strip())
    number = match[1] if match else ""
    return [(reading, reading_condition(reading, index, number)) for reading in interpret_query(text)]


def rank_by_reading(tried: list[tuple[Reading, Q]]) -> Case:
    """Return an expression to sort by: the position of the first reading that a row matches."""
    return Case(*(When(way, then=Value(n)) for n, (_reading, way) in enumerate(tried)), output_field=IntegerField())


def search(rows: Any, text: str, index: Index) -> Any:
    """Return the rows that match a query in the likeliest reading that finds any; all rows for an empty query.

    It takes one more statement if the query can be read in several ways.
    """
    if not text.strip():
        return rows
    tried = build_conditions(text, index)
    if not tried:
        return rows.none()
    best = rows.order_by().aggregate(best=Min(rank_by_reading(tried)))["best"] if len(tried) > 1 else 0
    return rows.none() if best is None else rows.filter(tried[best][1])


def search_tabs(rows: Any, text: str, index: Index, tabs: Mapping[str, Q]) -> Hits:
    """Search a list that is divided into tabs; return the hits and how many each tab has.

    `tabs` are conditions that no row has in common. The reading is the first with a hit in any tab. One statement.
    """
    tried = build_conditions(text, index)
    if not text.strip() or not tried:
        return Hits(Q(pk__in=[]) if text.strip() else Q(), {}, text)
    tab = Case(*(When(where, then=Value(name)) for name, where in tabs.items()), output_field=CharField())
    counts = rows.order_by().annotate(tab=tab, way=rank_by_reading(tried)).filter(tab__isnull=False, way__isnull=False)
    found = [(way, name, n) for way, name, n in counts.values_list("way", "tab").annotate(n=Count("pk"))]
    best = min((way for way, _name, _n in found), default=0)
    reading, where = tried[best]
    return Hits(where, {name: n for way, name, n in found if way == best}, reading.text)


def page_number(asked: Mapping[str, str]) -> int:
    """Return which page of a list was asked for, 1 to 1000 (default: 1)."""
    text = asked.get("page", "1")
    return min(max(int(text), 1), 1000) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def paginate_rows(rows: Any, asked: Mapping[str, str], size: int) -> tuple[list[Any], dict[str, str]]:
    """Return (the rows of the requested page, the context for `components/pager.html`).

    `rows` are in their order; `asked` is the query string (`q`, `page`); `size` is the number of rows a page.
    """
    words, page = asked.get("q", "")[:LONGEST], page_number(asked)
    found = list(rows[(page - 1) * size : page * size + 1])
    links = {"next": page + 1 if len(found) > size else 0, "previous": page - 1}
    urls = {name: f"?{urlencode({'q': words, 'page': to})}" if to else "" for name, to in links.items()}
    return found[:size], {"q": words, **urls}


def other_tab_links(hits: Hits, tabs: Collection[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return links to those other tabs of a list that have hits."""
    return [
        {"text": _("%(count)s in “%(tab)s”") % {"count": number_shown(n), "tab": tab["title"]}, "url": tab["url"]}
        for tab in tabs
        if not tab["current"] and (n := hits.tabs.get(tab["name"], 0))
    ]
