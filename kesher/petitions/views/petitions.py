"""Public pages of petitions: list, one petition, sign, confirm, withdraw.

They read tallies, never signatures, except for the names that people agreed to show.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kesher.accounts.recent_verification import Memory, ProvedPerson, choose_proved
from kesher.agencies.business_hours import working_day_hours
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import call_from_request
from kesher.conversations.form_handover import continue_command
from kesher.core.contact_address import Address
from kesher.core.db.prepared_query import Prepared
from kesher.core.http.page_cache import shared_page
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.initiatives.presenters import share_context
from kesher.initiatives.views import build_count_view
from kesher.participation.services import find_participation
from kesher.petitions import services
from kesher.petitions.forms.signatures import SignForm
from kesher.petitions.models import Petition, Signature, Threshold
from kesher.petitions.models.policy import proof_of
from kesher.petitions.policy_deadlines import late_reviews, policy_of
from kesher.petitions.presenters import Count, build_count, listed, petition_context
from kesher.petitions.rejection_reasons import REASONS, STANDARDS, reason_of
from kesher.petitions.rules import may_see, may_sign
from kesher.petitions.services.signatures import Signed, Withdrawn
from kesher.petitions.threshold_progress import read_figures
from kesher.petitions.unavailable_petition_page import (
    find_known_petition,
    find_petition_in_any_state,
    find_public_petition,
    render_unavailable,
    title_or_number,
    unknown,
)
from kesher.petitions.verbs import SIGN, WITHDRAW
from kesher.verbs.page_door import ConfirmedPage
from kesher.verbs.pending_code import PendingCode
from kesher.verbs.services import execute

# Who signs here: long enough for an evening of petitions, short enough for a library's computer, where "this is not me"
# ends it at once.
SIGNER = Memory("kesher_signer", path="/petitions/", seconds=12 * 3600, salt="kesher.petitions.signer")


@Prepared.of(str)
def query_petition_to_sign(code: str) -> QuerySet[Petition]:
    """Return a queryset of the petition with this code, with what signing needs: without its texts."""
    needed = ("agency", "moderation", "opens_at", "closes_at", "closing", "closed_at", "closed_by")
    of_action = ("action__agency", "action__kind", "action__code", "action__secret")
    rows = Petition.objects.findable().select_related("action").only(*needed, *of_action)
    return rows.with_code(code)


@require_GET
@shared_page("show", "sort", "page", unless=("q",))
def petitions(request: AgencyRequest) -> HttpResponse:
    """Show the public list of petitions, searched and sorted by links that work without a script."""
    return render(request, "petitions/list.html", listed(request.GET))


@require_GET
@shared_page(unless=("another",))
def detail(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the public page of a petition, or where it stands if it has none now."""
    found = find_public_petition(code)
    if found is None:
        return preview(request, code)
    if found.moderation == Petition.Moderation.REJECTED:
        return render(request, "petitions/rejected.html", {"petition": found, "reason": reason_of(found.reason)})
    signer = choose_proved(request, SIGNER)
    signed = find_participation(found.action, signer.identity.contact) if signer is not None else None
    context = petition_context(found, sign_page.form(), now=signed is not None)
    return render(request, "petitions/detail.html", context | {"signer": signer, "signed": signed})


