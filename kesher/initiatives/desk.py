"""The desk's list of initiatives, and what looks odd among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.conversations.channel_links import channel_title
from kesher.core.ui.list_search import paginate_rows
from kesher.initiatives.models import Initiative
from kesher.participation.assurance_labels import level_title
from kesher.participation.fraud_desk import Watched
from kesher.participation.models import Action, Participation
from kesher.participation.services import count_alerts_by_action

PAGE = 50
type WithActions = Iterable[tuple[Initiative, Iterable[int]]]


def render_list(
    request: AgencyRequest,
    rows: Any,
    *,
    head: Sequence[Any],
    cells: Callable[[list[Any]], list[list[Any]]],
    may: dict[str, bool],
    more: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Render the desk's list of these rows, a page at a time.

    ``head`` and ``cells`` are titles and rows for components/table.html; ``more`` is the context of the first page.
    """
    found, links = paginate_rows(rows, request.GET, PAGE)
    first = not links["q"] and not links["previous"]
    context = {"rows": cells(found), "head": head, "may": may, **links, **(more() if first else {})}
    return render(request, f"{rows.model._meta.app_label}/desk_list.html", context)


def list_odd(find: Callable[[Collection[int]], WithActions]) -> list[dict[str, Any]]:
    """Return the initiatives with open fraud alerts, for participation/odd.html. One query where there are none.

    ``find`` returns those that have one of these actions, with their actions.
    """
    counts = count_alerts_by_action()
    return [
        {"title": row.title, "url": row.desk_path, "count": sum(counts.get(action, 0) for action in actions)}
        for row, actions in (find(counts) if counts else ())
    ]


def describe_watched(
    found: Initiative, action: Action, *place: object, part: str = "", areas: Sequence[tuple[str, str]] = ()
) -> Watched:
    """Return what the fraud desk watches: one action of an initiative; ``place`` follows its code in the URL."""
    return Watched(
        action,
        found.title,
        page=reverse(f"{found._meta.app_label}:desk-watch", args=[found.code, *place]),
        back=found.desk_path,
        part=part,
        areas=areas,
        channel=channel_title,
        level=level_title,
    )


def person_name(row: Participation) -> str:
    """Return the name of a participant that staff see: the given one, the contact's, or "Unnamed person"."""
    return row.name or row.contact.name or _("Unnamed person")
