"""Citizens' records page, its export, and what they can do with a row."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.accounts.decorators import signed_in
from kesher.accounts.presenters import tabs
from kesher.core.errors import Refused
from kesher.core.output.pdf import render_pdf
from kesher.records import services
from kesher.records.export import render_calendar, render_excel
from kesher.records.forms import AskForm, RemindForm, suggest_reminder_day
from kesher.records.models import RecordSource, Reminder
from kesher.records.no_javascript_page import LEVEL, SECONDS, take_envelopes
from kesher.records.pdf import build_paper
from kesher.records.presenters import describe_row, list_rows, section_context, summary_context, waiting_section
from kesher.records.record_access import Access, create_ticket, current_language, get_access
from kesher.records.source_selection import load_cached_readings, sources_with_health
from kesher.records.sources.base import Row
from kesher.records.sources.fetcher import fetch_now
from kesher.records.sources.readings import SHOWN_STATUSES, Envelope

MORNING = time(10)
FILES = ("export", "paper", "calendar")


@signed_in(LEVEL)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show the person's records page at once, with an empty section for each source; `lanes/records.py` fills them.

    Without JavaScript the browser goes on to `everything`.
    """
    access = get_access(request)
    rows = [
        row
        for row in sources_with_health().defer("settings", "secrets")
        if access.only is None or row.code in access.only
    ]
    context = {
        "sections": [waiting_section(row, access) for row in rows],
        "ticket": create_ticket(request, access),
        **page_frame(access),
    }
    return render(request, "records/mine.html", context)


def page_frame(access: Access) -> dict[str, Any]:
    """Return the template context around the sections of a records page: tabs, links, URLs."""
    return {
        "tabs": tabs(reverse("records:mine")) if access.mandate is None else [],
        "sight": access,
        "whole_url": access.url("everything"),
        "ticket_url": access.url("ticket"),
        "links": {
            name: access.url(name) if name in FILES else Access.url(own_access(access), name)
            for name in (*FILES, "consents", "looks", "acting", "reminders")
        },
    }


def own_access(access: Access) -> Access:
    """Return the viewer's access to their own records, whatever mandate is in use."""
    return Access(access.viewer, access.viewer, access.level)


@signed_in(LEVEL)
@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """Show all records in one page without JavaScript: what came in three seconds, and a button for the rest."""
    access = get_access(request)
    envelopes = take_envelopes(request, access)
    found = read_sources(access, again=request.GET.get("again", "")) if envelopes is None else envelopes
    by_code = {row.code: row for row in sources_with_health().defer("settings", "secrets")}
    services.record_look(access.contact, access.viewer, shown_codes(found), mandate=access.mandate)
    context = {
        "sections": [section_context(by_code[one.code], one, access) for one in found if one.code in by_code],
        "sum": summary_context(found, by_code, access),
        "waiting": any(one.status == "waiting" for one in found),
        **page_frame(access),
    }
    return render(request, "records/mine.html", context)


def shown_codes(envelopes: list[Envelope]) -> list[str]:
    """Return the codes of the sources whose results are shown."""
    return [one.code for one in envelopes if one.status in SHOWN_STATUSES]


def read_sources(access: Access, *, again: str = "", only: str = "") -> list[Envelope]:
    """Read the person's sources for three seconds at most, cache what came, and return each source's result."""
    plan = access.plan(current_language(), again or only)
    answered = fetch_now(plan, load_cached_readings(plan), budget=SECONDS)
    services.cache_readings(answered.outcomes)
    return answered.all()


@signed_in(LEVEL)
@require_GET
def stream_ticket(request: HttpRequest) -> HttpResponse:
    """Return a new ticket for the records stream as JSON: to try again, all sources or ``?again=``."""
    return JsonResponse({"ticket": create_ticket(request, get_access(request), request.GET.get("again", "")[:30])})


