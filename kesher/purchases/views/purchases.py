"""Public pages of group purchases: list, one purchase; join it, sell to it, start one, with the code of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from kesher.accounts.recent_verification import ProvedPerson
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import call_from_request
from kesher.conversations.verification_code_views import Command
from kesher.core.contact_address import Address
from kesher.core.http.page_cache import shared_page
from kesher.initiatives.views import build_count_view
from kesher.participation.models import Participation
from kesher.purchases.consumer_rights import cancellation_rights
from kesher.purchases.forms.offer_dialogue import to_conversation_answers
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Purchase
from kesher.purchases.presenters import Numbers, draw_context, list_page_context, numbers, page_context
from kesher.purchases.rules import lateness_notice, may_offer, may_pledge, may_see
from kesher.purchases.services.address_verification import SHORT, level_of_code, read_whole_number
from kesher.purchases.verbs import INTEREST, OFFER, PLEDGE, START, UNOFFER, send_code_again
from kesher.verbs.declaration import code_of
from kesher.verbs.page_door import ConfirmedPage
from kesher.verbs.pending_code import COOKIE_SECONDS, PendingCode, set_cookie
from kesher.verbs.services import Outcome


def find_purchase(code: str) -> Purchase | None:
    """Return the public purchase with this code, or None."""
    return Purchase.objects.published().of_code(code)


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
    page = interest_page if found.state == Purchase.State.INTEREST else pledge_page
    context = page_context(found, pledge_page.form(subject=found), interest_page.form())
    return render(request, "purchases/detail.html", {**context, "proved": page.find_proved(request, found)})


def preview(request: AgencyRequest, code: str) -> HttpResponse:
    """Show staff the public page of a purchase that is still a draft."""
    draft = Purchase.objects.of_code(code)
    if draft is None or not may_see(staff_of(request), draft):
        return render_unknown(request)
    return render(request, "purchases/detail.html", page_context(draft, None, None))


def read_numbers(code: str) -> Numbers | None:
    """Return the current numbers of this purchase; None for an unknown purchase."""
    found = find_purchase(code)
    return numbers(found) if found is not None else None


count = build_count_view("purchases", read_numbers, name="numbers", parts=("numbers", "ladder"), unknown=render_unknown)


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


SALT = "kesher.purchases.waiting"


@dataclass(frozen=True, slots=True)
class Waiting(PendingCode):
    """A request that waits for its code, and what it is for (see `verbs.WISHES`)."""

    wish: str = "interest"

    @property
    def quantity(self) -> int:
        """Return the units of the waiting pledge; 0 for other requests."""
        return read_whole_number(self.answers.get("quantity"))


class PurchasePage(ConfirmedPage):
    """The page of one verb; all share the page that asks for a code."""

    wish = ""
    done_text: Any = ""
    confirm_template, confirm_url = "purchases/confirm.html", "purchases:confirm"

    def find(self, code: str) -> Purchase | None:
        """Return the public purchase with this code; None if there is none, or no code."""
        return find_purchase(code) if code else None

    def render_missing(self, request: HttpRequest, code: str) -> HttpResponse:
        """Return the page for an unknown purchase."""
        return render_unknown(request)

    def find_proved(self, request: HttpRequest, subject: Purchase | None) -> ProvedPerson | None:
        """Return the visitor if proved well enough for this request, by a code too, else None."""
        proved = super().find_proved(request, subject)
        needed = self.verb.level(subject)
        good = proved is not None and min(proved.identity.assurance, level_of_code(proved.identity)) >= needed
        return proved if good else None

    def context(self, subject: Purchase | None, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the page."""
        return {"purchase": subject, "form": form, "proved": proved}

    def more_context(self, subject: Purchase) -> dict[str, Any]:
        """Return what the page of the code shows besides."""
        steps = [pgettext("purchase", "Join"), _("Confirm"), pgettext("purchase", "Joined")]
        return {"purchase": subject, "steps": steps}

    def go_on(self, request: HttpRequest, subject: Purchase | None, outcome: Outcome, form: Form) -> HttpResponse:
        """Redirect to what was done, or to the page that asks for the code."""
        found: Purchase = subject or outcome.result
        if outcome.asked is None:
            return self.confirmed(request, found, outcome.result, None)
        assert self.verb.confirming is not None
        known = self.verb.confirming.keep(outcome.result, form.cleaned_data)
        response = redirect(self.confirm_url, code=found.code)
        remember(response, found, self.wish, outcome.asked, known)
        return response

    def ask_again(self, request: HttpRequest, subject: Purchase, waiting: PendingCode, address: Address) -> None:
        """Send another code for the same request. Raise Refused."""
        send_code_again(self.wish, subject, call_from_request(request, address=address), waiting.answers)

    def command(self, subject: Purchase, waiting: PendingCode) -> Command:
        """Return the command that does the same in a conversation."""
        about = subject if self.verb.subject else None
        return Command(self.verb.name, about, code_of(about), waiting.answers)

    def confirmed(self, request: HttpRequest, subject: Purchase, result: Any, who: Identity | None) -> HttpResponse:
        """Redirect to what was done."""
        if self.done_text:
            messages.success(request, self.done_text)
        response = redirect(self.path_of(subject, result))
        if who is not None:
            response.delete_cookie(cookie_name(subject), path=subject.get_absolute_url(), samesite="Lax")
        return response

    def path_of(self, subject: Purchase, result: Any) -> str:
        """Return the path of the page that shows what was done."""
        return subject.get_absolute_url()


