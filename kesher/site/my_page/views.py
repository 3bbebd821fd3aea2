"""Pages of a signed-in person: messages, preferences, consents."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.accounts.decorators import signed_in
from kesher.accounts.presenters import tabs
from kesher.accounts.session_cookie import contact_of, sign_in_of
from kesher.agencies.middleware import AgencyRequest
from kesher.cases.timeline import read_timeline
from kesher.contacts import services as contacts
from kesher.contacts.models import Consent, Contact
from kesher.contacts.services import find_consent
from kesher.core.audit import Actor
from kesher.core.http.text_size_cookie import set_text_size_cookie
from kesher.site.my_page.forms import PreferencesForm

PURPOSES = (
    (
        Consent.Purpose.SERVICE,
        gettext_lazy("Answers about my own requests"),
        gettext_lazy("What we answer you, and news of what you asked for."),
    ),
    (
        Consent.Purpose.INFORMATION,
        gettext_lazy("Updates about what I joined"),
        gettext_lazy("Petitions that you signed, purchases that interest you, contests that are decided."),
    ),
    (
        Consent.Purpose.PROMOTION,
        gettext_lazy("Events, courses and offers"),
        gettext_lazy("What the public body would like you to come to."),
    ),
    (
        Consent.Purpose.OPINION,
        gettext_lazy("Messages meant to influence opinions"),
        gettext_lazy("Campaigns. Nobody gets them without having agreed."),
    ),
)


def get_contact(request: AgencyRequest) -> Contact:
    """Return the signed-in citizen's contact, in views behind `signed_in`."""
    found = contact_of(request)
    assert found is not None
    return found


def contact_actor(contact: Contact) -> Actor:
    """Return the contact as the audit log's actor."""
    return Actor("contact", contact.pk, "web")


@signed_in(2)
@require_safe
def my_messages(request: AgencyRequest) -> HttpResponse:
    """Show all messages between the signed-in citizen and the agency on every channel, without internal notes."""
    before = request.GET.get("before", "")
    stretch = read_timeline(get_contact(request), before=int(before) if before.isdecimal() and len(before) < 18 else 0)
    spoken = [entry for entry in stretch.entries if entry.direction in ("in", "out")]
    context = {"tabs": tabs(request.path), "entries": spoken, "earlier": stretch.earlier, "is_part": bool(before)}
    return render(request, "site/my_messages.html", context)


@signed_in(2)
@require_http_methods(["GET", "HEAD", "POST"])
def my_wishes(request: AgencyRequest) -> HttpResponse:
    """Show and save the signed-in citizen's preferences, and show their consents."""
    contact = get_contact(request)
    form = PreferencesForm(request.POST or None, contact=contact, languages=request.agency.languages)
    if request.method == "POST" and form.is_valid():
        by, language = contact_actor(contact), form.cleaned_data["language"]
        contacts.set_preferences(contact, form.wanted, language=language, by=by)
        if form.cleaned_data["name"] != contact.name:
            contacts.rename_contact(contact, form.cleaned_data["name"], by=by)
        messages.success(request, _("Saved."))
        response = set_text_size_cookie(redirect("site:my_wishes"), large=form.cleaned_data["large_text"])
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
        return response
    context: dict[str, Any] = {"tabs": tabs(request.path), "form": form, "consents": list_consents(contact)}
    return render(request, "site/my_wishes.html", context, status=422 if form.errors else 200)


def list_consents(contact: Contact) -> list[dict[str, Any]]:
    """Return each purpose with whether the contact consented to it: True, False, or None (never asked)."""
    return [
        {"key": str(key), "title": title, "text": text, "word": find_consent(contact, key)}
        for key, title, text in PURPOSES
    ]


@require_POST
@signed_in(2)
def my_consent(request: AgencyRequest) -> HttpResponse:
    """Store that the signed-in citizen gives or withdraws a consent, for all of their addresses."""
    wanted = request.POST.get("purpose", "")
    titles = {str(key): str(title) for key, title, _text in PURPOSES}
    if wanted in titles:
        contact, granted = get_contact(request), request.POST.get("granted") == "yes"
        sign_in = sign_in_of(request)
        speaker = sign_in.identity.contact if sign_in else contact  # the contact of the address used to sign in
        contacts.set_consent(speaker, wanted, granted=granted, wording=titles[wanted], by=contact_actor(contact))
        messages.success(request, _("Saved. It applies on every channel from now on."))
    return redirect("site:my_wishes")
