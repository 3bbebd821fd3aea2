"""Public pages of petitions: list, one petition, sign, confirm, withdraw.

They read tallies, never signatures, except for the names that people agreed to show.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.accounts.recent_verification import ProvedPerson, choose_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.conversations.channel_links import share_links
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import continue_command, offer_ways, park_page_form
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.client_ip import ip_of
from kesher.core.confirmation_pages import find_done, remember_done
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.page_cache import shared_page
from kesher.core.prepared_query import Prepared
from kesher.participation.participation_origin import net_of
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import find_participation
from kesher.petitions import services
from kesher.petitions.deep_links import page_url
from kesher.petitions.forms import AddressForm, SignAtOnceForm, SignOnTheWebForm
from kesher.petitions.models import Petition
from kesher.petitions.pending_code import SIGNER, PendingCode, find_pending_code, forget_address, remember
from kesher.petitions.presenters import Count, build_count, listed, petition_context
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.rules import may_confirm, may_see, may_sign
from kesher.petitions.services.signatures import SIGN, Signed
from kesher.petitions.threshold_progress import read_figures
from kesher.petitions.unavailable_petition_page import (
    find_petition_in_any_state,
    render_unavailable,
    title_or_number,
    unknown,
)

COUNT_SECONDS = 1


def find_public_petition(code: str) -> Petition | None:
    """Return the petition with this code that the public may read, or None.

    It is published, looks for supporters, or was refused for a reason that may be read.
    """
    return next(iter(query_petition_page(code[:8])), None)


@Prepared.of(str)
def query_petition_page(code: str) -> QuerySet[Petition]:
    """Return a queryset of the petition with this code, with all that its page needs."""
    return Petition.objects.findable().with_page().filter(action__code=code)


@Prepared.of(str)
def query_petition_to_sign(code: str) -> QuerySet[Petition]:
    """Return a queryset of the petition with this code, with what signing needs: without its texts."""
    needed = ("agency", "moderation", "opens_at", "closes_at", "closing", "closed_at", "closed_by")
    of_action = ("action__agency", "action__kind", "action__code", "action__secret")
    rows = Petition.objects.findable().select_related("action").only(*needed, *of_action)
    return rows.filter(action__code=code)


def find_known_petition(code: str) -> Petition | None:
    """Return the petition with this code if the public may read it or was given its number, or None."""
    found = find_public_petition(code) or find_petition_in_any_state(code)
    return found if found is not None and (may_see(None, found) or found.is_out_of_sight) else None


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
    context = petition_context(found, SignOnTheWebForm(), now=signed is not None)
    return render(request, "petitions/detail.html", context | {"signer": signer, "signed": signed})


def preview(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the desk a draft as the public would see it; show others where the petition stands."""
    draft = find_petition_in_any_state(code)
    if draft is None or not may_see(staff_of(request), draft):
        return render_unavailable(request, draft)
    return render(request, "petitions/detail.html", petition_context(draft, None))


@require_GET
def count(request: AgencyRequest, code: str) -> HttpResponse:
    """Return the live parts of a petition's page: the count with its meter, or (``?bars``) the breakdowns.

    It is answered from memory for a second; the page asks once more a little later, so that its last number is right.
    """
    key = f"petitions:count:{request.agency.pk}:{code[:8]}:{get_language()}"
    found: Count | None = cache.get(key)
    if found is None:
        row = find_public_petition(code)
        if row is None:
            return unknown(request)
        found = build_count(row, read_figures(row, now=True))  # with the signature that was made here just now
        cache.set(key, found, COUNT_SECONDS)
    part = "bars" if "bars" in request.GET else "count"
    response = render(request, f"petitions/detail.html#{part}", {"count": found})
    response["Cache-Control"] = f"private, max-age={COUNT_SECONDS}"
    return response


@require_http_methods(["GET", "POST"])
def sign(request: AgencyRequest, code: str) -> HttpResponse:
    """Sign a petition for the person whom this browser knows, or send a code to the address in the form."""
    found = next(iter(query_petition_to_sign(code[:8])), None)
    if found is None:
        return render_unavailable(request, find_petition_in_any_state(code))
    if request.method == "GET":
        return redirect(f"{found.get_absolute_url()}#sign")
    if not may_sign(found):
        return render_too_late(request, code)
    if "later" in request.POST:
        return park_page_form(request, "petitions.sign", raw_answers(request.POST), subject=found, code=found.code)
    signer = choose_proved(request, SIGNER)
    return sign_at_once(request, found, signer) if signer is not None else sign_by_code(request, found)


