"""Staff pages of group purchases: review, offers, pledges, shares, pick-up, joining for a caller."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, staff_only
from kesher.agencies.services import staff_actor
from kesher.cases.forms import initial_person, person_language
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.output.spreadsheets import csv_line
from kesher.core.ui.flash_messages import tell_outcome
from kesher.initiatives.desk import PAGE, WithActions, desk_form, list_odd, list_rights, render_list
from kesher.initiatives.forms import WordsForm
from kesher.participation.services import count_open_alerts
from kesher.purchases import services
from kesher.purchases.desk_tables import (
    csv_rows,
    forecast,
    pickup_rows,
    pledge_rows,
    purchase_columns,
    purchase_rows,
    share_rows,
)
from kesher.purchases.forms.offers import (
    CONDITIONS,
    ChooseForm,
    CollectForm,
    OfferForm,
    PurchaseForm,
    ReasonForm,
)
from kesher.purchases.forms.pledges import CallerForm, PledgeForCallerForm
from kesher.purchases.models import News, Offer, Purchase
from kesher.purchases.pickup_list import ArrangeRequest, arrange, places_context, report_collected
from kesher.purchases.presenters import KINDS, events_of, numbers, offer_context
from kesher.purchases.rules import may_join, may_offer
from kesher.purchases.states import allowed_transitions
from kesher.purchases.verbs import INTEREST, PLEDGE
from kesher.verbs.services import execute


def get_purchase(code: str) -> Purchase:
    """Return the purchase with this code. Raise Http404."""
    return get_object_or_404(Purchase.objects.with_page(), action__code=code[:8])


def render_form_page(request: AgencyRequest, template: str, found: Purchase, form: Any, **more: Any) -> HttpResponse:
    """Render a desk page of one purchase with a form, with status 422 where the form has errors."""
    context = {"purchase": found, "form": form, "may": list_rights(request), **more}
    return render(request, f"purchases/{template}.html", context, status=422 if form.errors else 200)


@require_GET
@staff_only("desk")
def purchases(request: AgencyRequest) -> HttpResponse:
    """Show every purchase; those that wait for staff come first."""
    return render_list(
        request,
        Purchase.objects.search(request.GET.get("q", "")).waiting_first().with_page(),
        head=purchase_columns(),
        cells=purchase_rows,
        more=lambda: {"odd": list_odd(find_purchases)},
    )


def find_purchases(actions: Collection[int]) -> WithActions:
    """Yield the purchases of these actions, of interest or of pledges, each with both."""
    found = Purchase.objects.filter(Q(action__in=actions) | Q(pledging__in=actions)).with_page()
    return ((row, [row.action_id, row.pledging_id]) for row in found)


@require_GET
@staff_only("desk")
def purchase(request: AgencyRequest, code: str) -> HttpResponse:
    """Show one purchase: where it stands, what may be done now, and who pledged."""
    found = get_purchase(code)
    offers = found.offers.prefetch_related("tiers").exclude(state=Offer.State.PENDING).order_by("-id")
    context = {
        "purchase": found,
        "kind": KINDS[found.state],
        "numbers": numbers(found),
        "steps": [name for name in allowed_transitions(found) if name not in ("submit", "cancel")],
        "may_cancel": "cancel" in allowed_transitions(found),
        "offers": [
            {**offer_context(offer, found), "state": offer.get_state_display()} for offer in offers.with_votes()
        ],
        "may_choose": may_offer(found) or found.state in ("draft", "submitted"),
        "events": events_of(found),
        "may": list_rights(request),
        "may_join": may_join(found),
        "pledges": pledge_rows(found, limit=10),
        "forecast": forecast(found),
        "unread": found.news.filter(state=News.State.WAITING).first(),
        "alerts": count_open_alerts([found.action, found.pledging]),
        "live_streams": [found.action.stream],
    }
    return render(request, "purchases/desk_purchase.html", context)


@desk_form(
    None,
    PurchaseForm,
    _("New purchase"),
    more=lambda _none: {"back": (reverse("purchases:desk"), _("All purchases"))},
    done=_("The draft was saved. Look at it, then publish it."),
)
def new(request: AgencyRequest, _none: None, form: PurchaseForm) -> Purchase:
    """Create a purchase of the agency as a draft."""
    return services.start_purchase(**form.values(), by=staff_actor(clerk(request)))


@desk_form(
    get_purchase,
    PurchaseForm,
    _("Edit the purchase"),
    given=lambda found: {"initial": PurchaseForm.initial_of(found)},
    done=_("Saved."),
)
def edit(request: AgencyRequest, found: Purchase, form: PurchaseForm) -> None:
    """Save the texts and rules of a purchase."""
    services.edit_purchase(found, staff=clerk(request), **form.values())


@require_POST
@staff_only("moderate")
def move(request: AgencyRequest, code: str) -> HttpResponse:
    """Publish a purchase, confirm its order or mark it fulfilled, as the posted ``verb`` says."""
    found = get_purchase(code)
    with tell_outcome(request, _now("Saved.")):
        services.make_transition(found, request.POST.get("verb", ""), staff=clerk(request))
    return redirect("purchases:desk-purchase", code=code)


@desk_form(
    get_purchase,
    ReasonForm,
    _("Call the purchase off"),
    done=_("Called off. Everybody who joined is told."),
)
def cancel(request: AgencyRequest, found: Purchase, form: ReasonForm) -> None:
    """Cancel a purchase, for a reason that members will read."""
    services.make_transition(found, "cancel", staff=clerk(request), reason=form.cleaned_data["reason"])


@desk_form(
    get_purchase,
    OfferForm,
    _("Write an offer down"),
    done=_("The offer is published."),
    button=_("Publish the offer"),
    template="purchases/desk_offer.html",
)
def new_offer(request: AgencyRequest, found: Purchase, form: OfferForm) -> None:
    """Create and publish an offer that came by letter or phone. Raise Refused."""
    staff, given = clerk(request), form.cleaned_data
    lang = (get_language() or "he")[:2]
    made = services.make_offer(
        found, seller=given["seller"], ladder=given["ladder"], terms={lang: given["terms"]}, language=lang,
        by=staff_actor(staff), **{name: given[name] for name in CONDITIONS},
    )  # fmt: skip
    services.review_offer(made, accept=True, staff=staff)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def review(request: AgencyRequest, code: str, offer: int) -> HttpResponse:
    """Publish a seller's offer, or refuse it with a reason."""
    found = get_purchase(code)
    row = get_object_or_404(
        Offer.objects.prefetch_related("tiers").select_related("purchase__action"), purchase=found, pk=offer
    )
    accept = request.POST.get("verb") == "publish"
    form = ReasonForm(request.POST if request.method == "POST" and not accept else None)
    if request.method == "POST" and (accept or form.is_valid()):
        reason = "" if accept else form.cleaned_data["reason"]
        with tell_outcome(request, _now("Saved.")):
            services.review_offer(row, accept=accept, staff=clerk(request), reason=reason)
        return redirect("purchases:desk-purchase", code=code)
    row.votes = 0
    return render_form_page(request, "desk_review", found, form, item=offer_context(row, found))


