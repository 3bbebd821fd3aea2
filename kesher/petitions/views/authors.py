"""Pages for starting a petition, and the author's private page, which opens by a secret link."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kesher.accounts.recent_verification import ProvedPerson
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import call_from_request
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.dialogues import web_form
from kesher.dialogues.forms import StepForm
from kesher.initiatives.presenters import share_context
from kesher.participation.rate_limits import may_try
from kesher.petitions import services
from kesher.petitions.forms.authors import AnotherAddressForm, NewsForm, WriteForm, answers_of, build_written
from kesher.petitions.models import TITLE_MAX, Petition
from kesher.petitions.policy_deadlines import late_reviews, policy_of
from kesher.petitions.presenters import build_count
from kesher.petitions.rejection_reasons import STANDARDS, reason_of
from kesher.petitions.rules import has_key, may_close, may_rewrite, may_see, may_write_news
from kesher.petitions.services.drafts import START as PURPOSE
from kesher.petitions.similar_petitions import find_similar
from kesher.petitions.skill.signatures import find_authored_petition
from kesher.petitions.threshold_progress import read_figures, threshold_steps
from kesher.petitions.timeline import build_timeline
from kesher.petitions.unavailable_petition_page import unknown
from kesher.petitions.verbs import START
from kesher.petitions.views.petitions import SIGNER
from kesher.verbs.page_door import VerbPage
from kesher.verbs.pending_code import COOKIE_SECONDS, set_cookie
from kesher.verbs.services import Outcome, confirm_stored

DRAFT_SALT = "kesher.petitions.draft"


class StartPage(VerbPage):
    """Start a petition; similar ones are shown before anything is sent."""

    memory, template = SIGNER, "petitions/start.html"

    def show(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Show the form of a new petition, and take it, unless the body takes none now."""
        if not policy_of(current_agency_id()).accepting:
            return render(request, self.template, {"closed": True})
        return super().show(request, code)

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return the title with which a link may begin the form."""
        return {"title": request.GET.get("title", "")[:TITLE_MAX]}

    def submit(
        self, request: HttpRequest, subject: None, form: Any, raw: dict[str, Any], proved: ProvedPerson | None
    ) -> HttpResponse:
        """Start the petition if its author is sure that it is another one than those like it."""
        found = [] if "sure" in request.POST else find_similar(form.cleaned_data["title"], form.cleaned_data["demand"])
        if found:
            context = {**self.context(subject, form, raw, proved), "similar": found, "unsure": True}
            return render(request, self.template, context)
        return super().submit(request, subject, form, {**raw, "sure": "1"}, proved)

    def context(self, subject: None, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the template context of the page: the form, its fields by name, and who is known here already."""
        known = {"standards": STANDARDS, "late": late_reviews(), "sure": raw.get("sure")}
        return {"form": form, "rows": rows_by_name(form, raw), "proved": proved, **known}

    def go_on(self, request: HttpRequest, subject: None, outcome: Outcome, form: Any) -> HttpResponse:
        """Redirect to the author's own page, or to the page that asks for the code."""
        petition = outcome.result
        if outcome.asked is None:
            return redirect("petitions:author", code=petition.code, key=petition.author_key)
        response = redirect("petitions:started", code=petition.code)
        remember_draft(response, petition)
        return response


start_page = StartPage(START)


def rows_by_name(form: StepForm, raw: Mapping[str, Any]) -> dict[str, web_form.Row]:
    """Return the form's rows for the template as {field name: row}."""
    return {row.field.name: row for row in web_form.question_rows(form, raw)}


@require_GET
def show_similar(request: AgencyRequest) -> HttpResponse:
    """Render petitions that ask for the same as the title being typed, as an HTML fragment for htmx."""
    title = request.GET.get("title", "")[:80].strip()
    return render(request, "petitions/start.html#similar", {"similar": find_similar(title) if len(title) > 4 else []})


