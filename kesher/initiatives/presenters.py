"""The public list of initiatives, with a card for each, and what their pages have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.conversations.channel_links import message_links, share_links
from kesher.core.ui.charts import Row, qr_svg
from kesher.core.ui.list_search import other_tab_links, page_number, search_tabs
from kesher.initiatives.models import Initiative

PAGE, WORDS_MOST = 24, 80
type Order = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the list: the initiatives in it, as rows of their manager and as a condition on them."""

    name: str
    title: str
    rows: Any
    where: Q


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the list, as a function from rows to rows; a list with one order does not show its title."""

    order: Order
    name: str = ""
    title: str = ""


def list_context(
    asked: Mapping[str, str], tabs: Sequence[Tab], sorts: Sequence[Sort], card: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """Return the context of the public list, by the query: ``show`` (a tab), ``sort``, ``q`` (words) and ``page``.

    The first tab and the first order are the default. ``card`` returns an initiative as components/card.html takes it.
    """
    shown = next((tab for tab in tabs if tab.name == asked.get("show")), tabs[0])
    sort = next((sort for sort in sorts if sort.name == asked.get("sort")), sorts[0])
    words, page = asked.get("q", "")[:WORDS_MOST], page_number(asked)
    hits = search_tabs(shown.rows.model.objects, words, shown.rows.INDEX, {tab.name: tab.where for tab in tabs})
    first = (page - 1) * PAGE
    found = list(sort.order(shown.rows.filter(hits.rows))[first : first + PAGE + 1])
    defaults = {"q": "", "show": tabs[0].name, "sort": sorts[0].name, "page": 1}

    def link(**changes: object) -> str:
        """Return the list's query string with these changes, without values that are the default."""
        values = {"q": words, "show": shown.name, "sort": sort.name, **changes}
        return f"?{urlencode({name: value for name, value in values.items() if value != defaults[name]})}"

    links = [
        {"name": tab.name, "title": tab.title, "url": link(show=tab.name), "current": tab == shown} for tab in tabs
    ]
    return {
        "cards": [card(row) for row in found[:PAGE]],
        "q": words,
        "read": hits.text,
        "elsewhere": other_tab_links(hits, links),
        "tabs": links,
        "sorts": [{"title": one.title, "url": link(sort=one.name), "current": one == sort} for one in sorts],
        "next": link(page=page + 1) if len(found) > PAGE else "",
        "previous": link(page=page - 1) if page > 1 else "",
    }


def card_context(row: Initiative, foot: str, **more: Any) -> dict[str, Any]:
    """Return an initiative as components/card.html takes it; ``foot`` stands behind its number."""
    picture = row.picture
    return {
        "title": row.title,
        "url": row.get_absolute_url(),
        "lang": row.shown_language,
        "image": f"{reverse('site:file', args=[picture.key])}?w=640" if picture and picture.state == "ready" else "",
        "image_alt": picture.alt if picture else "",
        "foot": " · ".join(text for text in (_("Number %(code)s") % {"code": row.code}, foot) if text),
        **more,
    }


def days_left_in_words(days: int | None) -> str:
    """Return how many days are left, such as "3 days left"; "" for None."""
    if days is None:
        return ""
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days} if days else _("Last day")


def breakdown_rows(counts: Mapping[str, int], title: Callable[[str], object]) -> tuple[Row, ...]:
    """Return (title, count) rows of a breakdown, the largest first, without zeros."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((str(title(key)), n) for key, n in ordered if n)


def share_context(row: Initiative, words: str, *, is_open: bool) -> dict[str, Any]:
    """Return how an initiative's page is passed on, and by which words (a command) people take part elsewhere.

    ``is_open``: whether they can take part now.
    """
    page_url = row.page_url
    return {
        "doors": message_links(words, row.code) if is_open else [],
        "words": words,
        # Drawn only where the page shows it.
        "qr": SimpleLazyObject(lambda: qr_svg(page_url, _("QR code of this page"))),
        "page_url": page_url,
        "shares": share_links(page_url, row.title),
        "live_streams": [row.action.stream],
    }
