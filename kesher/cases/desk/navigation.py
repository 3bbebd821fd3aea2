"""Addresses of the desk: a person's page, and which list of people stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from kesher.contacts.models import Contact
from kesher.core.http.safe_paths import safe_path

LIST = ("tab", "after", "q")


def person_url(contact: Contact, **query: object) -> str:
    """Return the URL of a contact's page on the desk, with this query."""
    base = reverse("cases:conversation", args=[contact.root().key])
    return f"{base}?{urlencode(query)}" if query else base


def back_url(request: HttpRequest, other: str) -> str:
    """Return the page of the desk that a sent form wants to return to; without one, ``other``."""
    wanted = safe_path(request.POST.get("back", ""))
    return wanted if wanted.startswith(reverse("cases:inbox")) else other


def list_choice(request: HttpRequest) -> Mapping[str, str]:
    """Return the tab, the cursor and the words that the list is asked for.

    A person's page without them keeps the list of the page before: an action's redirect must not change it.
    """
    found = {name: request.GET[name] for name in LIST if request.GET.get(name)}
    people = reverse("cases:inbox") + "people/"
    before = urlsplit(request.headers.get("Referer", ""))
    if found or not (request.path.startswith(people) and before.path.startswith(people)):
        return found
    asked = QueryDict(before.query)
    return {name: asked[name] for name in LIST if asked.get(name)}


def list_query(request: HttpRequest, *more: str) -> str:
    """Return the query string that keeps the list's tab and cursor in a link, with ``more`` added."""
    kept = {**list_choice(request), **{name: request.GET[name] for name in more if request.GET.get(name)}}
    return f"?{urlencode(kept)}" if kept else ""