def render_too_late(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the petition's page with when signing ended, and when this request reached us."""
    found = find_public_petition(code)
    if found is None:
        return unknown(request)
    words = _("This petition takes no signatures now.") + services.explain_lateness(found)
    return render(request, "petitions/detail.html", {**petition_context(found, None), "late": words}, status=409)


def raw_answers(posted: QueryDict) -> dict[str, Any]:
    """Return the form's answers to take into a conversation: no consent, and a name only to show it."""
    return {name: posted.get(name) for name in ("address", "area", *(["name"] if posted.get("show_name") else []))}


def render_errors(request: AgencyRequest, found: Petition, form: Form, why: str = "", **more: Any) -> HttpResponse:
    """Show the petition's page again with the signing form's input and errors."""
    if why:
        form.add_error(None, why)
    context = petition_context(find_public_petition(found.code) or found, form)
    return render(request, "petitions/detail.html", context | more, status=more.get("status", 422))


def sign_at_once(request: AgencyRequest, found: Petition, signer: ProvedPerson) -> HttpResponse:
    """Sign the petition for the person who proved their address in this browser not long ago."""
    form = SignAtOnceForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(_("Please check what you wrote."))
        call = call_from_request(request, found, identity=signer.identity, level=signer.identity.assurance)
        signed = services.sign_petition(found, call, alone=signer.alone, **signing_answers(form))
    except Refused as refusal:
        return render_errors(request, found, form, refusal.message, signer=signer)
    return redirect_to_thanks(found, signed)


def sign_by_code(request: AgencyRequest, found: Petition) -> HttpResponse:
    """Send a code to the signer's address, and redirect to the page that asks for it; ignore a robot."""
    form = SignOnTheWebForm(request.POST)
    if not form.is_valid():
        return render_errors(request, found, form)
    address: Address = form.cleaned_data["address"]
    if not may_ask(request, found.action, "sign", address):
        return render_errors(request, found, form, _("Too many tries. Please try again in ten minutes."), status=429)
    try:
        if not form.is_robot:
            services.sign_petition(found, call_from_request(request, found, address=address), **signing_answers(form))
    except MessageLimitReached as why:
        return offer_ways(request, why, "petitions.sign", raw_answers(request.POST), subject=found, code=found.code)
    except Refused as refusal:
        return render_errors(request, found, form, refusal.message)
    response = redirect("petitions:confirm", code=found.code)
    remember(response, found, address, signing_answers(form))
    return response


def call_from_request(request: AgencyRequest, found: Petition, *, door: str = "web", **who: Any) -> Call:
    """Return who signs and how (a `Call`) from a web request; ``who`` are its fields on the person."""
    lang, network = (get_language() or "he")[:2], net_of(found.action, ip_of(request))
    return Call(door=door, lang=lang, network=network, **who)


def signing_answers(form: SignAtOnceForm) -> dict[str, Any]:
    """Return the signing form's name, consent and area as keyword arguments of `sign_petition`."""
    given = form.cleaned_data
    return {name: given[name] for name in ("name", "show_name", "updates", "area") if name in given}


@require_POST
def forget_signer(request: AgencyRequest, code: str) -> HttpResponse:
    """Delete the cookie by which this browser knows its signer, and return to the petition."""
    found = find_known_petition(code)
    if found is None:
        return unknown(request)
    response = redirect(f"{found.get_absolute_url()}#sign")
    SIGNER.drop(response)
    return response


def redirect_to_thanks(found: Petition, signed: Signed, identity: Identity | None = None) -> HttpResponse:
    """Redirect to the thanks page with the receipt; store ``identity``, proved just now, in a cookie."""
    response = HttpResponseRedirect(reverse("petitions:thanks", args=[found.code]))
    if identity is not None:
        forget_address(response, found)
        SIGNER.keep(response, identity)
    return remember_done(response, "sign", found.code, signed.signature.receipt)


@require_http_methods(["GET", "POST"])
def confirm(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the page that asks for a signature's code (typed, or from a link), and count the signature."""
    found = find_known_petition(code)
    if found is None or not may_confirm(found):
        return render_unavailable(request, found)
    waiting = find_pending_code(request, found)
    form = code_form(request, waiting.address, purpose=SIGN, subject=found.code)
    ask = partial(send_another_code, request, found, waiting)
    if (ways := send_new_code(request, form, ask, Command("petitions.sign", found, code))) is not None:
        return ways
    wish = pending_signature_form(request, waiting) if not form.dead else None
    if form.is_valid() and (wish is None or wish.is_valid()):
        answers = signing_answers(wish) if wish else waiting.wish
        try:
            call, typed = call_with_code(request, found, form), form.cleaned_data["code"]
            signed = services.confirm_signature(found, call, typed, as_written="name" not in answers, **answers)
            return redirect_to_thanks(found, signed, call.identity)
        except Refused as refusal:
            form.refuse(refusal)
    context = {"petition": found, "form": form, "hint": waiting.hint, "wish": wish, "linked": waiting.linked}
    context |= {"name": title_or_number(found), "steps": step_titles()}
    return render(request, "petitions/confirm.html", context, status=422 if form.errors else 200)


def pending_signature_form(request: AgencyRequest, waiting: PendingCode) -> SignAtOnceForm | None:
    """Return a form to change the pending signature of a link; None in the browser that wrote it."""
    if waiting.address is not None and not waiting.linked:
        return None
    return SignAtOnceForm(request.POST if "code" in request.POST else None, initial=dict(waiting.wish))


def send_another_code(request: AgencyRequest, found: Petition, waiting: PendingCode, address: Address) -> None:
    """Send another code for the pending signature to this address, with the same answers. Raise Refused."""
    call = call_from_request(request, found, address=address)
    services.sign_petition(found, call, updates=bool(waiting.wish.get("updates")), as_written=True)


def call_with_code(request: AgencyRequest, found: Petition, form: CodeForm) -> Call:
    """Return the `Call` of the person who brings a signature's code. Raise Refused after too many tries."""
    if not may_ask(request, found.action, "confirm", form.target):
        raise Refused(_("Too many tries. Please try again in ten minutes."))
    return call_from_request(request, found, identity=find_identity(form.target))


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
        "live_streams": [found.action.stream],
        "shares": share_links(page_url(found), found.title),
        "page_url": page_url(found),
    }
    return render(request, "petitions/thanks.html", context)


def find_ever_signable(code: str) -> Petition | None:
    """Return the petition with this code if it could ever be signed, or None."""
    return Petition.objects.ever_signable().with_page().filter(action__code=code[:8]).first()


@require_http_methods(["GET", "POST"])
def withdraw(request: AgencyRequest, code: str) -> HttpResponse:
    """Withdraw the signature of a known person, else ask for the address that gets a withdrawal code."""
    found = find_ever_signable(code)
    if found is None:
        return unknown(request)
    form, proved = AddressForm(request.POST or None), choose_proved(request)
    context = {"name": title_or_number(found), "home": page_or_list_url(found), "form": form, "proved": proved}
    if request.method == "POST" and proved is not None:
        gone = services.withdraw_signature(found, call_from_request(request, found, contact=proved.identity.contact))
        return render(request, "petitions/withdraw.html", {**context, "gone": gone, "nothing": not gone})
    if request.method == "POST" and form.is_valid():
        address: Address = form.cleaned_data["address"]
        if may_ask(request, found.action, "withdraw", address):
            send_withdrawal_code(request, found, address)
            response = redirect("petitions:withdraw-code", code=found.code)
            remember(response, found, address)
            return response
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
    return render(request, "petitions/withdraw.html", context, status=422 if form.errors else 200)


def send_withdrawal_code(request: AgencyRequest, found: Petition, address: Address) -> None:
    """Send a withdrawal code to this address if it signed; the page does not show whether it did."""
    services.ask_to_withdraw(found, call_from_request(request, found, address=address))


@require_http_methods(["GET", "POST"])
def withdraw_code(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the page that asks for the withdrawal code, and withdraw the signature."""
    found = find_ever_signable(code)
    if found is None:
        return unknown(request)
    waiting = find_pending_code(request, found)
    form = code_form(request, waiting.address, silent=True)
    ask = partial(send_withdrawal_code, request, found)
    if (ways := send_new_code(request, form, ask, Command("petitions.withdraw", found, code))) is not None:
        return ways
    gone = False
    if form.is_valid():
        try:
            services.confirm_withdrawal(found, call_with_code(request, found, form), form.cleaned_data["code"])
            gone = True
        except Refused as refusal:
            form.refuse(refusal)
    context = {"name": title_or_number(found), "home": page_or_list_url(found), "form": form, "hint": waiting.hint}
    context |= {"gone": gone, "asked": True, "words": continue_command("petitions.withdraw", found.code)}
    return render(request, "petitions/withdraw.html", context, status=422 if form.errors else 200)


def page_or_list_url(found: Petition) -> str:
    """Return the path of the petition's page, or of the list if it has no public page."""
    seen = may_see(None, found) or found.is_out_of_sight
    return found.get_absolute_url() if seen else reverse("petitions:list")


def step_titles() -> list[str]:
    """Return the titles of the steps of signing, from the form to the thanks."""
    return [_("Sign"), _("Confirm"), _("Signed")]