class InterestPage(PurchasePage):
    """Be interested: the form stands on the purchase's own page."""

    wish, template = "interest", "purchases/detail.html"

    def serve(self, request: HttpRequest, subject: Purchase) -> HttpResponse:
        """Redirect to the form on the purchase's page; take it if it is posted."""
        if request.method == "POST" and self.may_join(request, subject):
            return self.post(request, subject)
        return redirect(f"{subject.get_absolute_url()}#join")

    def may_join(self, request: HttpRequest, found: Purchase) -> bool:
        """Return whether the form is taken; a form to go on with elsewhere only while interest is gathered."""
        return "later" not in request.POST or found.state == Purchase.State.INTEREST

    def context(self, subject: Purchase | None, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the purchase's page, with the form's input and errors."""
        assert subject is not None
        return {**page_context(subject, None, form), "proved": proved}

    def path_of(self, subject: Purchase, result: Any) -> str:
        """Return the path of the person's own page."""
        return own_path(result.participation)


class PledgePage(InterestPage):
    """Pledge: what is pledged waits in the cookie and in the link; no units are held meanwhile."""

    wish = "pledge"
    done_text = gettext_lazy("Thank you. Your pledge is written down.")

    def may_join(self, request: HttpRequest, found: Purchase) -> bool:
        """Return whether pledges are taken; say why not."""
        if not may_pledge(found):
            messages.error(request, _("This purchase takes no pledges now.") + lateness_notice(found))
        return may_pledge(found)

    def context(self, subject: Purchase | None, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the purchase's page, with the form's input and errors."""
        assert subject is not None
        return {**page_context(subject, form, None), "proved": proved}


class OfferPage(PurchasePage):
    """Make an offer as a seller."""

    wish, template = "offer", "purchases/offer.html"
    done_text = gettext_lazy("Thank you. We look at the offer, and publish it here.")

    def context(self, subject: Purchase | None, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the page, which says so if no offers are taken."""
        assert subject is not None
        return {**super().context(subject, form, raw, proved), "may_offer": may_offer(subject)}

    def post(self, request: HttpRequest, subject: Purchase) -> HttpResponse:
        """Take an offer while offers are taken."""
        if may_offer(subject):
            return super().post(request, subject)
        return self.render(request, subject, self.form(subject=subject), {}, None)

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the answers for the same form in a conversation."""
        return to_conversation_answers(raw)


class UnofferPage(PurchasePage):
    """Withdraw a seller's offers."""

    wish, template = "unoffer", "purchases/unoffer.html"
    done_text = gettext_lazy("Your offer was withdrawn.")


class StartPage(PurchasePage):
    """Start a purchase as its organiser."""

    wish, template = "start", "purchases/new.html"

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return the answers with which a link may begin the form."""
        return dict(request.GET.items())

    def path_of(self, subject: Purchase, result: Any) -> str:
        """Return the path of the organiser's own page."""
        return organiser_path(subject)


interest_page, pledge_page, start_page = InterestPage(INTEREST), PledgePage(PLEDGE), StartPage(START)
offer_page, unoffer_page = OfferPage(OFFER), UnofferPage(UNOFFER)
PAGES = {page.wish: page for page in (interest_page, pledge_page, start_page, offer_page, unoffer_page)}


@require_http_methods(["GET", "POST"])
def confirm(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for the code of the request that waits, and carry the request out.

    A link only shows a button, because mail scanners open every link.
    """
    found = Purchase.objects.of_code(code)
    waiting = find_waiting(request, found) if found is not None else Waiting()
    if found is None or (waiting.wish != "start" and not found.is_public):
        return render_unknown(request)
    return PAGES[waiting.wish].ask_code(request, found, waiting)


def find_waiting(request: HttpRequest, purchase: Purchase) -> Waiting:
    """Return the request that waits for its code, by the link's receipt or this browser's cookie."""
    receipt, code, wish = (request.GET.get(name, "") for name in ("r", "code", "w"))
    known = {name: request.GET.get(short, "") for short, name in SHORT.items()}
    if receipt and code and wish in ("interest", "pledge"):
        action = purchase.pledging if wish == "pledge" else purchase.action
        row = Participation.objects.filter(action=action, receipt=receipt[:12]).select_related("identity").first()
        if row is not None and row.identity is not None:
            return Waiting(Address(row.identity.scheme, row.identity.address), known, linked=True, wish=wish)
    try:
        kept = signing.loads(request.COOKIES.get(cookie_name(purchase), ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return Waiting(None, known, wish=wish if wish in ("interest", "pledge", "start", "offer") else "interest")
    return Waiting(Address(kept["scheme"], kept["address"]), kept["known"], wish=kept["wish"])


def remember(response: HttpResponse, purchase: Purchase, wish: str, address: Address, known: Any) -> None:
    """Set a cookie for an hour with a request and its address, until the code comes back."""
    kept = {"wish": wish, "scheme": address.scheme, "address": address.address, "known": dict(known)}
    set_cookie(response, cookie_name(purchase), signing.dumps(kept, salt=SALT), purchase.get_absolute_url())


def cookie_name(purchase: Purchase) -> str:
    """Return the name of the cookie that holds a request of this purchase until its code comes back."""
    return f"join-{purchase.code}"
