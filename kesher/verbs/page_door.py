"""Generate the web page of a verb (a thing that citizens can do): its form, its errors and its receipt."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from kesher.accounts.recent_verification import ProvedPerson, choose_proved, leave_out_address
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached
from kesher.conversations.form_handover import offer_ways, park_page_form
from kesher.core.confirmation_pages import remember_done
from kesher.core.errors import Refused
from kesher.dialogues import web_form
from kesher.participation.rate_limits import may_try
from kesher.verbs.declaration import Receipt, Verb, code_of
from kesher.verbs.door_forms import page_form
from kesher.verbs.models import PendingRequest
from kesher.verbs.receipt_cookie import find_receipt, remember_receipt
from kesher.verbs.services import do_or_ask
from kesher.verbs.unavailable import not_found_page


class VerbPage:
    """The pages of one verb. Override a method where a verb's page differs.

    ``prefix`` is the path of the form, with ``<slug:code>/`` in it for a verb with subjects.
    """

    template = "verbs/form.html"

    def __init__(self, verb: Verb, prefix: str) -> None:
        """Serve the verb's form under this path."""
        self.verb, self.prefix = verb, prefix
        self.name = verb.name.rpartition(".")[2].replace("_", "-")
        self.form = page_form(verb.form)

    @property
    def urls(self) -> list[URLPattern]:
        """Return the URL patterns of the form and of its receipt, to add to an app's `urlpatterns`."""
        return [
            path(self.prefix, never_cache(self.show), name=self.name),
            path(f"{self.prefix}done/", never_cache(self.done), name=f"{self.name}-done"),
        ]

    def show(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Show the form (GET), or do what it asks for (POST)."""
        subject = self.verb.find_subject(code)
        if not self.verb.is_about(subject):
            return not_found_page(request)
        if request.method != "POST":
            proved = choose_proved(request)
            form = web_form.initial_form(self.form, {}, subject=subject, contact=None)
            return self.render(request, subject, form, {}, proved)
        return self.post(request, subject)

    def post(self, request: HttpRequest, subject: Any) -> HttpResponse:
        """Do what the posted form asks for, send a code, or show its errors."""
        proved = choose_proved(request)
        contact = proved.identity.contact if proved else None
        form, raw = web_form.read_form(self.form, request, subject=subject, contact=contact)
        leave_out_address(form, proved)
        if "later" in request.POST:
            return park_page_form(request, self.verb.name, raw, subject=subject, code=code_of(subject))
        if not form.is_valid():
            return self.render(request, subject, form, raw, proved)
        if not may_try(request, f"{self.verb.name}:{raw.get('address', '')}"):
            form.add_error(None, _("Too many tries. Please try again in ten minutes."))
            return self.render(request, subject, form, raw, proved, status=429)
        if form.cleaned_data["website"]:
            return redirect(request.path)  # a robot
        call = self.make_call(proved, form)
        try:
            done = do_or_ask(self.verb, subject, call, form.cleaned_data, raw)
        except MessageLimitReached as why:
            return offer_ways(request, why, self.verb.name, raw, subject=subject, code=code_of(subject))
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.render(request, subject, form, raw, proved)
        return self.go_on(request, subject, done)

    def make_call(self, proved: ProvedPerson | None, form: Form) -> Call:
        """Return who asks: the person whom this browser knows, or the address in the form."""
        lang = (get_language() or "he")[:2]
        if proved is not None:
            return Call(door="web", lang=lang, identity=proved.identity, level=proved.identity.assurance)
        return Call(door="web", lang=lang, address=form.cleaned_data["address"])

    def go_on(self, request: HttpRequest, subject: Any, done: Receipt | PendingRequest) -> HttpResponse:
        """Redirect to the receipt, or to the page that asks for the code."""
        if isinstance(done, PendingRequest):
            response = redirect("verbs:confirm", key=done.key)
            return remember_done(response, "ask", done.key, done.identity.address)
        code = code_of(subject)
        response = redirect(reverse(f"{namespace_of(request)}:{self.name}-done", kwargs={"code": code} if code else {}))
        return remember_receipt(response, self.verb, code, done)

    def render(
        self,
        request: HttpRequest,
        subject: Any,
        form: Any,
        raw: dict[str, Any],
        proved: ProvedPerson | None,
        *,
        status: int = 0,
    ) -> HttpResponse:
        """Render the form's page, with status 422 if it has errors."""
        leave_out_address(form, proved)
        rows = [row for row in web_form.question_rows(form, raw) if row.field.name != "website"]
        context = {"verb": self.verb, "subject": subject, "form": form, "rows": rows, "proved": proved}
        return render(request, self.template, context, status=status or (422 if form.errors else 200))

    def done(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Show the receipt, only in the browser that did it."""
        receipt = find_receipt(request, self.verb, code)
        if receipt is None:
            return redirect(reverse(f"{namespace_of(request)}:{self.name}", kwargs={"code": code} if code else {}))
        return render(request, "verbs/done.html", {"verb": self.verb, "receipt": receipt})


def namespace_of(request: HttpRequest) -> str:
    """Return the namespace of the URL that was asked for: the app's name."""
    match = request.resolver_match
    assert match is not None
    return match.namespace
