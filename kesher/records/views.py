"""The citizen's page of everything in his name, and what he does with a row."""

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
from kesher.core.pdf import render_pdf
from kesher.records import services
from kesher.records.access import Sight, lang_now, sight_of, ticket
from kesher.records.base import Row
from kesher.records.export import calendar_of, table_of
from kesher.records.fetcher import read_now
from kesher.records.forms import AskForm, RemindForm, reminder_day
from kesher.records.lookup_results import SHOWN, Envelope
from kesher.records.models import RecordSource, Reminder
from kesher.records.nojs_page import LEVEL, SECONDS, taken
from kesher.records.pdf import paper_of
from kesher.records.presenters import about, held_of, section, summary, waiting_section
from kesher.records.query_plan import shelf_of, sources

MORNING = time(10)
FILES = ("export", "paper", "calendar")


@signed_in(LEVEL)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The page at once, with an empty section for each source; what they say is streamed into it (`stream.py`). Without
    JavaScript the browser goes on to `everything`."""
    sight = sight_of(request)
    rows = [row for row in sources().defer("settings", "secrets") if sight.only is None or row.code in sight.only]
    context = {
        "sections": [waiting_section(row, sight) for row in rows],
        "ticket": ticket(request, sight),
        **frame(sight),
    }
    return render(request, "records/mine.html", context)


def frame(sight: Sight) -> dict[str, Any]:
    """What stands around the sections."""
    return {
        "tabs": tabs(reverse("records:mine")) if sight.mandate is None else [],
        "sight": sight,
        "whole_url": sight.url("everything"),
        "ticket_url": sight.url("ticket"),
        "links": {
            name: sight.url(name) if name in FILES else Sight.url(own(sight), name)
            for name in (*FILES, "consents", "looks", "acting", "reminders")
        },
    }


def own(sight: Sight) -> Sight:
    """One's own things, whoever's one looks at now."""
    return Sight(sight.viewer, sight.viewer, sight.level)


@signed_in(LEVEL)
@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """The same, whole: what came within three seconds, and a button for the rest."""
    sight = sight_of(request)
    envelopes = taken(request, sight)
    found = read(sight, again=request.GET.get("again", "")) if envelopes is None else envelopes
    by_code = {row.code: row for row in sources().defer("settings", "secrets")}
    services.note_look(sight.contact, sight.viewer, seen(found), mandate=sight.mandate)
    context = {
        "sections": [section(by_code[one.code], one, sight) for one in found if one.code in by_code],
        "sum": summary(found, by_code, sight),
        "waiting": any(one.status == "waiting" for one in found),
        **frame(sight),
    }
    return render(request, "records/mine.html", context)


def seen(envelopes: list[Envelope]) -> list[str]:
    return [one.code for one in envelopes if one.status in SHOWN]


def read(sight: Sight, *, again: str = "", only: str = "") -> list[Envelope]:
    """Asks the sources here, for three seconds at most; what came is kept."""
    plan = sight.plan(lang_now(), again or only)
    answered = read_now(plan, shelf_of(plan), budget=SECONDS)
    services.keep(answered.outcomes)
    return answered.all()


@signed_in(LEVEL)
@require_GET
def stream_ticket(request: HttpRequest) -> HttpResponse:
    """A fresh permission to hear the sources: another try, or one of them once more."""
    return JsonResponse({"ticket": ticket(request, sight_of(request), request.GET.get("again", "")[:30])})


def row_of(sight: Sight, code: str, key: str) -> tuple[RecordSource, Row]:
    """The row that a link names, from what is kept, else asked for anew. Raises Http404."""
    source = sources().filter(code=code).first()
    found = next((one for one in read(sight, only=code) if one.code == code and one.status in SHOWN), None)
    row = next((row for row in found.rows if row.key == key), None) if found is not None else None
    if source is None or row is None:
        raise Http404
    return source, row


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """A question about a row: a case, with the row in it."""
    sight = sight_of(request)
    source, row = row_of(sight, code, request.GET.get("row", ""))
    services.note_look(sight.contact, sight.viewer, [code], mandate=sight.mandate)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            case = services.ask_about(sight.viewer, source, row, words, about=about(row), mandate=sight.mandate)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            said = _("Your question was received. Its number is %(number)s; we answer where you write to us.")
            messages.success(request, said % {"number": case.number})
            return redirect(sight.url("mine"))
    return of_row(request, "ask", sight, source, row, form)


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, code: str) -> HttpResponse:
    """A reminder of a row's day."""
    sight = sight_of(request)
    source, row = row_of(sight, code, request.GET.get("row", ""))
    services.note_look(sight.contact, sight.viewer, [code], mandate=sight.mandate)
    form = RemindForm(request.POST or None, initial={"day": reminder_day(row.due or row.ends)})
    if request.method == "POST" and form.is_valid():
        at = timezone.make_aware(datetime.combine(form.cleaned_data["day"], MORNING))
        try:
            services.remind(sight.viewer, about(row), at, lang=lang_now(), mandate=sight.mandate, source=code)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("We will remind you."))
            return redirect(sight.url("mine"))
    return of_row(request, "remind", sight, source, row, form)


def of_row(request: HttpRequest, name: str, sight: Sight, source: RecordSource, row: Row, form: Any) -> HttpResponse:
    context = {
        "sight": sight,
        "source": source,
        "row": row,
        "about": about(row),
        "form": form,
        "back": sight.url("mine"),
    }
    return render(request, f"records/{name}.html", context, status=422 if form.errors else 200)


@signed_in(LEVEL)
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """What one will be reminded of."""
    contact = sight_of(request).viewer
    rows = Reminder.objects.filter(contact__in=contact.family_ids()).order_by("-send_at")
    waiting = list(rows.filter(state=Reminder.State.WAITING)[:50])
    return render(request, "records/reminders.html", {"rows": waiting})


@require_POST
@signed_in(LEVEL)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    if services.cancel_reminder(sight_of(request).viewer, pk):
        messages.success(request, _("You will not be reminded."))
    return redirect("records:reminders")


@signed_in(LEVEL)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Every row as a table of Excel's."""
    _sight, found, by_code = whole(request)
    table = table_of(held_of(found), names_of(by_code), request.build_absolute_uri("/").rstrip("/"))
    return file(table, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "kesher.xlsx")


@signed_in(LEVEL)
@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The whole page as a PDF."""
    sight, found, by_code = whole(request)
    return file(render_pdf(paper_of(found, by_code, sight)), "application/pdf", "kesher.pdf")


@signed_in(LEVEL)
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Every day that matters, for a calendar."""
    _sight, found, by_code = whole(request)
    held = held_of(found)
    return file(calendar_of(held, names_of(by_code), timezone.now()), "text/calendar; charset=utf-8", "kesher.ics")


def whole(request: HttpRequest) -> tuple[Sight, list[Envelope], dict[str, RecordSource]]:
    """What came from everywhere, and the sources; taking it away is a look like any other."""
    sight = sight_of(request)
    found = read(sight)
    services.note_look(sight.contact, sight.viewer, seen(found), mandate=sight.mandate, door="export")
    return sight, found, {row.code: row for row in sources().defer("settings", "secrets")}


def names_of(by_code: dict[str, RecordSource]) -> dict[str, str]:
    return {code: row.name for code, row in by_code.items()}


def file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    patch_cache_control(response, private=True, no_store=True)
    return response
