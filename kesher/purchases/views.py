"""Public pages of group purchases: list, one purchase, join, pledge, start one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kesher.accounts.recent_verification import ProvedPerson, choose_proved, leave_out_address
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached, WrongCode, find_identity, get_or_create_identity
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways, park_page_form
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.core.http.page_cache import shared_page
from kesher.initiatives.views import build_count_view
from kesher.participation.rate_limits import may_ask, may_try
from kesher.purchases import services
from kesher.purchases.consumer_rights import cancellation_rights
from kesher.purchases.forms import AddressForm, PledgeOnTheWebForm, StartOnTheWebForm
from kesher.purchases.magic_links import get_sealed_offer, organiser_path, own_path
from kesher.purchases.models import Purchase
from kesher.purchases.offer_dialogue_form import to_conversation_answers
from kesher.purchases.pending_code import Waiting, ask_for_code, find_waiting, forget, pledge_fields, remember
from kesher.purchases.presenters import Numbers, draw_context, list_page_context, numbers, page_context
from kesher.purchases.rules import ORGANISER_LEVEL, lateness_notice, may_pledge, may_see
from kesher.purchases.services.address_verification import level_of_code
from kesher.purchases.services.pledge_journal import JOIN, person_actor

SKILLS = {
    **{wish: f"purchases.{wish}" for wish in ("interest", "pledge", "offer", "unoffer", "start", "mine")},
    "give_up": "purchases.cancel",
}  # the same requests in a conversation
WEB = Actor("contact", None, "web")
DONE = {
    "pledge": gettext_lazy("Thank you. Your pledge is written down."),
    "offer": gettext_lazy("Thank you. We look at the offer, and publish it here."),
    "unoffer": gettext_lazy("Your offer is taken back."),
}


def is_within_rate(request: HttpRequest, found: Purchase, wish: str, address: Address) -> bool:
    """Return whether the rate limits allow this request; sellers are limited by network alone."""
    return may_try(request, wish) if wish == "offer" else may_ask(request, found.action, wish, address)


def command_subject(found: Purchase, wish: str) -> dict[str, Any]:
    """Return the subject and code arguments of a chat command; {} for one that starts a purchase."""
    return {} if wish == "start" else {"subject": found, "code": found.code}


def language() -> str:
    """Return the two-letter code of the active language."""
    return (get_language() or "he")[:2]


def find_purchase(code: str) -> Purchase | None:
    """Return the public purchase with this code, or None."""
    return Purchase.objects.published().with_page().with_code(code[:8]).first()


def render_unknown(request: HttpRequest) -> HttpResponse:
    """Render the 404 page for an unknown purchase."""
    return render(request, "purchases/unknown.html", status=404)


@require_GET
@shared_page("show", "sort", "page", unless=("q",))
def purchases(request: AgencyRequest) -> HttpResponse:
    """Show the list of purchases: open, gathering interest or over, as ``?show=`` asks."""
    return render(request, "purchases/list.html", list_page_context(request.GET))


@require_GET
@shared_page(unless=("another",))
def detail(request: AgencyRequest, code: str) -> HttpResponse:
    """Show a purchase's public page, with the form to join it."""
    found = find_purchase(code)
    if found is None:
        return preview(request, code)
    return render_detail(request, found, PledgeOnTheWebForm(subject=found), AddressForm(), status=200)


def render_detail(
    request: HttpRequest, found: Purchase, form: Form | None, join: Form | None, *, status: int = 422
) -> HttpResponse:
    """Render a purchase's public page with the form of a pledge or of an interest."""
    proved = proved_for(request, found, "interest" if found.state == Purchase.State.INTEREST else "pledge")
    return render(
        request, "purchases/detail.html", {**page_context(found, form, join), "proved": proved}, status=status
    )


def preview(request: AgencyRequest, code: str) -> HttpResponse:
    """Show staff the public page of a purchase that is still a draft."""
    draft = Purchase.objects.with_page().filter(action__code=code[:8]).first()
    if draft is None or not may_see(staff_of(request), draft):
        return render_unknown(request)
    return render(request, "purchases/detail.html", page_context(draft, None, None))


def read_numbers(code: str) -> Numbers | None:
    """Return the current numbers of this purchase; None for an unknown purchase."""
    found = find_purchase(code)
    return numbers(found) if found is not None else None


count = build_count_view("purchases", read_numbers, name="numbers", parts=("numbers", "ladder"), unknown=render_unknown)


