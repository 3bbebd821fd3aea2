"""Staff pages of problem reports: list, CSV export, one report, a form for calls and visits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.models import Staff, Team
from kesher.agencies.rules import clerk, staff_of, staff_only
from kesher.cases.case_presenter import make_case_view
from kesher.cases.context_processors import desk as frame
from kesher.cases.desk.navigation import person_url
from kesher.cases.forms import active_staff, active_topics
from kesher.cases.models import Case, Topic
from kesher.cases.services import view_person
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.services import best_route
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.output.spreadsheets import csv_line
from kesher.dialogues import web_form
from kesher.reports import services
from kesher.reports.forms import OnBehalfForm
from kesher.reports.models import ServiceRequest
from kesher.reports.presenters import BADGES
from kesher.reports.registrations import report_context
from kesher.reports.rules import may_export

PAGE = 50
FILTERS = ("topic", "state", "team")
HEAD = (
    "number", "opened", "state", "topic", "team", "description", "address", "lat", "lon", "door",
    "answer_due", "done_due", "ended",
)  # fmt: skip


@staff_only("desk")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Render the staff list of the newest reports, fifty a page."""
    chosen = chosen_filters(request)
    found = list(rows_before(matching_reports(chosen), request.GET.get("before", ""))[: PAGE + 1])
    older = urlencode({**chosen, "before": found[PAGE - 1].pk}) if len(found) > PAGE else ""
    context = {
        **frame(request),
        "rows": [report_row(item) for item in found[:PAGE]],
        "older": f"?{older}" if older else "",
        "newest": f"?{urlencode(chosen)}" if request.GET.get("before") else "",
        "chosen": chosen,
        "choices": filter_choices(chosen),
        "export": f"{reverse('reports:desk_export')}?{urlencode(chosen)}" if may_export(staff_of(request)) else "",
    }
    return render(request, "reports/desk_list.html", context)


def chosen_filters(request: HttpRequest) -> dict[str, str]:
    """Return {filter name: value} from the query string; unknown names are left out."""
    return {name: request.GET[name] for name in FILTERS if request.GET.get(name)}


def matching_reports(chosen: dict[str, str]) -> Any:
    """Return the reports that match the filters, newest first; "any_open" means every state before the end."""
    rows = ServiceRequest.objects.whole().order_by("-id")
    if "topic" in chosen:
        rows = rows.filter(case__topic__code=chosen["topic"])
    if "team" in chosen:
        rows = rows.filter(case__team__slug=chosen["team"])
    if chosen.get("state") == "any_open":
        rows = rows.open()
    elif "state" in chosen:
        rows = rows.filter(case__state=chosen["state"])
    return rows


def rows_before(rows: Any, last: str) -> Any:
    """Return those of ``rows`` that come after the given report in the list (keyset pagination)."""
    return rows.filter(pk__lt=int(last)) if is_number(last) else rows


