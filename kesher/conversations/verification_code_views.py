"""Helpers of all pages that ask for a one-time code: send a new one, explain an expired one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kesher.contacts.services import MessageLimitReached, find_identity, state_of_code
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways
from kesher.core.contact_address import Address
from kesher.core.errors import Refused

AGAIN = "again"  # the name of the button in `conversations/new_code.html`


@dataclass(frozen=True, slots=True)
class Command:
    """The verb that does in a conversation what the page does, with what was filled in. See `offer_ways`."""

    skill: str
    subject: Any = None
    code: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


def code_form(
    request: HttpRequest,
    address: Address | None,
    *,
    purpose: str = "",
    subject: str = "",
    silent: bool = False,
    again: bool = True,
) -> CodeForm:
    """Return the form in which to type a code of this purpose, with its resend button and what went wrong so far.

    ``address``: where the code was sent; None: the page asks. ``silent``: errors must not show whether a code was sent.
    ``again``: whether a new code may be requested. An invalid code in a link is reported at once, before the form is
    submitted.
    """
    typed = request.POST if "code" in request.POST else None
    linked = request.GET.get("code", "")
    form = CodeForm(typed, address=address, silent=silent, initial={"code": linked})
    form.again = again and address is not None
    if typed is None and linked and address is not None and not silent:
        identity = find_identity(address)
        if identity is None or state_of_code(identity, purpose=purpose, subject=subject):
            form.dead = _("The code in this link has been used or has expired. Ask for a new one.")
            form.initial["code"] = ""
    return form


def send_new_code(
    request: HttpRequest,
    form: CodeForm,
    ask: Callable[[Address], object],
    command: Command,
) -> HttpResponse | None:
    """Send another code if the page's button asks for one, and return None; if refused, return a page of ways.

    ``command``: the same request in a conversation.
    """
    if request.method != "POST" or AGAIN not in request.POST or not form.again or form.known is None:
        return None
    try:
        ask(form.known)
    except MessageLimitReached as why:
        return offer_ways(request, why, command.skill, command.raw, subject=command.subject, code=command.code)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        form.dead = ""
        messages.success(request, _("A new code is on its way. The previous one no longer works."))
    return None
