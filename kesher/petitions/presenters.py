"""Build the contexts of the public pages of petitions: cards, lists, one petition with its progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.conversations.channel_links import channel_title
from kesher.core.db.prepared_query import Prepared
from kesher.core.i18n.text_truncation import truncate_text
from kesher.core.templatetags.ui import deadline, number
from kesher.core.ui.charts import Row, bars
from kesher.initiatives import presenters as initiatives
from kesher.participation.assurance_labels import level_title
from kesher.participation.services import read_total
from kesher.petitions.area_map import render_area_map
from kesher.petitions.models import Petition, Signature
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

NAMES = 12


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
        channels=initiatives.breakdown_rows(found.get("channel", {}), channel_title),
        levels=initiatives.breakdown_rows(found.get("level", {}), level_title),
    )


def petition_context(petition: Petition, form: Form | None, *, now: bool = False) -> dict[str, Any]:
    """Return the template context of a petition's public page.

    ``form`` is None where nobody can sign here (a draft that the desk looks at). ``now``: see `figures`.
    """
    found = read_figures(petition, now=now)
    steps = threshold_steps(petition, found.get("level", {}))
    return {
        "petition": petition,
        "form": form,
        "count": build_count(petition, found, steps),
        "ladder": [shown_step(step) for step in steps],
        "next_step": next((shown_step(step) for step in steps if step["state"] == "ahead"), None),
        "story": build_timeline(petition),
        "map": render_area_map(found.get("area", {})),
        "growth": render_growth(petition.action, petition.closed_at or petition.closes_at)
        if petition.is_published
        else "",
        # Where names were deleted, none need be searched for among all the rows.
        "signers": [] if petition.anonymised_at else [name for (name,) in query_names(petition.action_id)],
        **initiatives.share_context(petition, petition.command, is_open=petition.takes_signatures),
    }


def shown_step(step: Rung) -> dict[str, Any]:
    """Return what a petition's page shows of a threshold, as plain values."""
    shown = {name: step[name] for name in ("title", "count", "words", "state", "state_title", "missed")}
    return shown | {"due": deadline(step["due"], "short")}


@Prepared.of(int)
def query_names(action: int) -> QuerySet[Signature, tuple[str]]:
    """Return a queryset of the names of who signed lately and wanted to be named."""
    return Signature.objects.filter(action=action).shown().values_list("name")[:NAMES]


def listed(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the public list, by the query (see `list_context`)."""
    titles = {
        "open": _("Open now"),
        "closed": _("Closed and answered"),
        "archive": _("Archive"),
        "rejected": _("Not published"),
    }
    rows = Petition.objects
    kinds = {"open": rows.open(), "closed": rows.closed(), "archive": rows.archived(), "rejected": rows.rejected()}
    tabs = [initiatives.Tab(name, title, kinds[name], Q(pk__in=kinds[name])) for name, title in titles.items()]
    sorts = [
        initiatives.Sort(lambda found: found.newest().with_card(), "new", _("Newest")),
        initiatives.Sort(lambda found: found.most_signed().with_card(), "top", _("Most signed")),
    ]
    context = initiatives.list_context(asked, tabs, sorts, petition_card)
    first = context["tabs"][0]["current"] and not context["q"] and not context["previous"]
    return context | {"rising": list_rising() if first else []}


def petition_card(petition: Petition) -> dict[str, Any]:
    """Return a petition as the context of components/card.html; it must come from `with_counts`."""
    tag, kind = tag_of(petition)
    return initiatives.card_context(
        petition,
        initiatives.days_left_in_words(petition.days_left if petition.is_open else None),
        text=truncate_text(petition.demand, 140),
        tag=tag,
        tag_kind=kind,
        big=petition.count,
        big_note=_("of %(threshold)s") % {"threshold": number(petition.threshold)},
        value=min(petition.count, petition.threshold),
        max=petition.threshold,
        meter_label=_("Signatures on the way to the goal"),
    )


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