@desk_form(
    get_purchase,
    ChooseForm,
    _("Open for pledges"),
    given=lambda found: {"purchase": found},
    done=_("Pledging is open. Everybody who was interested is told."),
    button=_("Open for pledges"),
    icon="cart",
)
def choose(request: AgencyRequest, found: Purchase, form: ChooseForm) -> None:
    """Choose an offer, and open pledging on it."""
    given = form.cleaned_data
    offer = form.offers[given["offer"]]
    services.choose_offer(found, offer, closes_at=given["closes_at"], tie=given["tie"], staff=clerk(request))


@desk_form(
    get_purchase,
    WordsForm,
    _("News to everybody"),
    right="broadcast",
    done=_("The news are on the page, and on their way to everybody who joined."),
    button=_("Send"),
    icon="megaphone",
)
def news(request: AgencyRequest, found: Purchase, form: WordsForm) -> None:
    """Publish news on the page, and send them to everybody who joined."""
    services.publish_news(found, form.texts("text"), staff=clerk(request))


@require_GET
@staff_only("desk")
def pledges(request: AgencyRequest, code: str) -> HttpResponse:
    """Show every entry of the pledge journal, newest first, one page at a time."""
    found = get_purchase(code)
    before = request.GET.get("before", "")
    rows = pledge_rows(found, limit=PAGE + 1, before=int(before) if is_number(before) else None)
    following = f"?before={rows[PAGE - 1]['pk']}" if len(rows) > PAGE else ""
    return render(
        request, "purchases/desk_pledges.html", {"purchase": found, "pledges": rows[:PAGE], "next": following}
    )


