"""Build the contexts of the public pages of petitions: cards, lists, one petition with its progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.forms import Form
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.conversations.channel_links import channel_title, message_links, share_links
from kesher.core.charts import Row, bars, qr_svg
from kesher.core.list_search import other_tab_links, page_number, search_tabs
from kesher.core.templatetags.ui import number
from kesher.participation.assurance_labels import level_title
from kesher.participation.services import read_total
from kesher.petitions.area_map import render_area_map
from kesher.petitions.deep_links import page_url, words_to_sign
from kesher.petitions.models import Petition, Signature
from kesher.petitions.models.petition import PetitionQuerySet
from kesher.petitions.threshold_progress import (
    Rung,
    Tallies,
    answer_progress,
    read_figures,
    supporters_progress,
    threshold_steps,
)
from kesher.petitions.timeline import build_timeline
from kesher.petitions.trends import list_rising, render_growth

PAGE = 24
NAMES = 12
SORTS = ("new", "top")
SHOWS = ("open", "closed", "archive", "rejected")
DEFAULTS = ("", "open", "new", 1)


@dataclass(frozen=True, slots=True)
class Count:
    """The part of a page that moves, as plain values for a cache.

    ``channels`` and ``levels`` add up to ``total``; ``counts`` is how many of them count towards the goal.
    """

    code: str
    stream: str
    is_open: bool
    total: int
    counts: int  # of those, how many count towards the goal
    goal: int
    line: str
    aim: str
    channels: tuple[Row, ...]
    levels: tuple[Row, ...]

    @property
    def share(self) -> int:
        """Return how much of the goal's number of signatures was reached, in per cent, at most 100."""
        return min(100, self.counts * 100 // self.goal)

    @property
    def channel_bars(self) -> str:
        """Return the HTML bar chart of signatures by channel."""
        return bars(self.channels, _("By channel"), top=max(self.total, 1))

    @property
    def level_bars(self) -> str:
        """Return the HTML bar chart of signatures by level of proof."""
        return bars(self.levels, _("By level of proof"), top=max(self.total, 1))


def build_count(petition: Petition, found: Tallies | None = None, steps: Sequence[Rung] | None = None) -> Count:
    """Return the petition's signature count, goal and breakdowns as a page shows them. Three queries at most.

    ``found`` are its tallies and ``steps`` its ladder, where they were read already.
    """
    found = read_figures(petition) if found is None else found
    total = read_total(found)
    counts, aim = answer_progress(
        petition, threshold_steps(petition, found.get("level", {})) if steps is None else steps, total
    )
    goal = petition.threshold
    if petition.is_gathering:
        (counts, aim), goal = supporters_progress(petition, total), petition.supporters
    return Count(
        code=petition.code,
        stream=petition.action.stream,
        is_open=petition.is_open,
        total=total,
        counts=counts,
        goal=max(goal, 1),
        line=ngettext("person has signed", "people have signed", total),
        aim=aim,
        channels=breakdown_rows(found.get("channel", {}), channel_title),
        levels=breakdown_rows(found.get("level", {}), level_title),
    )


def breakdown_rows(found: Mapping[str, int], title: Any) -> tuple[Row, ...]:
    """Return (label, number) rows of a breakdown of the count, largest first, without zeros."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple((str(title(key)), n) for key, n in ordered if n)


def petition_context(petition: Petition, form: Form | None, *, now: bool = False) -> dict[str, Any]:
    """Return the template context of a petition's public page.

    ``form`` is None where nobody can sign here (a draft that the desk looks at). ``now``: see `figures`.
    """
    shown = Signature.objects.of(petition).shown()
    found = read_figures(petition, now=now)
    steps = threshold_steps(petition, found.get("level", {}))
    return {
        "petition": petition,
        "form": form,
        "count": build_count(petition, found, steps),
        "ladder": steps,
        "story": build_timeline(petition),
        "map": render_area_map(found.get("area", {})),
        "growth": render_growth(petition.action, petition.closed_at or petition.closes_at)
        if petition.is_published
        else "",
        # Where names were deleted, none need be searched for among all the rows.
        "signers": [] if petition.anonymised_at else list(shown.only("name", "confirmed", "created")[:NAMES]),
        "doors": message_links(words_to_sign(petition), petition.code) if petition.takes_signatures else [],
        "words": words_to_sign(petition),
        # Drawn only where the page shows it.
        "qr": SimpleLazyObject(lambda: qr_svg(page_url(petition), _("QR code of this page"))),
        "page_url": page_url(petition),
        "shares": share_links(page_url(petition), petition.title),
        "live_streams": [petition.action.stream],
    }


def listed(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the public list, by the query: ``show`` (which), ``sort``, ``q`` (words) and ``page``."""
    show = asked.get("show") if asked.get("show") in SHOWS else "open"
    sort = asked.get("sort") if asked.get("sort") in SORTS else "new"
    words, page = asked.get("q", "")[:80], page_number(asked)
    kinds = {
        "open": Petition.objects.open,
        "closed": Petition.objects.closed,
        "archive": Petition.objects.archived,
        "rejected": Petition.objects.rejected,
    }
    hits = search_tabs(
        Petition.objects, words, PetitionQuerySet.INDEX, {name: Q(pk__in=rows()) for name, rows in kinds.items()}
    )
    found = kinds[str(show)]().filter(hits.rows)
    found = found.most_signed() if sort == "top" else found.newest()
    first = (page - 1) * PAGE
    rows_found = list(found.select_related("action", "picture")[first : first + PAGE + 1])
    here = {"q": words, "show": show, "sort": sort}

    def link(**changes: object) -> str:
        """Return the list's query string with these changes, without values that are the default."""
        values = {name: value for name, value in {**here, **changes}.items() if value not in DEFAULTS}
        return f"?{urlencode(values)}"

    titles = {
        "open": _("Open now"),
        "closed": _("Closed and answered"),
        "archive": _("Archive"),
        "rejected": _("Not published"),
    }
    tabs = [
        {"name": name, "title": title, "url": link(show=name), "current": show == name}
        for name, title in titles.items()
    ]
    return {
        "cards": [petition_card(row) for row in rows_found[:PAGE]],
        "q": words,
        "read": hits.text,
        "elsewhere": other_tab_links(hits, tabs),
        "tabs": tabs,
        "sorts": [
            {"title": _("Newest"), "url": link(sort="new"), "current": sort == "new"},
            {"title": _("Most signed"), "url": link(sort="top"), "current": sort == "top"},
        ],
        "rising": list_rising() if show == "open" and not words and page == 1 else [],
        "next": link(page=page + 1) if len(rows_found) > PAGE else "",
        "previous": link(page=page - 1) if page > 1 else "",
    }


def petition_card(petition: Petition) -> dict[str, Any]:
    """Return a petition as the context of components/card.html; it must come from `with_counts`."""
    picture = petition.picture
    tag, kind = tag_of(petition)
    return {
        "title": petition.title,
        "url": petition.get_absolute_url(),
        "text": Truncator(petition.demand).chars(140),
        "lang": petition.shown_language,
        "tag": tag,
        "tag_kind": kind,
        "image": f"{reverse('site:file', args=[picture.key])}?w=640" if picture and picture.state == "ready" else "",
        "image_alt": picture.alt if picture else "",
        "big": petition.count,
        "big_note": _("of %(threshold)s") % {"threshold": number(petition.threshold)},
        "value": min(petition.count, petition.threshold),
        "max": petition.threshold,
        "meter_label": _("Signatures on the way to the goal"),
        "foot": " · ".join(
            text for text in (_("Number %(code)s") % {"code": petition.code}, time_left(petition)) if text
        ),
    }


def tag_of(petition: Petition) -> tuple[str, str]:
    """Return (label, colour) of the card's tag: refused, answered, answer due, being counted or closed."""
    if petition.moderation == Petition.Moderation.REJECTED:
        return str(petition.get_moderation_display()), "bad"
    if petition.response == Petition.Response.GIVEN:
        return _("Answered"), "good"
    if petition.response == Petition.Response.DUE:
        return _("An answer is due"), "wait"
    if petition.is_counting:
        return _("Being counted"), "wait"
    return ("", "") if petition.is_open else (pgettext("petition", "Closed"), "")


def time_left(petition: Petition) -> str:
    """Return how many days are left to sign the petition, in words; "" if it has no end or is not open."""
    days = petition.days_left if petition.is_open else None
    if days is None:
        return ""
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days} if days else _("Last day")
