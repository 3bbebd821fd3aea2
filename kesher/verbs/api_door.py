"""Generate the JSON API of a verb (a thing that citizens can do): one POST operation, and one for its code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call, call_from_request
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api.api_operations import BadRequest, Operation, TooMany, api_view
from kesher.core.api.json_api import (
    error_response,
    errors_of,
    read_json_object,
    too_many_requests,
    validate_form,
)
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.dialogues.forms import StepForm
from kesher.participation.rate_limits import may_try
from kesher.verbs.api_operations import CONFIRM, PendingAnswer, VerbReceiptAnswer
from kesher.verbs.declaration import VERBS, Proof, Verb, code_of
from kesher.verbs.door_forms import page_form
from kesher.verbs.rules import is_within_limit
from kesher.verbs.services import Outcome, confirm_request, confirm_stored, do_or_ask, find_pending


class VerbApi:
    """The operation of one verb, and the one that takes its code. Override a method where a verb's operation differs.

    ``view`` and ``confirm_view`` are the views of both. ``lists`` names the answers that are lists.
    """

    done: Any = VerbReceiptAnswer
    lists: Collection[str] = ()

    def __init__(
        self,
        verb: Verb,
        prefix: str = "",
        example: Mapping[str, Any] | None = None,
        *,
        find: Callable[[str], Any] | None = None,
        described: Operation | None = None,
        confirm_url: str = "verbs:api-confirm",
        confirm_described: Operation = CONFIRM,
        form: type[StepForm] | None = None,
        title: Any = "",
    ) -> None:
        """Serve the operation under this path, with ``<slug:code>/`` in it for a verb with subjects.

        ``find`` finds the subject where the API reads more than the verb's doors offer. ``example``: a body of a
        request, for the API's document; or ``described``, the whole description.
        ``form``: its questions here, if they are others. ``title``: what the document says of it, if not the verb's.
        ``confirm_url``: the name of the URL that takes the code of what a service stored, with its description.
        """
        self.verb, self.prefix, self.example, self.confirm_url = verb, prefix, example or {}, confirm_url
        self.title = title or verb.title
        self.form = page_form(form or verb.form, address=verb.proof is Proof.ADDRESS)
        self.find = find or verb.find_subject
        self.described = described or self.operation
        self.view = api_view(self.described)(self.answer)
        self.confirm_view = api_view(confirm_described)(self.confirm)

    @property
    def urls(self) -> list[URLPattern]:
        """Return the operation's URL pattern, to add to an app's `urlpatterns`."""
        name = self.verb.name.rpartition(".")[2].replace("_", "-")
        return [path(self.prefix, self.view, name=f"api-{name}")]

    @property
    def operation(self) -> Operation:
        """Return the description of the operation."""
        pending = {202: PendingAnswer} if self.verb.proof is Proof.ADDRESS else {}
        return Operation(
            method="POST",
            title=self.title,
            answers={201: self.done, **pending, 429: TooMany},
            form=self.form,
            errors=(409,),
            example=self.example,
        )

    def answer(self, request: HttpRequest, code: str = "") -> JsonResponse:
        """Do what the verb says: 201 with the receipt; or send a code: 202 with the address to bring it to."""
        subject = self.find(code)
        if not self.verb.is_about(subject):
            return self.answer_missing()
        raw = read_json_object(request, self.lists)
        form = validate_form(self.form.of(raw, subject=subject, contact=None))
        address: Address | None = form.cleaned_data.get("address")
        if not is_within_limit(request, self.verb, subject, address):
            return too_many_requests()
        call = call_from_request(request, door="api", address=address)
        if form.cleaned_data.get("website"):
            if self.verb.confirming and subject is not None:
                return self.answer_pending(subject, Outcome(None, address))  # a robot
            raise BadRequest(error_response({"website": [str(form.fields["website"].label)]}, 422))
        try:
            self.check(form, raw)
            outcome = do_or_ask(self.verb, subject, call, form.cleaned_data, raw)
        except MessageLimitReached as why:
            raw = self.answers_to_park(raw)
            return offer_ways_json(request, why, self.verb.name, raw, subject=subject, code=code_of(subject))
        except Refused as refusal:
            return error_response({"__all__": [refusal.message]}, 409)
        if outcome.asked is not None:
            return self.answer_pending(subject, outcome)
        return self.answer_done(call, outcome.result)

    def answer_done(self, call: Call, result: Any) -> JsonResponse:
        """Return the response after the verb was done: 201 with its data or its receipt."""
        return JsonResponse({"data": result_data(self.verb, result)}, status=201)

    def answer_missing(self) -> JsonResponse:
        """Return the 404 response for a code that names nothing with which the verb may be done."""
        return error_response({"code": [_("There is nothing under this number.")]}, 404)

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the answers that a request takes along when it goes on in another channel."""
        return raw

    def check(self, form: StepForm, raw: Mapping[str, Any]) -> None:
        """Raise BadRequest if a valid form may not be sent yet."""

    def answer_pending(self, subject: Any, outcome: Outcome) -> JsonResponse:
        """Return the 202 response after a code was sent: what waits, and the URL to bring the code to."""
        result, confirming = outcome.result, self.verb.confirming
        assert outcome.asked is not None
        if confirming is None:
            return pending_response(outcome.asked, reverse(self.confirm_url, args=[result.key]))
        url = reverse(self.confirm_url, args=[code_of(subject if self.verb.subject else result)])
        return JsonResponse({"data": {**confirming.data(result), **code_sent(outcome.asked, url)}}, status=202)

    def confirm(self, request: HttpRequest, code: str) -> JsonResponse:
        """Confirm what a service stored. In: {code, address?} and the verb's consents; out: 200 with the receipt."""
        confirming = self.verb.confirming
        assert confirming is not None
        subject = confirming.subject(code)
        if subject is None:
            return self.answer_missing()
        body = read_json_object(request)
        known = Address("mailto", "") if confirming.find_identity else None
        form = validate_form(CodeForm(body, address=known))
        if not is_within_limit(request, self.verb, subject, form.target, step="confirm"):
            return too_many_requests()
        identity = confirming.find_identity(subject) if confirming.find_identity else find_identity(form.target)
        call = call_from_request(request, door="api", identity=identity)
        consents = {name: body.get(name) == "true" for name in confirming.consents}
        try:
            result = confirm_stored(self.verb, subject, call, form.cleaned_data["code"], consents)
        except Refused as refusal:
            return error_response({"code": [refusal.message]}, 422)
        return JsonResponse({"data": result_data(self.verb, result)})