def preview(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the desk a draft as the public would see it; show others where the petition stands."""
    draft = find_petition_in_any_state(code)
    if draft is None or not may_see(staff_of(request), draft):
        return render_unavailable(request, draft)
    return render(request, "petitions/detail.html", petition_context(draft, None))


def read_count(code: str) -> Count | None:
    """Return the numbers of the public petition with this code, with a signature that was made just now."""
    found = find_public_petition(code)
    return build_count(found, read_figures(found, now=True)) if found is not None else None


count = build_count_view("petitions", read_count, name="count", parts=("count", "bars"), unknown=unknown)


@require_GET
def standards(request: AgencyRequest) -> HttpResponse:
    """Show the public page of standards: what is published, how long each step takes, what is promised."""
    policy = policy_of(request.agency.pk)
    reasons = list(REASONS.values())
    context = {
        "policy": policy,
        "late": late_reviews(),
        "days": max(1, round(policy.review_hours / working_day_hours(request.agency))),
        "promises": [
            {"title": row.title, "count": row.count, "days": row.days, "proof": proof_of(row.level)}
            for row in Threshold.objects.all()
        ],
        "standards": STANDARDS,
        "shown": [reason for reason in reasons if not reason.hides],
        "hidden": [reason for reason in reasons if reason.hides],
    }
    return render(request, "petitions/standards.html", context)


@require_GET
def share(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the ways to pass a petition on (links, QR code), and a notice to print."""
    found = find_public_petition(code)
    if found is None:
        return render_unavailable(request, find_petition_in_any_state(code))
    context = share_context(found, found.command, is_open=found.takes_signatures)
    context |= {"petition": found, "count": build_count(found), "live_streams": ()}
    return render(request, "petitions/share.html", context)


class SignPage(ConfirmedPage):
    """Sign a petition, and bring the signature's code. The form stands on the petition's own page."""

    memory, cookie_name, cookie_salt = SIGNER, "sign-{}", "kesher.petitions.waiting"
    template, confirm_template, confirm_url = "petitions/detail.html", "petitions/confirm.html", "petitions:confirm"

    def show(self, request: HttpRequest, code: str = "") -> HttpResponse:
        """Redirect to the form on the petition's page; sign if it is posted in time."""
        found = self.find(code)
        if found is None:
            return self.render_missing(request, code)
        if request.method != "POST":
            return redirect(f"{found.get_absolute_url()}#sign")
        return self.post(request, found) if may_sign(found) else render_too_late(request, code)

    def find(self, code: str) -> Petition | None:
        """Return the petition with this code, with what signing needs."""
        return next(iter(query_petition_to_sign(code[:8])), None)

    def render_missing(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show where the petition stands if it has no page now."""
        return render_unavailable(request, find_petition_in_any_state(code))

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the answers to take into a conversation: no consent, and a name only to show it."""
        return {name: raw.get(name) for name in ("address", "area", *(["name"] if raw.get("show_name") else []))}

    def context(self, subject: Petition, form: Form, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the petition's page, with the form's input and errors."""
        return {**petition_context(find_public_petition(subject.code) or subject, form), "signer": proved}

    def find_pending(self, request: HttpRequest, subject: Petition) -> PendingCode:
        """Return whose code this page waits for, by the link's receipt or this browser's cookie."""
        receipt = request.GET.get("r", "")[:12] if request.GET.get("code") else ""
        row = (
            Signature.objects.of(subject).select_related("identity").filter(receipt=receipt).first()
            if receipt
            else None
        )
        if row is None or row.identity is None:
            return super().find_pending(request, subject)
        waits = row.state == Signature.State.PENDING
        written = {"name": row.name, "show_name": row.show_name, "area": row.area} if waits else {}
        answers = {**written, "updates": request.GET.get("u") == "1"}
        return PendingCode(Address(row.identity.scheme, row.identity.address), answers, linked=True)

    def form_beside_code(self, request: HttpRequest, waiting: PendingCode) -> Form | None:
        """Return a form to change the pending signature of a link; None in the browser that wrote it."""
        if waiting.address is not None and not waiting.linked:
            return None
        form = SignForm(request.POST if "code" in request.POST else None, initial=dict(waiting.answers))
        del form.fields["address"]
        return form

    def ask_again(self, request: HttpRequest, subject: Petition, waiting: PendingCode, address: Address) -> None:
        """Send another code, and leave the signature as it was written. Raise Refused."""
        answers = {"updates": bool(waiting.answers.get("updates")), "as_written": True}
        execute(self.verb, subject, call_from_request(request, address=address), answers)

    def more_context(self, subject: Petition) -> dict[str, Any]:
        """Return the petition's name, and the steps of signing."""
        return {"name": title_or_number(subject), "steps": step_titles()}

    def confirmed(self, request: HttpRequest, subject: Petition, result: Signed, who: Identity | None) -> HttpResponse:
        """Redirect to the thanks, where this browser sees the receipt; remember who proved their address."""
        response = redirect("petitions:thanks", code=subject.code)
        if who is not None:
            self.cookie(subject).delete(response)
            SIGNER.keep(response, who)
        return remember_done(response, "sign", subject.code, result.signature.receipt)


def render_too_late(request: HttpRequest, code: str) -> HttpResponse:
    """Show the petition's page with when signing ended, and when this request reached us."""
    found = find_public_petition(code)
    if found is None:
        return unknown(request)
    words = _("This petition takes no signatures now.") + services.explain_lateness(found)
    return render(request, "petitions/detail.html", {**petition_context(found, None), "late": words}, status=409)


@require_POST
def forget_signer(request: AgencyRequest, code: str) -> HttpResponse:
    """Delete the cookie by which this browser knows its signer, and return to the petition."""
    found = find_known_petition(code)
    if found is None:
        return unknown(request)
    response = redirect(f"{found.get_absolute_url()}#sign")
    SIGNER.drop(response)
    return response


@never_cache
@require_GET
def thanks(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the signature's receipt and links to pass the petition on, only in the browser that signed."""
    found = find_known_petition(code)
    receipt = find_done(request, "sign", found.code) if found is not None else None
    if found is None or found.is_out_of_sight:
        return render_unavailable(request, found, receipt=receipt or "")
    if receipt is None:
        return redirect(found)
    context = {
        "petition": found,
        "receipt": receipt,
        "count": build_count(found, read_figures(found, now=True)),
        "steps": step_titles(),
        **share_context(found, found.command, is_open=False),
    }
    return render(request, "petitions/thanks.html", context)


class WithdrawPage(ConfirmedPage):
    """Withdraw the signature of a known person, or by a code; no page shows whether somebody had signed."""

    cookie_name, cookie_salt = SignPage.cookie_name, SignPage.cookie_salt
    template = confirm_template = "petitions/withdraw.html"
    confirm_url = "petitions:withdraw-code"

    def render_missing(self, request: HttpRequest, code: str) -> HttpResponse:
        """Return the page for an unknown number."""
        return unknown(request)

    def more_context(self, subject: Petition) -> dict[str, Any]:
        """Return the petition's name and page, and the command that does the same in a conversation."""
        words = continue_command("petitions.withdraw", subject.code)
        return {"name": title_or_number(subject), "home": page_or_list_url(subject), "words": words}

    def confirmed(
        self, request: HttpRequest, subject: Petition, result: Withdrawn, who: Identity | None
    ) -> HttpResponse:
        """Show that the signature was withdrawn, or that there was none."""
        return render(request, self.template, {**self.more_context(subject), "withdrawn": result})


def page_or_list_url(found: Petition) -> str:
    """Return the path of the petition's page, or of the list if it has no public page."""
    seen = may_see(None, found) or found.is_out_of_sight
    return found.get_absolute_url() if seen else reverse("petitions:list")


def step_titles() -> list[str]:
    """Return the titles of the steps of signing, from the form to the thanks."""
    return [_("Sign"), _("Confirm"), _("Signed")]


sign_page, withdraw_page = SignPage(SIGN), WithdrawPage(WITHDRAW)