@never_cache
@require_http_methods(["GET", "POST"])
def started(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the page that asks for the author's code (typed, or from a link), and start the petition with it."""
    petition = find_authored_petition(code)
    if petition is None:
        return unknown(request)
    another = AnotherAddressForm(request.POST if "another" in request.POST else None)
    waits = petition.moderation == Petition.Moderation.DRAFT or another.is_bound
    linked = "code" in request.GET
    if not linked and not is_draft_from_here(request, petition):
        return redirect(petition) if may_see(None, petition) else unknown(request)  # it is somebody else's
    mine_here = waits and not linked
    if mine_here and another.is_bound and send_code_elsewhere(request, petition, another):
        return redirect("petitions:started", code=code)
    identity = services.find_asked_identity(petition)
    address = Address(identity.scheme, identity.address) if identity is not None else None
    form = code_form(request, address, purpose=PURPOSE, subject=code, again=mine_here)
    form.fields.pop("address", None)  # the petition knows the address
    ask = partial(send_code_again, petition)
    if (ways := send_new_code(request, form, ask, Command("petitions.mine"))) is not None:
        return ways
    if form.is_bound and form.is_valid():
        try:
            if identity is None or not may_try(request, "author"):
                raise Refused(_("Too many tries. Please try again in ten minutes."))
            confirm_stored(START, petition, call_from_request(request, identity=identity), form.cleaned_data["code"])
            return redirect("petitions:author", code=code, key=petition.author_key)
        except Refused as refusal:
            form.refuse(refusal)
    context: dict[str, Any] = {"petition": petition, "form": form, "linked": linked}
    if mine_here and identity is not None:
        context |= {"another": another, "hint": mask_address(identity.scheme, identity.address)}
    status = 422 if form.errors or another.errors else 200
    return render(request, "petitions/started.html", context, status=status)


def remember_draft(response: HttpResponse, petition: Petition) -> None:
    """Set a cookie with which this browser may correct the address of the draft's author for an hour."""
    value = signing.dumps(petition.pk, salt=DRAFT_SALT)
    set_cookie(response, f"draft-{petition.code}", value, petition.get_absolute_url())


def is_draft_from_here(request: HttpRequest, petition: Petition) -> bool:
    """Return whether this draft petition was written in this browser within the last hour."""
    value = request.COOKIES.get(f"draft-{petition.code}", "")
    try:
        return bool(signing.loads(value, salt=DRAFT_SALT, max_age=COOKIE_SECONDS) == petition.pk)
    except signing.BadSignature:
        return False


def send_code_again(petition: Petition, address: Address) -> None:
    """Send another code for the draft petition to its author's address. Raise Refused."""
    lang = (get_language() or "he")[:2]
    services.send_author_code(petition, get_or_create_identity(address, language=lang), lang=lang)


def send_code_elsewhere(request: AgencyRequest, petition: Petition, form: AnotherAddressForm) -> bool:
    """Send the draft's code to a corrected address, whose owner becomes the author; return whether it went."""
    if not form.is_valid():
        return False
    try:
        if not may_try(request, "start"):
            raise Refused(_("Too many tries. Please try again in ten minutes."))
        services.change_author(petition, call_from_request(request, address=form.cleaned_data["address"]))
    except Refused as refusal:
        form.add_error("address", refusal.message)
        return False
    return True


def find_petition_by_key(code: str, key: str) -> Petition | None:
    """Return the petition with this code if ``key`` is the secret of its author's page, or None."""
    petition = find_authored_petition(code)
    return petition if petition is not None and has_key(petition, key) else None


@never_cache
@require_GET
def author(request: AgencyRequest, code: str, key: str) -> HttpResponse:
    """Show the author's own page of a petition: where it stands, what they can do now, how to pass it on."""
    petition = find_petition_by_key(code, key)
    if petition is None:
        return unknown(request)
    return author_page(request, petition)


def author_page(request: AgencyRequest, petition: Petition, form: NewsForm | None = None) -> HttpResponse:
    """Render the author's own page of a petition, with this form of news if it has errors."""
    found = read_figures(petition)
    steps = threshold_steps(petition, found.get("level", {}))
    count = build_count(petition, found, steps)
    has = count.counts if petition.is_gathering else 0
    context = {
        "petition": petition,
        "key": petition.author_key,
        "has": has,
        "missing": max(petition.supporters - has, 0),
        "supporters": count.aim,
        "ladder": steps if petition.is_published else [],
        "reason": reason_of(petition.reason),
        "count": count,
        "story": build_timeline(petition),
        "news": form or NewsForm(),
        "updates": petition.updates.filter(by_author=True).order_by("-id")[:5],
        "may": {"rewrite": may_rewrite(petition), "close": may_close(petition), "tell": may_write_news(petition)},
        **share_context(petition, petition.command, is_open=petition.takes_signatures),
    }
    return render(request, "petitions/author.html", context, status=422 if form and form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def rewrite(request: AgencyRequest, code: str, key: str) -> HttpResponse:
    """Show the author the form with the petition's words, change them and submit it for review again."""
    petition = find_petition_by_key(code, key)
    if petition is None:
        return unknown(request)
    if not may_rewrite(petition):
        return redirect("petitions:author", code=code, key=key)
    raw: Mapping[str, Any] = answers_of(petition)
    form: Any = web_form.initial_form(WriteForm, raw)
    if request.method == "POST":
        form, raw = web_form.read_form(WriteForm, request)
        if form.is_valid():
            try:
                services.rewrite_petition(
                    petition, build_written(form.cleaned_data, petition.language), by=author_actor(petition)
                )
                return redirect("petitions:author", code=code, key=key)
            except Refused as refusal:
                form.add_error(None, refusal.message)
    context = {"petition": petition, "key": key, "form": form, "rows": rows_by_name(form, raw)}
    return render(request, "petitions/rewrite.html", context, status=422 if form.errors else 200)


def author_actor(petition: Petition, door: str = "web") -> Actor:
    """Return the petition's author as the audit's actor."""
    assert petition.author is not None
    return Actor("contact", petition.author.root().pk, door)


@never_cache
@require_http_methods(["GET", "POST"])
def tell(request: AgencyRequest, code: str, key: str) -> HttpResponse:
    """Store the author's news for the signers, which a moderator reads first."""
    petition = find_petition_by_key(code, key)
    if petition is None:
        return unknown(request)
    form = NewsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lang = petition.language
            services.propose_update(petition, form.cleaned_data["text"], language=lang, by=author_actor(petition))
            return redirect("petitions:author", code=code, key=key)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return author_page(request, petition, form)


@never_cache
@require_http_methods(["GET", "POST"])
def close(request: AgencyRequest, code: str, key: str) -> HttpResponse:
    """Ask the author to confirm, then close their petition to signatures (POST)."""
    petition = find_petition_by_key(code, key)
    if petition is None:
        return unknown(request)
    if request.method == "POST" and petition.author is not None:
        try:
            services.close_own_petition(petition, petition.author, by=author_actor(petition))
        except Refused:
            pass  # it is closed already: the page says so
        return redirect("petitions:author", code=code, key=key)
    return render(request, "petitions/close.html", {"petition": petition, "key": key, "count": build_count(petition)})