@require_GET
@staff_only("desk")
def allocation(request: AgencyRequest, code: str) -> HttpResponse:
    """Show who gets how many units; before the deadline, who would get them now."""
    found = get_purchase(code)
    context = {"purchase": found, "forecast": forecast(found), **share_rows(found)}
    return render(request, "purchases/desk_allocation.html", context)


@require_http_methods(["GET", "POST"])
@staff_only("desk")
def pickup(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the pick-up list to print, and mark shares as collected by their typed codes."""
    found = get_purchase(code)
    form = CollectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, form=form):
            codes, back = form.cleaned_data["codes"], request.POST.get("verb") == "back"
            done = services.mark_collected(found, codes, back=back, staff=clerk(request))
            report_collected(request, done, back=back)
            return redirect("purchases:desk-pickup", code=code)
    return render_form_page(request, "desk_pickup", found, form, **pickup_rows(found))


@require_GET
@staff_only("moderate")
def pickup_csv(request: AgencyRequest, code: str) -> HttpResponse:
    """Download the pick-up list as CSV, with a byte order mark for spreadsheets."""
    found = get_purchase(code)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="purchase-{found.code}.csv"'
    response.writelines(csv_line(row) for row in csv_rows(found))
    return response


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def points(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for pick-up places and times; add, change or remove one as posted."""
    found, form = get_purchase(code), Form()
    if request.method == "POST":
        form = arrange(request.POST.get("verb", ""), ArrangeRequest(found, request.POST, staff_actor(clerk(request))))
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect("purchases:desk-points", code=code)
    return render_form_page(request, "desk_points", found, form, **places_context(found, form))


@require_POST
@staff_only("moderate")
def decide_news(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    """Send the organiser's news, or refuse them with a reason that the organiser reads."""
    row = get_object_or_404(News.objects.select_related("purchase__action"), purchase=get_purchase(code), pk=pk)
    allow = request.POST.get("verb") == "send"
    with tell_outcome(request, _now("The organiser is told.")):
        services.decide_news(row, staff=clerk(request), allow=allow, note=request.POST.get("note", ""))
    return redirect("purchases:desk-purchase", code=code)


CHECKED = 1  # the clerk saw a document or called back, which is as sure as an address that answered


@require_http_methods(["GET", "POST"])
@staff_only("log_call")
def join_for(request: AgencyRequest, code: str) -> HttpResponse:
    """Register a caller or visitor in a purchase; ``?contact=`` fills in the person that the desk has open."""
    found = get_purchase(code)
    gathering = found.state == Purchase.State.INTEREST
    if not may_join(found):
        messages.error(request, _("This purchase takes no pledges now."))
        return redirect("purchases:desk-purchase", code=code)
    person = initial_person(request.GET.get("contact", ""))
    form: Any = (
        CallerForm(request.POST or None, initial=person)
        if gathering
        else PledgeForCallerForm(request.POST or None, subject=found, initial=person)
    )
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, form=form):
            messages.success(request, join_for_caller(found, form.cleaned_data, clerk(request)))
            return redirect("purchases:desk-purchase", code=code)
    context = {"purchase": found, "form": form, "gathering": gathering}
    return render(request, "purchases/desk_join.html", context, status=422 if form.errors else 200)


def join_for_caller(purchase: Purchase, given: dict[str, Any], staff: Staff) -> str:
    """Register a caller's interest or pledge; return the message for the clerk. Raise Refused."""
    address = given["address"]
    lang = person_language(address, given["person_language"])
    identity = get_or_create_identity(Address(address.scheme, address.address, given["name"].strip()), language=lang)
    call = Call(door="desk", lang=lang, identity=identity, level=max(identity.assurance, CHECKED), staff=staff)
    if purchase.state == Purchase.State.INTEREST:
        row = execute(INTEREST, purchase, call, {}).participation
        return _now("The person is on the list. Receipt: %(receipt)s.") % {"receipt": row.receipt}
    line = execute(PLEDGE, purchase, call, given).line
    known = {"count": line.quantity, "standing": line.get_standing_display(), "receipt": line.participation.receipt}
    words = ngettext(
        "Written down: %(count)s unit, %(standing)s. Receipt: %(receipt)s. The person is told.",
        "Written down: %(count)s units, %(standing)s. Receipt: %(receipt)s. The person is told.",
        line.quantity,
    )
    return words % known
