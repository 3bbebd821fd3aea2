"""The citizen's pages around his page: what he agreed to, who looked, and who acts for whom."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.accounts.decorators import signed_in
from kesher.accounts.session_cookie import level_of
from kesher.agencies.models import in_language
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.core.flash_messages import tell_outcome
from kesher.records import services
from kesher.records.access import Sight, lang_now, sight_of
from kesher.records.formatting import listed
from kesher.records.forms import MandateForm
from kesher.records.models import Look, Mandate, ReadingConsent, WardRequest
from kesher.records.nojs_page import LEVEL
from kesher.records.query_plan import consented, sources
from kesher.records.services.mandates import may_decide, sent_by, typed_address

MOST = 100
MOST_REQUESTS = 10
TOLD = (WardRequest.State.ASKED, WardRequest.State.REFUSED)


def me(request: HttpRequest) -> Contact:
    found: Contact = request.contact  # type: ignore[attr-defined]
    return found.root()


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    """What is read for me, or for whom I act by law, and why: agree, or take it back."""
    sight = sight_of(request)
    if not sight.may_agree:
        raise Http404
    rows = list(sources().filter(asks_consent=True).defer("settings", "secrets"))
    rows = [row for row in rows if sight.only is None or row.code in sight.only]
    if request.method == "POST":
        return decide(request, sight, rows)
    agreed = consented(sight.contact.family_ids())
    items = [
        {
            "source": row,
            "purpose": in_language(row.purposes),
            "wording": in_language(row.wordings),
            "agreed": agreed.get(row.pk) == row.version,
            "older": row.pk in agreed and agreed[row.pk] != row.version,
        }
        for row in rows
    ]
    lines = ReadingConsent.objects.filter(contact__in=sight.contact.family_ids(), source__in=rows)
    lines = lines.select_related("source").order_by("-pk")
    return render(request, "records/consents.html", {"items": items, "lines": lines[:MOST], "sight": sight})


def decide(request: HttpRequest, sight: Sight, rows: list[Any]) -> HttpResponse:
    """Agrees to those that were ticked, or takes one back."""
    if code := request.POST.get("withdraw"):
        for row in rows:
            if row.code == code:
                services.withdraw_consent(sight.contact, row, by=sight.viewer)
                messages.success(request, _("Taken back. It is not read any more, and what was kept of it is gone."))
        return redirect(sight.url("consents"))
    ticked = set(request.POST.getlist("source"))
    wanted = [row for row in rows if row.code in ticked]
    count = services.give_consent(sight.contact, wanted, lang=lang_now(), by=sight.viewer)
    if not count:
        messages.info(request, _("Nothing changed."))
        return redirect(sight.url("consents"))
    messages.success(request, _("Thank you. Your word was written down, and you can take it back here."))
    return redirect(sight.url("mine"))


@signed_in(LEVEL)
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at my things, when and why; the newest first."""
    rows = Look.objects.filter(contact__in=me(request).family_ids()).order_by("-pk")
    rows = rows.select_related("viewer__merged_into", "staff", "mandate")
    names = {row.code: row.name for row in sources().defer("settings", "secrets")}
    found = [
        {"look": row, "own": row.viewer_id is not None and row.mandate_id is None,
         "names": listed(names.get(code, code) for code in row.sources)}
        for row in rows[:MOST]
    ]  # fmt: skip
    return render(request, "records/looks.html", {"rows": found})


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: HttpRequest) -> HttpResponse:
    """Who acts for me, for whom I act; and the beginning of a new one, from either side."""
    contact = me(request)
    form = MandateForm(request.POST or None, sources=sources().defer("settings", "secrets"))
    if request.method == "POST" and form.is_valid() and begin(request, contact, form):
        return redirect("records:acting")
    family, now = contact.family_ids(), timezone.now()
    people = ("giver__merged_into", "taker__merged_into", "invited")
    rows = Mandate.objects.filter(ended_at=None, until__gt=now).select_related(*people).order_by("-pk")
    names = {row.code: row.name for row in sources().defer("settings", "secrets")}
    context = {
        "form": form,
        "given": [shown(row, names) for row in rows.filter(giver__in=family)],
        "taken": [shown(row, names) for row in rows.filter(taker__in=family)],
        "asked": [shown(row, names) for row in rows.open(now).filter(invited__contact__in=family)[:MOST]],
        "requests": WardRequest.objects.filter(taker__in=family, state__in=TOLD).order_by("-pk")[:MOST_REQUESTS],
    }
    return render(request, "records/acting.html", context, status=422 if form.errors else 200)


def begin(request: HttpRequest, contact: Contact, form: MandateForm) -> bool:
    """False where the form has to say why not."""
    given = form.cleaned_data
    how = {"scope": given["scope"], "days": given["days"], "lang": lang_now()}
    try:
        if given["side"] == Mandate.Side.GIVER:
            services.invite(contact, given["address"], level=level_of(request), **how)
        else:
            services.ask_to_act(contact, given["address"], **how)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("We wrote there. As soon as the other person agrees, you both see it here."))
    return True


def shown(mandate: Mandate, names: dict[str, str]) -> dict[str, Any]:
    """Who has not agreed yet has no name here, only the address that was typed."""
    there = typed_address(mandate)
    return {
        "mandate": mandate,
        "giver": mandate.giver.root().shown_name if mandate.giver else there,
        "taker": mandate.taker.root().shown_name if mandate.taker else there,
        "waits": mandate.accepted_at is None,
        "by_law": mandate.ward_id is not None,
        "names": listed(names.get(code, code) for code in mandate.scope),
    }


def mandate_of(request: HttpRequest, key: str) -> Mandate:
    """A mandate that this person is part of, or was invited to. Raises Http404 for anybody else's."""
    rows = Mandate.objects.select_related("giver__merged_into", "taker__merged_into", "invited__contact__merged_into")
    found: Mandate = get_object_or_404(rows, key=key)
    invited = found.invited.contact if found.invited is not None else None
    people = {one.root().pk for one in (found.giver, found.taker, invited) if one is not None}
    if me(request).pk not in people:
        raise Http404
    return found


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def mandate(request: HttpRequest, key: str) -> HttpResponse:
    """The invitation: what it lets be seen, until when; agree, or not."""
    found = mandate_of(request, key)
    if request.method == "POST":
        with tell_outcome(request, _("Agreed. Either of you can end it at any time.")):
            services.accept_mandate(found, me(request), level=level_of(request))
        return redirect("records:acting")
    open_now = found.accepted_at is None and found.ended_at is None and found.until > timezone.now()
    names = {row.code: row.name for row in sources().defer("settings", "secrets")}
    may, sender = open_now and may_decide(found, me(request)), found.giver or found.taker
    context = {"item": shown(found, names), "mandate": found, "may": may}
    if may and sender is not None:
        context["sent_by"] = sent_by(sender)
    return render(request, "records/mandate.html", context)


@require_POST
@signed_in(LEVEL)
def end(request: HttpRequest, key: str) -> HttpResponse:
    with tell_outcome(request, _("Ended. From now on nothing is shown.")):
        services.end_mandate(mandate_of(request, key), me(request))
    return redirect("records:acting")
