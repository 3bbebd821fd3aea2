"""Find petitions that ask for the same, by the search keys of their words.

A term of the query has one or more keys; it is found in a petition that shares one of them. Its weight is its inverse
document frequency (Spärck Jones, 1972). The score is the part of the query's weight that was found; a term in the title
counts in full, one in the demand for three quarters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from django.db.models import Count

from kesher.language import keys, normalise
from kesher.petitions.models import Petition, PetitionKey

SHOWN = 3
ENOUGH = 0.45
WORDS_MOST = 40
ROWS_MOST = 3000
WORD = re.compile(r"[^\W_]{2,}")
# Stop words: they say how, not what.
HOW = """
של את על עם לא גם כל כי או אם זה זו יש אין לנו אנחנו רוצים מבקשים צריך עיר עירייה עצומה בעיר העירייה
في من على مع كل هذا هذه نريد نطلب البلدية عريضة
на для не мы все что это или просим хотим город мэрия петиция
the of in for and to on we our all is are be that with this want petition city town
"""
EMPTY = frozenset(HOW.split())


@dataclass(frozen=True, slots=True)
class Similar:
    """A petition that asks for nearly the same."""

    petition: Petition
    score: float


def query_term_keys(text: str) -> list[set[str]]:
    """Return the search keys of each content word of the text, at most WORDS_MOST words."""
    found = [word for word in WORD.findall(normalise(text)) if word not in EMPTY]
    return [keys(word) for word in dict.fromkeys(found[:WORDS_MOST])]


def find_similar(title: str, demand: str = "", *, besides: Petition | None = None, shown: int = SHOWN) -> list[Similar]:
    """Return the public petitions that ask for the same as this title (and demand), the nearest first.

    Four queries.
    """
    texts = [
        [{key[:40] for key in several} for several in query_term_keys(text)] for text in (title, f"{title} {demand}")
    ]
    wanted: set[str] = set().union(*texts[1])
    if not wanted:
        return []
    public = Petition.objects.findable().exclude(moderation="gathering")
    rows = PetitionKey.objects.filter(key__in=wanted, petition__in=public)
    if besides is not None:
        rows = rows.exclude(petition=besides)
    spread = dict(rows.order_by().values_list("key").annotate(n=Count("petition")))
    if not spread:
        return []
    weights = {key: log(1 + (public.count() + 1) / n) for key, n in spread.items()}
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    for pk, key, in_title in rows.order_by("-petition_id").values_list("petition_id", "key", "in_title")[:ROWS_MOST]:
        found[pk][key] = in_title
    unknown = max(weights.values())
    scores = {pk: max(score(words, has, weights, unknown) for words in texts) for pk, has in found.items()}
    best = sorted((pk for pk in scores if scores[pk] >= ENOUGH), key=lambda pk: (-scores[pk], -pk))[:shown]
    petitions = Petition.objects.with_counts().select_related("action", "picture").in_bulk(best)
    return [Similar(petitions[pk], scores[pk]) for pk in best]


def score(words: Sequence[set[str]], has: dict[str, bool], weights: dict[str, float], unknown: float) -> float:
    """Return from 0 to 1 how much of the query's weight the words of one petition have.

    One term alone is no likeness, unless it is the whole query.
    """
    whole = part = 0.0
    hits = 0
    for several in words:
        heavy = max((weights[key] for key in several if key in weights), default=unknown)
        whole += heavy
        shared = [weights[key] * (1.0 if has[key] else 0.75) for key in several if key in has]
        if shared:
            part += max(shared)
            hits += 1
    return part / whole if whole and hits >= min(2, len(words)) else 0.0