def get_row(access: Access, code: str, key: str) -> tuple[RecordSource, Row]:
    """Return (source, record) for a link's codes, from the cache or read anew, or raise Http404."""
    source = sources_with_health().filter(code=code).first()
    found = next(
        (one for one in read_sources(access, only=code) if one.code == code and one.status in SHOWN_STATUSES), None
    )
    row = next((row for row in found.rows if row.key == key), None) if found is not None else None
    if source is None or row is None:
        raise Http404
    return source, row


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Show the form of a question about one record, and open a case with it (POST)."""
    access = get_access(request)
    source, row = get_row(access, code, request.GET.get("row", ""))
    services.record_look(access.contact, access.viewer, [code], mandate=access.mandate)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            case = services.ask_about_row(
                access.viewer, source, row, words, about=describe_row(row), mandate=access.mandate
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            said = _("Your question was received. Its number is %(number)s; we answer where you write to us.")
            messages.success(request, said % {"number": case.number})
            return redirect(access.url("mine"))
    return render_row_page(request, "ask", access, source, row, form)


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, code: str) -> HttpResponse:
    """Show the form of a reminder of a record's day, and create the reminder (POST)."""
    access = get_access(request)
    source, row = get_row(access, code, request.GET.get("row", ""))
    services.record_look(access.contact, access.viewer, [code], mandate=access.mandate)
    form = RemindForm(request.POST or None, initial={"day": suggest_reminder_day(row.due or row.ends)})
    if request.method == "POST" and form.is_valid():
        at = timezone.make_aware(datetime.combine(form.cleaned_data["day"], MORNING))
        try:
            services.create_reminder(
                access.viewer, describe_row(row), at, lang=current_language(), mandate=access.mandate, source=code
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("We will remind you."))
            return redirect(access.url("mine"))
    return render_row_page(request, "remind", access, source, row, form)


def render_row_page(
    request: HttpRequest, name: str, access: Access, source: RecordSource, row: Row, form: Any
) -> HttpResponse:
    """Render the page with a form about one record (a question, a reminder)."""
    context = {
        "sight": access,
        "source": source,
        "row": row,
        "about": describe_row(row),
        "form": form,
        "back": access.url("mine"),
    }
    return render(request, f"records/{name}.html", context, status=422 if form.errors else 200)


@signed_in(LEVEL)
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """Show the person's waiting reminders."""
    contact = get_access(request).viewer
    rows = Reminder.objects.filter(contact__in=contact.family_ids()).order_by("-send_at")
    waiting = list(rows.filter(state=Reminder.State.WAITING)[:50])
    return render(request, "records/reminders.html", {"rows": waiting})


@require_POST
@signed_in(LEVEL)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel one of the person's reminders, and return to the list."""
    if services.cancel_reminder(get_access(request).viewer, pk):
        messages.success(request, _("You will not be reminded."))
    return redirect("records:reminders")


@signed_in(LEVEL)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Download all of the person's records as an Excel file."""
    _sight, found, by_code = read_everything(request)
    table = render_excel(list_rows(found), source_names(by_code), request.build_absolute_uri("/").rstrip("/"))
    return download_response(table, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "kesher.xlsx")


@signed_in(LEVEL)
@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """Download all of the person's records as a PDF."""
    access, found, by_code = read_everything(request)
    return download_response(render_pdf(build_paper(found, by_code, access)), "application/pdf", "kesher.pdf")


@signed_in(LEVEL)
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Download the open days of the person's records as an iCalendar file."""
    _sight, found, by_code = read_everything(request)
    held = list_rows(found)
    return download_response(
        render_calendar(held, source_names(by_code), timezone.now()), "text/calendar; charset=utf-8", "kesher.ics"
    )


def read_everything(request: HttpRequest) -> tuple[Access, list[Envelope], dict[str, RecordSource]]:
    """Read all sources and log the look; return (whose records, each source's result, {code: source})."""
    access = get_access(request)
    found = read_sources(access)
    services.record_look(access.contact, access.viewer, shown_codes(found), mandate=access.mandate, door="export")
    return access, found, {row.code: row for row in sources_with_health().defer("settings", "secrets")}


def source_names(by_code: dict[str, RecordSource]) -> dict[str, str]:
    """Return {code: name in the reader's language} of these sources."""
    return {code: row.name for code, row in by_code.items()}


def download_response(content: str | bytes, kind: str, name: str) -> HttpResponse:
    """Return a response that downloads this content as a file of this type and name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    patch_cache_control(response, private=True, no_store=True)
    return response
