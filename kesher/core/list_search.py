"""Lists that are searched by words in any form, in any of the four languages.

What was asked is read in several ways: as it stands, as the beginnings of words, and as another keyboard would have
written it. The first reading that finds anything counts; all are tried in one query. What is compared are keys
(`kesher.language.search_keys`): those of the rows were stored when their words were written.
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
BEGINNING: Final = 3  # shorter beginnings are in every other word
KEY_MAX: Final = 40
NUMBER: Final = re.compile(r"#?\s*(\d{1,8})")
# Words that join others. A list is not asked for them, unless for nothing else.
JOINTS: Final = frozenset(
    words(
        "של את על עם לא גם כל כי או אם זה זו יש אין في من على مع كل هذا هذه إلى عن и в на для не по за от с к о "
        "the of in for and to on a an is at by with"
    )
)
# English has two words for much that a street is made of; whoever looks for one means the other as well.
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
    """One way to take what was asked: the keys of each word; ``whole`` False: words may go on after their key."""

    text: str
    words: tuple[frozenset[str], ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    """Where a model keeps its keys: ``has`` asks for one of some keys (whole, or as the beginning of a longer one), and
    ``number`` names the field that people know a row by."""

    has: Callable[[Keys, bool], Q]
    number: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: the condition of the rows, how many each tab has, and how the question was read."""

    rows: Q
    tabs: Mapping[str, int]
    text: str


def keys_of(text: str) -> set[str]:
    """Every key of a text, as they are stored."""
    return {key[:KEY_MAX] for key in keys(text)}


def join_keys(*texts: str) -> str:
    """The keys of some texts as one searchable line: " key key "."""
    return f" {' '.join(sorted(set().union(*map(keys_of, texts))))} "


def line_has_keys(wanted: Keys, whole: bool) -> Q:
    """For a model that keeps its keys in a line, `search_keys`."""
    end = " " if whole else ""
    return any_of(Q(search_keys__contains=f" {key}{end}") for key in wanted)


def any_of(conditions: Any) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))


def read_query(text: str) -> list[Reading]:
    """The ways to take it, the likeliest first; [] where there are no words in it."""
    text = text.strip()[:LONGEST]
    found = [reading_of(text)]
    asked = query_words(text)
    begun = [frozenset(key for key in {word, *keys_of(word)} if len(key) >= BEGINNING) for word in asked]
    found.append(Reading(text, tuple(filter(None, begun)), whole=False))
    script = next((name for word in asked if (name := script_of(word))), "")
    found += [reading_of(other) for lang, other in typed_elsewhere(text, script).items() if written_in(lang, other)]
    return [reading for reading in found if reading.words]


def reading_of(text: str) -> Reading:
    return Reading(text, tuple(keys_with_synonyms(word) for word in query_words(text)))


def keys_with_synonyms(word: str) -> frozenset[str]:
    """The keys of a word, and of those that mean the same."""
    own = keys_of(word)
    return frozenset(own).union(*(keys_of(" ".join(same)) for same in TWINS if own & keys_of(" ".join(same))))


def query_words(text: str) -> list[str]:
    """The words that say what is looked for, at most WORDS_MOST."""
    asked = list(dict.fromkeys(words(text)))
    return ([word for word in asked if word not in JOINTS] or asked)[:WORDS_MOST]


def written_in(lang: str, text: str) -> bool:
    """Is every word of it in the letters of this language? Else the keyboard was not what was wrong."""
    return all(script_of(word) == lang for word in words(text))


def reading_condition(reading: Reading, index: Index, number: str) -> Q:
    """Each of the words is there; or it is the row of this number."""
    each = reduce(and_, (index.has(word, reading.whole) for word in reading.words))
    return each | Q(**{index.number: number}) if number else each


def build_conditions(text: str, index: Index) -> list[tuple[Reading, Q]]:
    match = NUMBER.fullmatch(digits(text).strip())
    number = match[1] if match else ""
    return [(reading, reading_condition(reading, index, number)) for reading in read_query(text)]


def rank_by_reading(tried: list[tuple[Reading, Q]]) -> Case:
    """The first of the readings that a row answers to."""
    return Case(*(When(way, then=Value(n)) for n, (_reading, way) in enumerate(tried)), output_field=IntegerField())


def search(rows: Any, text: str, index: Index) -> Any:
    """Those of ``rows`` that were asked for; all for no words. One query where it can be read in more than one way."""
    if not text.strip():
        return rows
    tried = build_conditions(text, index)
    if not tried:
        return rows.none()
    best = rows.order_by().aggregate(best=Min(rank_by_reading(tried)))["best"] if len(tried) > 1 else 0
    return rows.none() if best is None else rows.filter(tried[best][1])


def search_tabs(rows: Any, text: str, index: Index, tabs: Mapping[str, Q]) -> Hits:
    """The same for a list in tabs that have no row in common: it is read as it finds anything in any of them. One
    query."""
    tried = build_conditions(text, index)
    if not text.strip() or not tried:
        return Hits(Q(pk__in=[]) if text.strip() else Q(), {}, text)
    tab = Case(*(When(where, then=Value(name)) for name, where in tabs.items()), output_field=CharField())
    counts = rows.order_by().annotate(tab=tab, way=rank_by_reading(tried)).filter(tab__isnull=False, way__isnull=False)
    found = [(way, name, n) for way, name, n in counts.values_list("way", "tab").annotate(n=Count("pk"))]
    best = min((way for way, _name, _n in found), default=0)
    reading, where = tried[best]
    return Hits(where, {name: n for way, name, n in found if way == best}, reading.text)


def is_number(text: str) -> bool:
    """May this be a row's number, as an address carries it?"""
    return text.isascii() and text.isdecimal() and len(text) < 19


def page_number(asked: Mapping[str, str]) -> int:
    """Which page of a list is asked for, 1 to 1000; the first where it is none."""
    text = asked.get("page", "1")
    return min(max(int(text), 1), 1000) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def paginate_rows(rows: Any, asked: Mapping[str, str], size: int) -> tuple[list[Any], dict[str, str]]:
    """One page of a list, and what its template needs besides: the words (``q``), and the links of
    components/pager.html. In: the rows in their order, what the address asks (``q``, ``page``), how many a page has."""
    words, page = asked.get("q", "")[:LONGEST], page_number(asked)
    found = list(rows[(page - 1) * size : page * size + 1])
    links = {"next": page + 1 if len(found) > size else 0, "previous": page - 1}
    urls = {name: f"?{urlencode({'q': words, 'page': to})}" if to else "" for name, to in links.items()}
    return found[:size], {"q": words, **urls}


def other_tab_links(hits: Hits, tabs: Collection[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Links to the other tabs that have some of it. In: the tabs as the page shows them, each with its ``name``."""
    return [
        {"text": _("%(count)s in “%(tab)s”") % {"count": number_shown(n), "tab": tab["title"]}, "url": tab["url"]}
        for tab in tabs
        if not tab["current"] and (n := hits.tabs.get(tab["name"], 0))
    ]