@require_http_methods(["GET", "POST"])
def join(request: AgencyRequest, code: str) -> HttpResponse:
    """Register a visitor's interest: at once if proved, else a code goes to the posted address."""
    found = find_purchase(code)
    if found is None:
        return render_unknown(request)
    if request.method == "GET":
        return redirect(f"{found.get_absolute_url()}#join")
    if "later" in request.POST and found.state == Purchase.State.INTEREST:
        return park_page_form(request, "purchases.interest", request.POST.dict(), subject=found, code=found.code)
    form = AddressForm(request.POST)
    leave_out_address(form, proved_for(request, found, "interest"))
    if form.is_valid():
        answer = send_code(request, found, form, "interest", {})
        if answer is not None:
            return answer
    return render_detail(request, found, None, form)


@require_http_methods(["GET", "POST"])
def pledge(request: AgencyRequest, code: str) -> HttpResponse:
    """Store a visitor's pledge: at once if proved well enough, else a code goes to the posted address.

    What is pledged waits in the cookie and in the link; no units are held meanwhile.
    """
    found = find_purchase(code)
    if found is None:
        return render_unknown(request)
    if request.method == "POST" and not may_pledge(found):
        messages.error(request, _("This purchase takes no pledges now.") + lateness_notice(found))
    if request.method == "GET" or not may_pledge(found):
        return redirect(f"{found.get_absolute_url()}#join")
    if "later" in request.POST:
        return park_page_form(request, "purchases.pledge", request.POST.dict(), subject=found, code=found.code)
    form = PledgeOnTheWebForm(request.POST, subject=found)
    leave_out_address(form, proved_for(request, found, "pledge"))
    if form.is_valid():
        given = form.cleaned_data
        known = {name: given[name] for name in ("quantity", "tolerance", "point", "wait") if given.get(name)}
        answer = send_code(request, found, form, "pledge", known)
        if answer is not None:
            return answer
    return render_detail(request, found, form, None)


def proved_for(request: HttpRequest, found: Purchase | None, wish: str) -> ProvedPerson | None:
    """Return the visitor if proved well enough for this request without a code, else None."""
    needed = {"start": ORGANISER_LEVEL, "pledge": found.proof if found is not None else 0}.get(wish, 1)
    proved = choose_proved(request)
    good = proved is not None and min(proved.identity.assurance, level_of_code(proved.identity)) >= needed
    return proved if good else None


def send_code(
    request: AgencyRequest, found: Purchase, form: Any, wish: str, known: dict[str, Any]
) -> HttpResponse | None:
    """Carry out a proved visitor's request, or send a code; return the redirect, or None for form errors.

    A robot is redirected, too, and nothing is sent.
    """
    proved = proved_for(request, found, wish)
    address: Address = proved.address if proved is not None else form.cleaned_data["address"]
    if not is_within_rate(request, found, wish, address):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    if not form.is_robot:
        try:
            if proved is not None:
                call = Call(door="web", lang=language(), identity=proved.identity, level=proved.identity.assurance)
                return redirect_onward(request, wish, carry_out(found, call, Waiting(wish, address, known)))
            ask_for_code(found, wish, Call(door="web", lang=language(), address=address), known)
        except MessageLimitReached as why:
            raw = to_conversation_answers(request.POST) if wish == "offer" else request.POST.dict()
            return offer_ways(request, why, SKILLS[wish], raw, **command_subject(found, wish))
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return None
    response = redirect("purchases:confirm", code=found.code)
    remember(response, found, wish, address, known)
    return response


