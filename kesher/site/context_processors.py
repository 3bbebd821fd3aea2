"""Template context for every page: agency, languages, navigation and colours."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page; no database queries, because error pages need it too."""
    agency: Agency | None = getattr(request, "agency", None)
    return {
        "agency": agency,
        "brand_url": at("site:home"),
        "brand_mark": mark(agency.name) if agency else "",
        "language_links": language_links(request, agency),
        "nav_links": nav_links(request.path),
        "footer_links": footer_links(),
        "me_url": at("accounts:me"),
        "theme_url": theme_url(agency),
        "live_token_url": at("site:live_ticket"),
        "simulator": settings.KESHER_SIMULATOR,
    }


def at(name: str, *args: str) -> str:
    """Return the URL of a named page, cached: every page shows about twenty."""
    return found_once(get_script_prefix(), name, args)


@cache
def found_once(prefix: str, name: str, args: tuple[str, ...]) -> str:
    """Reverse a URL once; ``prefix`` is the site's script prefix, which `reverse` adds."""
    return reverse(name, args=args)


def mark(name: str) -> str:
    """Return the initial of the town's name rather than of "municipality": "N" for "City of Neve Yam"."""
    first, *more = name.split() or [""]
    return next((word for word in more if len(word) > 2), first)[:1]


def language_links(request: HttpRequest, agency: Agency | None) -> list[dict[str, Any]]:
    """Return links to this page in each of the agency's languages."""
    spoken = (agency.languages if agency else None) or [code for code, _title in settings.LANGUAGES]
    here = urlencode({"next": request.get_full_path()})
    current = (get_language() or settings.LANGUAGE_CODE)[:2]
    return [
        {
            "code": code,
            "title": title,
            "url": f"{at('site:language', code)}?{here}",
            "current": code == current,
        }
        for code, title in settings.LANGUAGES
        if code in spoken
    ]


def nav_links(path: str) -> list[dict[str, Any]]:
    """Return the entries of the main navigation."""
    entries = (
        (_("Answers"), "answers:list", "info"),
        (_("Report a problem"), "reports:new", "map-pin"),
        (_("Petitions"), "petitions:list", "pen"),
        (_("Contests"), "contests:list", "lightbulb"),
        (_("Buy together"), "purchases:list", "cart"),
        (_("Where is my request?"), "reports:status", "search"),
        (_("Chat"), "conversations:chat", "message"),
    )
    links = [{"title": title, "url": at(name), "icon": icon} for title, name, icon in entries]
    return [{**link, "current": path.startswith(link["url"])} for link in links]


def footer_links() -> list[tuple[str, str]]:
    """Return (title, URL) of the pages that the law requires on every page."""
    return [
        (_("Accessibility"), at("site:accessibility")),
        (_("Privacy"), at("site:privacy")),
        *([(_("Simulator"), at("site:simulator"))] if settings.KESHER_SIMULATOR else []),
        (_("Staff"), at("cases:inbox")),
    ]


def theme_url(agency: Agency | None) -> str:
    """Return the URL of the agency's colours; it changes with them, so browsers may cache it."""
    if agency is None:
        return ""
    return f"{at('site:theme')}?{urlencode({'v': (agency.accent + agency.accent_dark).replace('#', '')})}"
