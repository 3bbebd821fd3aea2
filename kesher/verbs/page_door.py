"""Generate the web pages of a verb (a thing that citizens can do): its form, its errors, its code and its receipt."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kesher.accounts.recent_verification import Memory, ProvedPerson, choose_proved, leave_out_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call, call_from_request
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways, park_page_form
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.ui.confirmation_pages import remember_done
from kesher.dialogues import web_form
from kesher.verbs.declaration import Proof, Verb, answers_taken, code_of
from kesher.verbs.door_forms import page_form
from kesher.verbs.models import PendingRequest
from kesher.verbs.pending_code import PendingCode, PendingCookie, find_receipt, remember_receipt
from kesher.verbs.rules import is_within_limit
from kesher.verbs.services import Outcome, confirm_stored, do_or_ask, execute
from kesher.verbs.unavailable import not_found_page

TOO_MANY = gettext_lazy("Too many tries. Please try again in ten minutes.")
methods = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))


class VerbPage:
    """The pages of one verb. Override a method where a verb's page differs.

    ``prefix`` is the path of the form, with ``<slug:code>/`` in it for a verb with subjects. ``memory``: the cookie
    that names who proved an address on these pages.
    """

    template = "verbs/form.html"
    memory: Memory | None = None

    def __init__(self, verb: Verb, prefix: str = "") -> None:
        """Serve the verb's form under this path."""
        self.verb, self.prefix = verb, prefix
        self.name = verb.name.rpartition(".")[2].replace("_", "-")
        self.form = page_form(verb.form, address=verb.proof is Proof.ADDRESS)

    @property
    def urls(self) -> list[URLPattern]:
        """Return the URL patterns of the form and of its receipt, to add to an app's `urlpatterns`."""
        return [
            path(self.prefix, never_cache(self.show), name=self.name),
            path(f"{self.prefix}done/", never_cache(self.done), name=f"{self.name}-done"),
        ]

    @methods
    def show(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Show the form (GET), or do what it asks for (POST)."""
        subject = self.find(code)
        if not self.verb.is_about(subject):
            return self.render_missing(request, code)
        return self.serve(request, subject)

    def serve(self, request: HttpRequest, subject: Any) -> HttpResponse:
        """Show the form about a subject, or do what it asks for."""
        if request.method == "POST":
            return self.post(request, subject)
        form = web_form.initial_form(self.form, self.initial(request), subject=subject, contact=None)
        return self.render(request, subject, form, {}, self.find_proved(request, subject))

    def find(self, code: str) -> Any:
        """Return what a code in the URL names, if the verb may be done with it; None if not."""
        return self.verb.find_subject(code)

    def find_proved(self, request: HttpRequest, subject: Any) -> ProvedPerson | None:
        """Return the person who asks, if this browser knows them well enough to ask for no code."""
        return choose_proved(request, self.memory)

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return the answers with which the empty form is shown."""
        return {}

    def render_missing(self, request: HttpRequest, code: str) -> HttpResponse:
        """Return the page for a code that names nothing with which the verb may be done."""
        return not_found_page(request)

    def post(self, request: HttpRequest, subject: Any) -> HttpResponse:
        """Do what the posted form asks for, send a code, or show its errors."""
        proved = self.find_proved(request, subject)
        contact = proved.identity.contact if proved else None
        form, raw = web_form.read_form(
            self.verb.form if proved else self.form, request, subject=subject, contact=contact
        )
        leave_out_address(form, proved)
        if "later" in request.POST:
            return park_page_form(
                request, self.verb.name, self.answers_to_park(raw), subject=subject, code=code_of(subject)
            )
        if not form.is_valid():
            return self.render(request, subject, form, raw, proved)
        return self.submit(request, subject, form, raw, proved)

    def submit(
        self, request: HttpRequest, subject: Any, form: Any, raw: dict[str, Any], proved: ProvedPerson | None
    ) -> HttpResponse:
        """Do what the valid form asks for, or send a code; show why not where it is refused."""
        address: Address | None = form.cleaned_data.get("address")
        if not is_within_limit(request, self.verb, subject, proved.address if proved is not None else address):
            form.add_error(None, TOO_MANY)
            return self.render(request, subject, form, raw, proved, status=429)
        if form.cleaned_data.get("website"):
            return self.answer_robot(request, subject, form)
        try:
            outcome = do_or_ask(self.verb, subject, self.make_call(request, proved, address), form.cleaned_data, raw)
        except MessageLimitReached as why:
            raw = self.answers_to_park(raw)
            return offer_ways(request, why, self.verb.name, raw, subject=subject, code=code_of(subject))
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.render(request, subject, form, raw, proved)
        return self.go_on(request, subject, outcome, form)

    def answer_robot(self, request: HttpRequest, subject: Any, form: Form) -> HttpResponse:
        """Return the response to a robot, for which nothing is done."""
        return redirect(request.path)

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the raw answers that a form takes along when it goes on in another channel."""
        return raw

    def make_call(self, request: HttpRequest, proved: ProvedPerson | None, address: Address | None) -> Call:
        """Return who asks: the person whom this browser knows, or the address in the form."""
        if proved is None:
            return call_from_request(request, address=address)
        identity = proved.identity
        return call_from_request(request, identity=identity, level=identity.assurance, alone=proved.alone)

    def go_on(self, request: HttpRequest, subject: Any, outcome: Outcome, form: Form) -> HttpResponse:
        """Redirect to the receipt, or to the page that asks for the code."""
        if isinstance(outcome.result, PendingRequest):
            response = redirect("verbs:confirm", key=outcome.result.key)
            return remember_done(response, "ask", outcome.result.key, outcome.result.identity.address)
        code = code_of(subject)
        response = redirect(reverse(f"{namespace_of(request)}:{self.name}-done", kwargs={"code": code} if code else {}))
        return remember_receipt(response, self.verb, code, self.verb.receipt(outcome.result))

    def render(
        self, request: HttpRequest, subject: Any, form: Any, raw: Any, proved: ProvedPerson | None, *, status: int = 0
    ) -> HttpResponse:
        """Render the form's page, with status 422 if it has errors."""
        leave_out_address(form, proved)
        context = self.context(subject, form, raw, proved)
        return render(request, self.template, context, status=status or (422 if form.errors else 200))

    def context(self, subject: Any, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the form's page; ``raw`` are the answers as they were given."""
        rows = [row for row in web_form.question_rows(form, raw) if row.field.name != "website"]
        context = {"verb": self.verb, "subject": subject, "form": form, "rows": rows, "proved": proved}
        return context | self.more_context(subject)

    def more_context(self, subject: Any) -> dict[str, Any]:
        """Return what the pages of a subject show besides."""
        return {}

    def done(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Show the receipt, only in the browser that did it."""
        receipt = find_receipt(request, self.verb, code)
        if receipt is None:
            return redirect(reverse(f"{namespace_of(request)}:{self.name}", kwargs={"code": code} if code else {}))
        return render(request, "verbs/done.html", {"verb": self.verb, "receipt": receipt})


class ConfirmedPage(VerbPage):
    """The pages of a verb whose service stores what waits for a code (`Confirming`): one of them asks for the code.

    ``confirm_url``: the name of that one. ``cookie_name`` has {} for the code of the subject.
    """

    confirm_template = "verbs/confirm.html"
    confirm_url = ""
    cookie_name, cookie_salt = "", ""

    @methods
    def confirm(self, request: HttpRequest, code: str) -> HttpResponse:
        """Ask for the code of what waits (typed, or from a link), and confirm it."""
        confirming = self.verb.confirming
        assert confirming is not None
        subject = confirming.subject(code)
        if subject is None:
            return self.render_missing(request, code)
        return self.ask_code(request, subject, self.find_pending(request, subject))

    def ask_code(self, request: HttpRequest, subject: Any, waiting: PendingCode) -> HttpResponse:
        """Ask for the code of what waits (GET), or confirm it (POST)."""
        confirming = self.verb.confirming
        assert confirming is not None
        form = self.code_form(request, subject, waiting)
        ask = partial(self.ask_again, request, subject, waiting)
        if (ways := send_new_code(request, form, ask, self.command(subject, waiting))) is not None:
            return ways
        more = None if form.dead else self.form_beside_code(request, waiting)
        if form.is_valid() and (more is None or more.is_valid()):
            try:
                if not is_within_limit(request, self.verb, subject, form.target, step="confirm"):
                    raise Refused(str(TOO_MANY))
                call = call_from_request(request, identity=find_identity(form.target))
                answers = more.cleaned_data if more else waiting.answers
                result = confirm_stored(self.verb, subject, call, form.cleaned_data["code"], answers)
                return self.confirmed(request, subject, result, call.identity)
            except Refused as refusal:
                form.refuse(refusal)
        context = {"verb": self.verb, "subject": subject, "form": form, "more": more, "waiting": waiting}
        context |= self.code_context(request, subject, waiting)
        return render(request, self.confirm_template, context, status=422 if form.errors else 200)

    def code_form(self, request: HttpRequest, subject: Any, waiting: PendingCode) -> CodeForm:
        """Return the form that takes the code."""
        confirming = self.verb.confirming
        assert confirming is not None
        about, silent = self.about(subject, waiting), confirming.silent
        return code_form(request, waiting.address, purpose=confirming.purpose, subject=about, silent=silent)

    def about(self, subject: Any, waiting: PendingCode) -> str:
        """Return what the code of what waits was sent for: its subject."""
        assert self.verb.confirming is not None
        return self.verb.confirming.about(subject)

    def code_context(self, request: HttpRequest, subject: Any, waiting: PendingCode) -> dict[str, Any]:
        """Return what the page that asks for the code shows besides."""
        return self.more_context(subject)

    def go_on(self, request: HttpRequest, subject: Any, outcome: Outcome, form: Form) -> HttpResponse:
        """Show that it is done, or redirect to the page that asks for the code."""
        if outcome.asked is None:
            return self.confirmed(request, subject, outcome.result, None)
        response = redirect(self.confirm_url, code=subject.code)
        taken = answers_taken(self.verb.execute, self.verb.form, self.verb.conversation_form)
        kept = {name: value for name, value in form.cleaned_data.items() if name in taken}
        self.cookie(subject).set(response, outcome.asked, kept)
        return response

    def cookie(self, subject: Any) -> PendingCookie:
        """Return the cookie that remembers whose code the pages of a subject wait for."""
        return PendingCookie(self.cookie_name.format(subject.code), subject.get_absolute_url(), self.cookie_salt)

    def find_pending(self, request: HttpRequest, subject: Any) -> PendingCode:
        """Return whose code this page waits for, by this browser's cookie."""
        return self.cookie(subject).find(request)

    def command(self, subject: Any, waiting: PendingCode) -> Command:
        """Return the command that does the same in a conversation."""
        return Command(self.verb.name, subject, code_of(subject))

    def ask_again(self, request: HttpRequest, subject: Any, waiting: PendingCode, address: Address) -> None:
        """Send another code, with the same answers. Raise Refused."""
        execute(self.verb, subject, call_from_request(request, address=address), waiting.answers)

    def form_beside_code(self, request: HttpRequest, waiting: PendingCode) -> Form | None:
        """Return a form of what may be changed while the code is typed; None if nothing may."""
        return None

    def confirmed(self, request: HttpRequest, subject: Any, result: Any, who: Identity | None) -> HttpResponse:
        """Return the page after it is done; ``who``: the address that was proved by a code just now."""
        raise NotImplementedError


def namespace_of(request: HttpRequest) -> str:
    """Return the namespace of the URL that was asked for: the app's name."""
    match = request.resolver_match
    assert match is not None
    return match.namespace
