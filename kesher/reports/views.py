"""Public pages of problem reports: report, confirmation, continue on another channel, state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kesher.accounts.recent_verification import ProvedPerson, choose_proved, leave_out_address
from kesher.accounts.session_cookie import signed_in_identity
from kesher.agencies.base_url import absolute
from kesher.agencies.emergency_numbers import emergency_numbers
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Place, in_language
from kesher.cases.models import Topic
from kesher.cases.services import find_case_by_number
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.agency_contact_points import contact_links
from kesher.conversations.form_handover import park_page_form
from kesher.conversations.visitor_cookie import get_visitor_identity, set_visitor_cookie
from kesher.core.contact_address import Address
from kesher.core.http.client_ip import allow_from
from kesher.core.ui.charts import qr_svg
from kesher.dialogues import web_form
from kesher.dialogues.forms import StepForm
from kesher.reports import services
from kesher.reports.emergency_numbers import emergency_of
from kesher.reports.forms import ReportOnTheWebForm, StatusForm, TopicField
from kesher.reports.geo import PlaceInput
from kesher.reports.presenters import BADGES, find_own_report, render_step, topic_icon
from kesher.reports.registrations import report_context

# Thousands of phones of a mobile network share one address, so attempts and sent reports have separate limits.
AN_HOUR, TRIES_AN_HOUR, REPORTS_AN_HOUR = 3600, 120, 30
A_MINUTE, LOOKS_A_MINUTE = 60, 60
PLACES = 1_000  # that a page offers
WORDS_MOST = 2_000  # of a report
SALT = "kesher.reports.done"
RECEIPT_SECONDS = 24 * 3600


@never_cache
def new(request: AgencyRequest) -> HttpResponseBase:
    """Show and process the report form; similar open reports nearby are shown before anything is sent."""
    if request.method != "POST":
        topic = request.GET.get("topic", "")
        return render_form(request, web_form.initial_form(ReportOnTheWebForm, {"topic": topic} if topic else {}), {})
    if not allow_from(request, "report-page", TRIES_AN_HOUR, AN_HOUR):
        return render_limited(request)
    form, raw = web_form.read_form(ReportOnTheWebForm, request)
    if "later" in request.POST:
        return park_page_form(request, "reports.report", raw)
    proved = choose_proved(request, field="reach")
    leave_out_address(form, proved, "reach")
    if not form.is_valid():
        return render_form(request, form, raw, status=422)
    similar = services.find_nearby_reports(form.cleaned_data["topic"], form.cleaned_data.get("place"))
    if similar and "sure" not in request.POST:
        return render_form(request, form, raw, similar=similar)
    if not allow_from(request, "report", REPORTS_AN_HOUR, AN_HOUR):
        return render_limited(request)
    return submit_report(request, form.cleaned_data, proved)


@csrf_exempt  # the browser posts here when another app shares text with the installed site; nothing is written
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def shared(request: AgencyRequest) -> HttpResponseBase:
    """Show the report form with words that another app shared with the site. They are posted, so in no address."""
    if request.method != "POST":
        return redirect("reports:new")
    if not allow_from(request, "report-page", TRIES_AN_HOUR, AN_HOUR):
        return render_limited(request)
    found = [request.POST.get(name, "").strip() for name in ("title", "text", "url")]
    words = "\n".join(dict.fromkeys(filter(None, found)))[:WORDS_MOST]
    return render_form(request, web_form.initial_form(ReportOnTheWebForm, {"words": words} if words else {}), {})


def render_limited(request: AgencyRequest) -> HttpResponse:
    """Return the report form with its answers and a "too many requests" notice (429)."""
    kept = {name: request.POST.get(name, "") for name in ("topic", "place", "words", "name", "reach")}
    words = _("Many reports came from your connection. Please try again in an hour, or call us.")
    return render_form(request, web_form.initial_form(ReportOnTheWebForm, kept), {}, status=429, wait=words)


def place_names() -> list[str]:
    """Return the names of the agency's places in the reader's language; none of a list that is too long for a page."""
    names = [in_language(words) for words in Place.objects.order_by("pk").values_list("names", flat=True)[: PLACES + 1]]
    return sorted(names) if len(names) <= PLACES else []


def render_form(
    request: AgencyRequest, form: StepForm, raw: Mapping[str, Any], *, status: int = 200, **more: Any
) -> HttpResponse:
    """Return the page of the report form with these answers."""
    field = form.fields["topic"]
    assert isinstance(field, TopicField)
    chosen = form["topic"].value()
    if "place" in form.fields and isinstance(widget := form.fields["place"].widget, PlaceInput):
        widget.suggestions = place_names()
    cards = [topic_card(code, topic, code == chosen) for code, topic in field.topics.items()]
    context = {
        "form": form,
        "rows": {row.field.name: row for row in web_form.question_rows(form, raw)},
        "cards": cards,
        **more,
    }
    context |= {"emergency": emergency_numbers(request.agency), "proved": choose_proved(request, field="reach")}
    return render(request, "reports/new.html", context, status=status)


def topic_card(code: str, topic: Topic, chosen: bool) -> dict[str, Any]:
    """Return a topic as template context of a card to choose it by."""
    return {
        "code": code,
        "title": topic.name,
        "picture": topic_icon(topic),
        "standard": services.standard_time(topic),
        "needs_place": topic.needs_place,
        "chosen": chosen,
    }


def submit_report(request: AgencyRequest, answers: Mapping[str, Any], proved: ProvedPerson | None) -> HttpResponseBase:
    """Open the report, send its receipt, and redirect to the confirmation page."""
    identity = proved.identity if proved is not None else reporting_identity(request, answers)
    contact = identity.contact.root()
    made = services.open_report(
        contact,
        topic=answers["topic"],
        place=answers.get("place"),
        words=answers["words"],
        photo=answers.get("photo"),
        door="web",
        identity=identity,
        proved=proved is not None,
    )
    sent = services.send_receipt(made, identity, lang=(get_language() or "he")[:2])
    value = signing.dumps([made.case.number, sent and identity.scheme != "web"], salt=SALT, compress=True)
    return set_visitor_cookie(request, redirect("reports:done", receipt=value))


def reporting_identity(request: AgencyRequest, answers: Mapping[str, Any]) -> Identity:
    """Return the identity for whom a report is opened: the form's unverified address, or this browser.

    The browser is not linked to the address: typing a stranger's number must not give access to that stranger.
    """
    address: Address | None = answers.get("reach")
    if address is None:
        return get_visitor_identity(request)
    name, lang = str(answers.get("name") or "").strip(), (get_language() or "he")[:2]
    return get_or_create_identity(Address(address.scheme, address.address, name), language=lang)


@never_cache
@require_safe
def done(request: AgencyRequest, receipt: str) -> HttpResponse:
    """Render the confirmation with the report's number. The URL is signed and valid for a day."""
    try:
        number, sent = signing.loads(receipt, salt=SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return redirect("reports:status")
    found = services.find_status(number)
    if found is None:
        raise Http404
    url = absolute(reverse("reports:status_of", args=[number]))
    words = _("status %(number)s") % {"number": number}
    context = {"found": found, "told": sent, "url": url, "words": words, "ways": contact_links(words)}
    case = find_case_by_number(str(number))
    context["emergency"] = emergency_of(case) if case is not None else ""
    return render(request, "reports/done.html", {**context, "qr": qr_svg(url, _("The address of this report's page"))})


@never_cache
@require_safe
def status(request: AgencyRequest) -> HttpResponse:
    """Show the form that asks for a report's number, and redirect to the page of its state."""
    number = request.GET.get("number")
    form = StatusForm({"number": number}) if number is not None else StatusForm()
    form.use_required_attribute = False
    if number is not None and not allow_from(request, "status", LOOKS_A_MINUTE, A_MINUTE):
        return render(request, "reports/status.html", {"form": form, "wait": True}, status=429)
    if number is not None and form.is_valid():
        return redirect("reports:status_of", number=form.cleaned_data["number"].number)
    return render(request, "reports/status.html", {"form": form}, status=404 if number is not None else 200)


@never_cache
@require_safe
def status_of(request: AgencyRequest, number: int) -> HttpResponse:
    """Render the page of one report's state: what its number alone may show, and to who made it their own words."""
    if not allow_from(request, "status", LOOKS_A_MINUTE, A_MINUTE):
        return render(request, "reports/status.html", {"form": StatusForm(), "wait": True}, status=429)
    found = services.find_status(number)
    if found is None:
        form = StatusForm({"number": str(number)})
        return render(request, "reports/status.html", {"form": form}, status=404)
    context = {"form": StatusForm(), "found": found, "story": [render_step(step) for step in reversed(found.history)]}
    own = find_own_report(number, signed_in_identity(request))
    context |= {"badge": BADGES.get(found.state, ""), "own": report_context(own) if own else None}
    return render(request, "reports/status.html", context)
