"""Context processor of every page: agency, languages, navigation and colours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency, PublicText
from kesher.core.http.page_cache import is_shared
from kesher.core.templatetags.components import stored_url


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of every page: agency, navigation, languages and footer; no database queries."""
    agency: Agency | None = getattr(request, "agency", None)
    return {
        "agency": agency,
        "brand_url": stored_url("site:home"),
        "brand_logo": stored_url("site:file", agency.logo) if agency and agency.logo else "",
        "brand_mark": brand_initial(agency.name) if agency else "",
        "language_links": language_links(request, agency),
        "nav_links": nav_links(request.path),
        "footer_links": footer_links(agency),
        "me_url": stored_url("accounts:me"),
        "theme_url": theme_url(agency),
        "manifest_url": stored_url("site:manifest"),
        "worker_url": stored_url("site:service_worker"),
        "live_token_url": stored_url("site:live_ticket"),
        "simulator": settings.KESHER_SIMULATOR,
        **({"csrf_token": ""} if is_shared(request) else {}),  # a token would be one visitor's
    }


def brand_initial(name: str) -> str:
    """Return the first letter of a town's name, not of "City of": "N" for "City of Neve Yam"."""
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
            "url": f"{stored_url('site:language', code)}?{here}",
            "current": code == current,
        }
        for code, title in settings.LANGUAGES
        if code in spoken
    ]


def nav_links(path: str) -> list[dict[str, Any]]:
    """Return the entries of the main navigation, with the one of this path marked."""
    entries = (
        (_("Answers"), "answers:list", "info"),
        (_("Report a problem"), "reports:new", "map-pin"),
        (_("Petitions"), "petitions:list", "pen"),
        (_("Contests"), "contests:list", "lightbulb"),
        (_("Buy together"), "purchases:list", "cart"),
        (_("Communities"), "communities:list", "users"),
        (_("Where is my request?"), "reports:status", "search"),
        (_("Chat"), "conversations:chat", "message"),
    )
    links = [{"title": title, "url": stored_url(name), "icon": icon} for title, name, icon in entries]
    return [{**link, "current": path.startswith(link["url"])} for link in links]


def footer_links(agency: Agency | None) -> list[tuple[str, str]]:
    """Return (title, URL) of what every page leads to: a call back, public texts, what the law requires."""
    kinds = agency.public_texts if agency else []
    return [
        *([(_("Call me back"), stored_url("site:call_back"))] if agency else []),
        *((str(PublicText.Kind(kind).label), stored_url(f"site:{kind}")) for kind in kinds),
        (_("Accessibility"), stored_url("site:accessibility")),
        (_("Privacy"), stored_url("site:privacy")),
        *([(_("Simulator"), stored_url("simulator:phones"))] if settings.KESHER_SIMULATOR else []),
        (_("Staff"), stored_url("cases:inbox")),
    ]


def theme_url(agency: Agency | None) -> str:
    """Return the URL of the style sheet with the agency's colours; it changes with them, so it may be cached."""
    if agency is None:
        return ""
    return f"{stored_url('site:theme')}?{urlencode({'v': (agency.accent + agency.accent_dark).replace('#', '')})}"
