"""Page that takes the code of a waiting request: typed in the same browser, or opened as a link."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import call_from_request
from kesher.contacts.services import ProofFailed, find_proof
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.ui.confirmation_pages import find_done
from kesher.participation.rate_limits import may_try
from kesher.verbs.declaration import VERBS
from kesher.verbs.door_forms import list_answers
from kesher.verbs.models import PendingRequest
from kesher.verbs.services import confirm_request, find_pending, pending_form, send_pending_code
from kesher.verbs.unavailable import not_found_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a code would confirm, and do it when the code comes back; show the receipt to whoever brought it.

    Whoever has the page's address, but not the code, sees neither the answers nor whose they are, unless they asked in
    this browser.
    """
    row = find_pending(key)
    if row is None:
        return not_found_page(request, status=410)
    verb = VERBS[row.verb]
    form = code_form(request, Address(row.identity.scheme, row.identity.address), purpose=row.verb, subject=row.key)
    asked_here = find_done(request, "ask", row.key) == row.identity.address
    form.again = asked_here
    subject, asked = pending_form(row)
    command = Command(row.verb, subject, row.subject, row.answers)
    if (ways := send_new_code(request, form, lambda _address: send_pending_code(row), command)) is not None:
        return ways
    if form.is_valid():
        try:
            if not may_try(request, f"verbs.confirm:{key}"):
                raise Refused(_("Too many tries. Please try again in ten minutes."))
            result = confirm_request(row, form.cleaned_data["code"], call_from_request(request))
            return render(request, "verbs/done.html", {"verb": verb, "receipt": verb.receipt(result)})
        except Refused as refusal:
            form.refuse(refusal)
    context: dict[str, Any] = {"verb": verb, "form": form}
    if asked_here or has_code(row, request.GET.get("code", "")):
        asked.full_clean()
        context |= {"subject": subject, "answers": list_answers(asked)}
    context["hint"] = mask_address(row.identity.scheme, row.identity.address) if asked_here else ""
    return render(request, "verbs/confirm.html", context, status=422 if form.errors else 200)


def has_code(row: PendingRequest, code: str) -> bool:
    """Return whether a link brings the code of a request; a wrong one counts as a try."""
    try:
        return bool(code) and bool(find_proof(row.identity, code, purpose=row.verb, subject=row.key))
    except ProofFailed:
        return False