@require_http_methods(["GET", "POST"])
def confirm(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for the code of the request that waits, and carry the request out.

    A link only shows a button, because mail scanners open every link.
    """
    found = Purchase.objects.with_page().filter(action__code=code[:8]).first()
    waiting = find_waiting(request, found) if found is not None else Waiting()
    if found is None or (waiting.wish != "start" and not found.is_public):
        return render_unknown(request)
    form = code_form(request, waiting.address, purpose=JOIN, subject=f"{found.code}:{waiting.wish}")

    def ask(address: Address) -> None:
        """Send another code for the waiting request to this address."""
        ask_for_code(found, waiting.wish, Call(door="web", lang=language(), address=address), waiting.known)

    kept = {} if waiting.wish == "offer" else waiting.known
    wish = Command(SKILLS[waiting.wish], raw=kept, **command_subject(found, waiting.wish))
    if (ways := send_new_code(request, form, ask, wish)) is not None:
        return ways
    if form.is_valid():
        answer = use_code(request, found, form, waiting)
        if answer is not None:
            return answer
    context = {
        "purchase": found,
        "form": form,
        "waiting": waiting,
        "steps": [pgettext("purchase", "Join"), _("Confirm"), pgettext("purchase", "Joined")],
    }
    return render(request, "purchases/confirm.html", context, status=422 if form.errors else 200)


def use_code(request: AgencyRequest, found: Purchase, form: CodeForm, waiting: Waiting) -> HttpResponse | None:
    """Carry out the waiting request by its code; return the redirect, or None for form errors."""
    if not may_ask(request, found.action, "confirm", form.target):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    identity = find_identity(form.target)
    try:
        if identity is None:
            raise WrongCode
        response = redirect_onward(
            request, waiting.wish, carry_out_with_code(found, identity, form.cleaned_data["code"], waiting)
        )
    except Refused as refusal:
        form.refuse(refusal)
        return None
    forget(response, found)
    return response


def redirect_onward(request: HttpRequest, wish: str, path: str) -> HttpResponse:
    """Redirect to the path with the message that confirms this kind of request."""
    if said := DONE.get(wish):
        messages.success(request, said)
    return redirect(path)


def carry_out_with_code(found: Purchase, identity: Identity, code: str, waiting: Waiting) -> str:
    """Carry out the waiting request by its code; return the path of the page to show next."""
    if waiting.wish == "start":
        return organiser_path(services.submit_purchase_with_code(found, identity, code, door="web"))
    if waiting.wish == "offer":
        services.submit_offer_with_code(get_sealed_offer(found, waiting.known.get("offer")), identity, code, door="web")
        return found.get_absolute_url()
    with arrival(services.use_code(found, waiting.wish, identity, code, door="web", known=waiting.known)):
        call = Call(door="web", lang=language(), identity=identity, level=identity.assurance, confirmed=True)
        return carry_out(found, call, waiting)


def carry_out(found: Purchase, call: Call, waiting: Waiting) -> str:
    """Carry out a proved person's request; return the path of the page to show next."""
    assert call.identity is not None
    if waiting.wish == "start":
        return organiser_path(services.submit_and_confirm_purchase(found, call.identity, door=call.door))
    if waiting.wish == "offer":
        services.submit_and_confirm_offer(
            get_sealed_offer(found, waiting.known.get("offer")), call.identity, door=call.door
        )
        return found.get_absolute_url()
    if waiting.wish == "unoffer":
        services.withdraw_offers(found, call.identity.contact, by=person_actor(call.identity, call.door))
        return found.get_absolute_url()
    if waiting.wish == "interest":
        return own_path(services.register_interest(found, call).participation)
    return own_path(services.pledge_units(found, call, **pledge_fields(waiting.known)).participation)


@require_http_methods(["GET", "POST"])
def new(request: AgencyRequest) -> HttpResponse:
    """Show the form that starts a purchase as its organiser, and submit it or send a code."""
    if "later" in request.POST:
        return park_page_form(request, "purchases.start", request.POST.dict())
    form = StartOnTheWebForm(request.POST or None, initial=dict(request.GET.items()))
    proved = proved_for(request, None, "start")
    leave_out_address(form, proved)
    if request.method == "POST" and form.is_valid():
        answer = start(request, form, proved)
        if answer is not None:
            return answer
    return render(request, "purchases/new.html", {"form": form, "proved": proved}, status=422 if form.errors else 200)


def start(request: AgencyRequest, form: StartOnTheWebForm, proved: ProvedPerson | None) -> HttpResponse | None:
    """Create an organiser's draft, and submit it or send a code; return the redirect, or None for form errors."""
    if form.is_robot or not may_try(request, "start"):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    who = (
        proved.identity
        if proved is not None
        else get_or_create_identity(form.cleaned_data["address"], language=language())
    )
    return send_code(request, write_draft(form, who.contact.root(), door="web"), form, "start", {})


def write_draft(form: StartOnTheWebForm, person: Contact, *, door: str) -> Purchase:
    """Create a citizen's draft of a purchase, which a code must confirm. Raise Refused."""
    given, lang = form.cleaned_data, language()
    return services.start_purchase(
        titles={lang: given["title"]},
        texts={lang: given["text"]},
        language=lang,
        organiser=person,
        organiser_name=given["name"],
        declared=given["declared"],
        declaration=given["declaration"],
        by=Actor("contact", person.pk, door),
    )


@require_GET
def draw(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the lottery's result, which anybody can check; before it is drawn, the hash of its seed."""
    found = find_purchase(code)
    if found is None or found.tie != Purchase.Tie.LOTTERY:
        return render_unknown(request)
    return render(request, "purchases/draw.html", draw_context(found))


@require_GET
def your_rights(request: AgencyRequest) -> HttpResponse:
    """Show the page with the cancellation rights of consumers."""
    return render(request, "purchases/rights.html", {"rights": cancellation_rights()})
