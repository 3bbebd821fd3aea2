"""What every page gets besides its own: whose it is, in which languages it speaks, and where else one can go."""

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
    """The context processor. It asks the database nothing: error pages are made with it, too."""
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
    """The address of a page of the frame, which has some twenty and is drawn around every page."""
    return found_once(get_script_prefix(), name, args)


@cache
def found_once(prefix: str, name: str, args: tuple[str, ...]) -> str:
    """``prefix``: where the site stands on its host, which `reverse` puts in front."""
    return reverse(name, args=args)


def mark(name: str) -> str:
    """The letter of the town rather than that of the word "municipality": the "N" of "City of Neve Yam"."""
    first, *more = name.split() or [""]
    return next((word for word in more if len(word) > 2), first)[:1]


def language_links(request: HttpRequest, agency: Agency | None) -> list[dict[str, Any]]:
    """The same page in each language that the agency speaks."""
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
    """The main ways through the site."""
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
    """(title, address) of what the law wants within reach of every page."""
    return [
        (_("Accessibility"), at("site:accessibility")),
        (_("Privacy"), at("site:privacy")),
        *([(_("Simulator"), at("site:simulator"))] if settings.KESHER_SIMULATOR else []),
        (_("Staff"), at("cases:inbox")),
    ]


def theme_url(agency: Agency | None) -> str:
    """The agency's own colours; the address changes with them, so that browsers may keep the sheet."""
    if agency is None:
        return ""
    return f"{at('site:theme')}?{urlencode({'v': (agency.accent + agency.accent_dark).replace('#', '')})}"
