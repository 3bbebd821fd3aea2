"""The list of a contest's proposals: searched, sorted, by page, in a fixed number of queries.

The newest continue by key: a page of any depth costs the same, and a new proposal moves no page. The most liked come as
the vote's own method orders them. In the drawn order every visitor gets another seed, kept in the links: each proposal
has its chance to be first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.db.models import CharField, Q, QuerySet, StringAgg, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.contests.counting.standings import Row, current_order, votes_in_words
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.models.proposals import ProposalQuerySet
from kesher.core.db.prepared_query import Prepared
from kesher.core.models import Attachment
from kesher.language import digits, keys

PAGE = 20
SORTS = ("draw", "new", "top")
WORDS_MAX = 80
MEANING_SHOWN = 150
SHOWN = (
    *("number", "texts", "meanings", "language", "shortlisted", "place"),
    *("picture__key", "picture__alt", "picture__state"),
)


def search_proposals(rows: Any, words: str) -> Any:
    """Return the proposals that have every one of these words in any form, or have this number."""
    words = words.strip()[:WORDS_MAX]
    number = digits(words)
    if number.isdecimal() and len(number) < 7:
        return rows.filter(number=int(number))
    for word in words.split():
        found = Q()
        for key in keys(word):
            found |= Q(search_keys__contains=f" {key} ")
        rows = rows.filter(found)
    return rows


def proposal_list_context(contest: Contest, round: Round | None, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the page that lists and searches a contest's proposals.

    ``round``: whose votes are shown, or None. ``asked``: the query string.
    """
    words = asked.get("q", "")[:WORDS_MAX]
    standing = current_order(round) if round is not None else []
    sorts = [sort for sort in SORTS if sort != "top" or standing]
    sort = asked["sort"] if asked.get("sort") in sorts else sorts[0]
    seed = asked.get("seed", "") if asked.get("seed", "").isalnum() and len(asked["seed"]) < 13 else ""
    seed = seed or secrets.token_hex(4)
    found: ProposalQuerySet = search_proposals(Proposal.objects.shown().filter(contest=contest), words)
    after = asked.get("after", "")
    page = {"draw": drawn_page, "new": newest_page, "top": most_liked_page}[sort](found, standing, after, seed)
    rows, following = page
    here = {"q": words, "sort": sort, **({"seed": seed} if sort == "draw" else {})}
    return {
        "cards": cards_of(contest, rows, round, standing),
        "q": words,
        "sorts": [
            {"title": title, "url": list_link(here, sort=name), "current": sort == name}
            for name, title in (("draw", _("Drawn by lot")), ("new", _("Newest")), ("top", _("Most liked")))
            if name in sorts
        ],
        "next": list_link(here, after=following) if following else "",
        "first": list_link(here) if after else "",
    }


def list_link(here: Mapping[str, str], **changes: str) -> str:
    """Return the query string of the proposal list with another page or order."""
    values = {name: value for name, value in {**here, **changes}.items() if value}
    if values.get("sort") != "draw":
        values.pop("seed", None)
    return f"?{urlencode(values)}"


Page = tuple[list[Proposal], str]


def drawn_page(found: ProposalQuerySet, standing: list[Row], after: str, seed: str) -> Page:
    """Return (proposals, offset of the next page) in this visitor's own random order.

    The ids are read whole, in one value: a thousand are five kilobytes.
    """
    drawn = crc32(seed.encode())  # numbers have the same hash in every process
    ids = found.aggregate(ids=StringAgg(Cast("pk", CharField()), Value(",")))["ids"]
    order = sorted(map(int, ids.split(",") if ids else ()), key=lambda pk: hash((drawn, pk)))
    start = parse_offset(after)
    wanted = order[start : start + PAGE]
    rows = {row.pk: row for row in load_cards(found.filter(pk__in=wanted))}
    return [rows[pk] for pk in wanted if pk in rows], str(start + PAGE) if start + PAGE < len(order) else ""


def newest_page(found: ProposalQuerySet, standing: list[Row], after: str, seed: str) -> Page:
    """Return (proposals, id below which the next page goes on), the newest first."""
    if after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = load_cards(found.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""


def most_liked_page(found: ProposalQuerySet, standing: list[Row], after: str, seed: str) -> Page:
    """Return (proposals, offset of the next page), ordered as the vote stands."""
    numbers = found.aggregate(numbers=StringAgg(Cast("number", CharField()), Value(",")))["numbers"]
    order = best_first(map(int, numbers.split(",") if numbers else ()), standing)
    start = parse_offset(after)
    wanted = order[start : start + PAGE]
    rows = {row.number: row for row in load_cards(found.filter(number__in=wanted))}
    return [rows[n] for n in wanted if n in rows], str(start + PAGE) if start + PAGE < len(order) else ""


def best_first(numbers: Iterable[int], standing: list[Row]) -> list[int]:
    """Return these proposals' numbers in the vote's order, then those that are not in it."""
    place = {row["number"]: at for at, row in enumerate(standing)}
    return sorted(numbers, key=lambda n: (place.get(n, len(place)), n))


def parse_offset(after: str) -> int:
    """Return the offset given in a query string; 0 if it is no number."""
    return int(after) if after.isdecimal() and len(after) < 7 else 0


@Prepared.of(int, list[int])
def query_cards(contest: int, numbers: list[int]) -> QuerySet[Proposal]:
    """Return a queryset of a contest's published proposals with these numbers, with what a card shows."""
    rows = Proposal.objects.shown().filter(contest=contest, number__in=numbers)
    return rows.select_related("picture").only(*SHOWN)


@Prepared.of(int)
def query_newest_cards(contest: int) -> QuerySet[Proposal]:
    """Return a queryset of a contest's newest published proposals, with what a card shows."""
    rows = Proposal.objects.shown().filter(contest=contest).order_by("-pk")
    return rows.select_related("picture").only(*SHOWN)[:PAGE]


def load_cards(found: ProposalQuerySet) -> list[Proposal]:
    """Return the proposals with the columns that a card shows."""
    return list(found.select_related("picture").only(*SHOWN))


def cards_of(
    contest: Contest, rows: Iterable[Proposal], round: Round | None, standing: list[Row]
) -> list[dict[str, Any]]:
    """Return proposals as context of cards, each with its votes (``standing``: see `standings.current_order`).

    What is the same for all of them (addresses, words) is computed once.
    """
    votes = {row["number"]: row for row in standing}
    here = f"{contest.get_absolute_url()}proposals/"
    file = reverse("site:file", args=["KEY"])
    numbered = _("No. %(number)s")
    return [
        {
            "number": numbered % {"number": row.number},
            "text": row.text,
            "lang": row.language_of(row.texts),
            "meaning": shortened(row.meaning),
            "meaning_lang": row.language_of(row.meanings) if row.meanings else "",
            "url": f"{here}{row.number}/",
            "image": picture_url(row.picture, file),
            "image_alt": row.picture.alt if row.picture else "",
            "votes": votes_in_words(round, votes.get(row.number)) if round is not None else "",
            "shortlisted": row.shortlisted,
            "place": row.place,
        }
        for row in rows
    ]


def picture_url(picture: Attachment | None, pattern: str) -> str:
    """Return the URL of a picture whose processing is done, or ""."""
    return f"{pattern.replace('KEY', picture.key)}?w=640" if picture is not None and picture.state == "ready" else ""


def shortened(text: str) -> str:
    """Return the beginning of a long text, cut between words."""
    return text if len(text) <= MEANING_SHOWN else f"{text[:MEANING_SHOWN].rpartition(' ')[0]}…"