def filter_choices(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """Return the three filters of the list, each with its options, for select fields."""
    topics = [(topic.code, topic.name) for topic in Topic.objects.filter(reportable=True).order_by("order", "id")]
    teams = [(team.slug, str(team)) for team in Team.objects.order_by("id")]
    states = [("any_open", _("Everything open")), *((value, str(title)) for value, title in Case.State.choices)]
    named = (("topic", _("Topic"), topics), ("state", _("State"), states), ("team", _("Team"), teams))
    return [
        {"name": name, "title": title, "options": [(value, text, chosen.get(name) == value) for value, text in options]}
        for name, title, options in named
    ]


def report_row(item: ServiceRequest) -> dict[str, Any]:
    """Return the template context of one report in the list."""
    case = item.case
    contact = case.conversation.contact
    return {
        "case": case,
        "item": item,
        "badge": BADGES.get(case.state, ""),
        "late": case.closed_at is None and case.done_due is not None and case.done_due < localtime(),
        "url": reverse("reports:desk_report", args=[case.number]),
        "person": contact.shown_name,
    }


@staff_only("log_call")
def new(request: HttpRequest) -> HttpResponse:
    """Show and process the form in which a clerk enters a report for a person who called or visited."""
    if request.method != "POST":
        form = web_form.initial_form(OnBehalfForm, {"door": "phone", "tell": True, **initial_answers(request)})
        return render(
            request,
            "reports/desk_new.html",
            {**frame(request), "form": form, "rows": web_form.question_rows(form, {})},
        )
    form, raw = web_form.read_form(OnBehalfForm, request)
    if not form.is_valid():
        context = {**frame(request), "form": form, "rows": web_form.question_rows(form, raw)}
        return render(request, "reports/desk_new.html", context, status=422)
    made = open_report_for_caller(form.cleaned_data, clerk(request))
    messages.success(request, _("Report %(number)s was opened.") % {"number": made.case.number})
    return redirect("cases:conversation", made.case.conversation.contact.key)


def initial_answers(request: HttpRequest) -> dict[str, str]:
    """Return the form's initial values: the person's address, where the query string has one."""
    reach = request.GET.get("reach", "")
    return {"reach": reach} if reach else {}


def open_report_for_caller(answers: dict[str, Any], staff: Staff) -> ServiceRequest:
    """Open and return a report for a person who called; their address counts as unverified."""
    address: Address = answers["reach"]
    identity = get_or_create_identity(Address(address.scheme, address.address, str(answers.get("name") or "").strip()))
    made = services.open_report(
        identity.contact.root(),
        topic=answers["topic"],
        place=answers.get("place"),
        words=answers["words"],
        photo=answers.get("photo"),
        door=answers["door"],
        identity=identity,
        proved=False,
        staff=staff,
    )
    if answers["tell"]:
        services.send_receipt(made, identity)
    return made


@staff_only("desk")
@require_safe
def report(request: HttpRequest, number: int) -> HttpResponse:
    """Render the staff page of one report with its history."""
    found = get_report(number)
    case = found.case
    contact = case.conversation.contact
    view_person(contact, staff=clerk(request))
    view = make_case_view(case, clerk(request))
    context = {
        **frame(request),
        "data": {**report_context(found), "url": ""},
        "case": case,
        "story": view.history,
        "badge": BADGES.get(case.state, ""),
        "view": view,
        "topics": active_topics(),
        "colleagues": active_staff(),
        "tell_way": best_route(contact),
        "contact": contact,
        "back": request.path,
        "person": contact.shown_name,
        "person_url": person_url(contact, case=number),
        "publish_url": reverse("reports:desk_publish", args=[number]),
    }
    return render(request, "reports/desk_report.html", context)


def get_report(number: int) -> ServiceRequest:
    """Return the report with this number. Raise Http404 where there is none."""
    found = ServiceRequest.objects.whole().filter(case__number=number).first()
    if not isinstance(found, ServiceRequest):
        raise Http404
    return found


@staff_only("move")
@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Show a report's place to neighbours who report the same, or hide it, and redirect to the report."""
    found = get_report(number)
    services.publish_request(found, request.POST.get("public") == "1", staff=clerk(request))
    return redirect("reports:desk_report", number)


@staff_only("overview")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the reports that match the chosen filters as a CSV file, oldest first."""
    chosen = chosen_filters(request)
    services.note_export(clerk(request), chosen)
    rows = (csv_cells(item) for item in matching_reports(chosen).order_by("id").iterator(chunk_size=500))
    lines = "".join(csv_line(row) for row in (HEAD, *rows))
    # Spreadsheets recognise UTF-8 by this byte order mark.
    response = HttpResponse(f"\ufeff{lines}", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="requests.csv"'
    return response


def csv_cells(item: ServiceRequest) -> tuple[object, ...]:
    """Return one report as the cells of a CSV row, without names and addresses of people."""
    case = item.case
    times = (case.answer_due, case.done_due, case.closed_at)
    return (
        str(case.number),
        localtime(case.opened_at).isoformat(timespec="minutes"),
        str(case.state),
        case.topic.code if case.topic else "",
        case.team.slug if case.team else "",
        item.description,
        item.address,
        item.lat,
        item.lon,
        item.door,
        *(localtime(at).isoformat(timespec="minutes") if at else "" for at in times),
    )
