"""Generate the JSON API of a verb (a thing that citizens can do): one POST operation, and one for its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api_operations import Operation, TooMany, api_view
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.json_api import error_response, errors_of, read_json_object, too_many_requests
from kesher.participation.rate_limits import may_try
from kesher.verbs.api_operations import CONFIRM, PendingAnswer, VerbReceiptAnswer
from kesher.verbs.declaration import Proof, Receipt, Verb, code_of
from kesher.verbs.door_forms import page_form
from kesher.verbs.services import confirm_request, do_or_ask, find_pending


class VerbApi:
    """The operation of one verb. Override a method, or the type of its answer, where a verb's operation differs."""

    done: Any = VerbReceiptAnswer

    def __init__(self, verb: Verb, prefix: str, example: Mapping[str, Any]) -> None:
        """Serve the operation under this path, with ``<slug:code>/`` in it for a verb with subjects.

        ``example``: a body of a request, for the API's document.
        """
        self.verb, self.prefix, self.example = verb, prefix, example
        self.form = page_form(verb.form) if verb.proof is Proof.ADDRESS else verb.form

    @property
    def urls(self) -> list[URLPattern]:
        """Return the operation's URL pattern, to add to an app's `urlpatterns`."""
        name = self.verb.name.rpartition(".")[2].replace("_", "-")
        return [path(self.prefix, api_view(self.operation)(self.answer), name=f"api-{name}")]

    @property
    def operation(self) -> Operation:
        """Return the description of the operation."""
        return Operation(
            method="POST",
            title=self.verb.title,
            answers={201: self.done, 202: PendingAnswer, 429: TooMany},
            form=self.form,
            errors=(409,),
            example=self.example,
        )

    def answer(self, request: HttpRequest, code: str = "") -> JsonResponse:
        """Do what the verb says: 201 with the receipt; or send a code: 202 with the address to bring it to."""
        subject = self.verb.find_subject(code)
        if not self.verb.is_about(subject):
            return error_response({"code": [_("There is nothing under this number.")]}, 404)
        raw = read_json_object(request)
        form = self.form.of(raw, subject=subject, contact=None)
        if not form.is_valid():
            return error_response(errors_of(form), 422)
        if form.cleaned_data.get("website"):
            return error_response({"website": [str(form.fields["website"].label)]}, 422)  # a robot
        address: Address | None = form.cleaned_data.get("address")
        if not may_try(request, f"{self.verb.name}:{address and address.address}"):
            return too_many_requests()
        call = Call(door="api", lang=(get_language() or "he")[:2], address=address)
        try:
            done = do_or_ask(self.verb, subject, call, form.cleaned_data, raw)
        except MessageLimitReached as why:
            return offer_ways_json(request, why, self.verb.name, raw, subject=subject, code=code_of(subject))
        except Refused as refusal:
            return error_response({"__all__": [refusal.message]}, 409)
        if isinstance(done, Receipt):
            return JsonResponse({"data": receipt_data(done)}, status=201)
        assert address is not None
        return pending_response(address, reverse("verbs:api-confirm", args=[done.key]))


def pending_response(address: Address, confirm: str, **more: Any) -> JsonResponse:
    """Return the 202 response after a code was sent: the masked address, and the URL to bring the code to."""
    return JsonResponse({"data": {"state": "pending", **code_sent(address, confirm), **more}}, status=202)


def code_sent(address: Address, confirm: str) -> dict[str, Any]:
    """Return, as JSON data, the masked address that a code went to, and the URL to bring it to."""
    return {"sent_to": mask_address(address.scheme, address.address), "links": {"confirm": absolute(confirm)}}


def receipt_data(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON data."""
    links = [{"title": title, "url": url} for title, url in receipt.links]
    return {"state": "done", "text": receipt.text, "reference": receipt.reference, "links": links, **receipt.data}


@api_view(CONFIRM)
def confirm(request: HttpRequest, key: str) -> JsonResponse:
    """Do what waits for a code, and return its receipt. In: {code}."""
    row = find_pending(key)
    if row is None:
        return error_response({"key": [_("This was confirmed already, or is too old.")]}, 404)
    form = CodeForm(read_json_object(request), address=Address(row.identity.scheme, row.identity.address))
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    if not may_try(request, f"verbs.confirm:{key}"):
        return too_many_requests()
    try:
        receipt = confirm_request(row, form.cleaned_data["code"], Call(door="api", lang=(get_language() or "he")[:2]))
    except Refused as refusal:
        return error_response({"code": [refusal.message]}, 422)
    return JsonResponse({"data": receipt_data(receipt)})