def pending_response(address: Address, confirm: str, **more: Any) -> JsonResponse:
    """Return the 202 response after a code was sent: the masked address, and the URL to bring the code to."""
    return JsonResponse({"data": {"state": "pending", **code_sent(address, confirm), **more}}, status=202)


def code_sent(address: Address, confirm: str) -> dict[str, Any]:
    """Return, as JSON data, the masked address that a code went to, and the URL to bring it to."""
    return {"sent_to": mask_address(address.scheme, address.address), "links": {"confirm": absolute(confirm)}}


def by_method(*apis: VerbApi) -> Callable[..., HttpResponseBase]:
    """Return one view for the operations of several verbs that share a URL, each with a method of its own."""
    found = {one.described.method: one for one in apis}

    @api_view(*(one.described for one in apis))
    def answer(request: HttpRequest, code: str = "") -> JsonResponse:
        """Answer with the operation of the request's method."""
        return found[request.method or ""].answer(request, code)

    return answer


def result_data(verb: Verb, result: Any) -> Mapping[str, Any]:
    """Return, as JSON data, what a verb's service returned: the verb's own data of it, or the receipt."""
    if verb.data is not None:
        return verb.data(result)
    receipt = verb.receipt(result)
    links = [{"title": title, "url": url} for title, url in receipt.links]
    return {"state": "done", "text": receipt.text, "reference": receipt.reference, "links": links, **receipt.data}


@api_view(CONFIRM)
def confirm(request: HttpRequest, key: str) -> JsonResponse:
    """Do what waits for a code, and return its receipt. In: {code}."""
    row = find_pending(key)
    if row is None:
        return error_response({"key": [_("This was confirmed already, or has expired.")]}, 404)
    form = CodeForm(read_json_object(request), address=Address(row.identity.scheme, row.identity.address))
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    if not may_try(request, f"verbs.confirm:{key}"):
        return too_many_requests()
    try:
        result = confirm_request(row, form.cleaned_data["code"], call_from_request(request, door="api"))
    except Refused as refusal:
        return error_response({"code": [refusal.message]}, 422)
    return JsonResponse({"data": result_data(VERBS[row.verb], result)})
