"""The desk's pages of incidents: the list, one of them, its notice, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.rules import clerk, staff_only
from kesher.cases.desk.navigation import person_url
from kesher.cases.desk.reply_box import parse_number
from kesher.cases.models import Case, Draft
from kesher.cases.services import save_draft
from kesher.contacts.models import Contact
from kesher.conversations.services import conversation_of
from kesher.core.ui.flash_messages import tell_outcome
from kesher.incidents import presenters, services
from kesher.incidents.forms import DescribeForm, EndForm, NoticeForm, find_proposals
from kesher.incidents.models import Incident
from kesher.incidents.notice_cache import active_notices
from kesher.incidents.services.recognition import LIST

UNDO = {"dismiss": ("reconsider", "reopen")}  # the transition that undoes one: of a suspected, of an opened incident


def get_incident(pk: int) -> Incident:
    """Return an incident of this agency as its page shows it, or raise Http404."""
    staff = ("opened_by", "dismissed_by", "over_by", "notice_by", "merged_into", "broadcast")
    return get_object_or_404(Incident.objects.counted().select_related("agency", *staff), pk=pk)


@require_safe
@staff_only("desk")
def list_incidents(request: HttpRequest) -> HttpResponse:
    """Show all incidents: suspected first, then open and past ones."""
    context = {**presenters.desk_lists(), "live_streams": [LIST], "may_change": presenters.may_change(clerk(request))}
    part = "incidents/list.html#lists" if request.headers.get("HX-Request") else "incidents/list.html"
    return render(request, part, context)


@require_safe
@staff_only("desk")
def show_incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one incident: what happened, its people with their first messages, its cases and languages."""
    incident = get_incident(pk)
    page = max(parse_number(request.GET.get("page", "")), 1)
    people, more = presenters.people_page(incident, page)
    context = {
        "incident": incident,
        "count": presenters.count_in_words(incident),
        "people": people,
        "page": page,
        "next": f"?page={page + 1}" if more else "",
        "previous": f"?page={page - 1}" if page > 1 else "",
        "languages": presenters.count_languages(incident),
        "cases": presenters.list_cases(incident),
        "history": presenters.history(incident, getattr(incident, "began", None)),
        "notice": presenters.notice_texts(incident, incident.notice),
        "closing": presenters.notice_texts(incident, incident.closing),
        "outcomes": presenters.count_outcomes(incident),
        "others": Incident.objects.current().exclude(pk=pk).order_by("-created_at")[:20],
        "may_change": presenters.may_change(clerk(request)),
        "live_streams": [incident.stream],
    }
    part = "incidents/incident.html#live" if request.headers.get("HX-Request") else "incidents/incident.html"
    return render(request, part, context)


@require_POST
@staff_only("reply")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Open or dismiss an incident, or take that back."""
    incident, step = get_incident(pk), request.POST.get("step") or request.GET.get("step", "")
    with tell_outcome(request):
        services.move_incident(incident, step, by=clerk(request))
        if step == "dismiss":
            back = UNDO[step][incident.opened_at is not None]
            undo = f"{reverse('incidents:move', args=[pk])}?step={back}"
            messages.success(
                request, _("Dismissed for two hours, unless twice as many write about it."), extra_tags=f"undo:{undo}"
            )
        else:
            messages.success(request, _("Opened as an incident.") if step != "reconsider" else _("It is back."))
    return redirect("incidents:desk" if step == "dismiss" else incident_url(pk))


def incident_url(pk: int) -> str:
    """Return the URL of an incident's page."""
    return reverse("incidents:incident", args=[pk])


@require_POST
@staff_only("reply")
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what an incident is called, and where it is."""
    form = DescribeForm(request.POST)
    if form.is_valid():
        with tell_outcome(request, _("Saved.")):
            services.describe_incident(get_incident(pk), by=clerk(request), **form.cleaned_data)
    else:
        messages.error(request, _("Please write what it is about."))
    return redirect(incident_url(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("reply")
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an incident's notice, show it as it will be said, and publish it."""
    incident = get_incident(pk)
    proposals = find_proposals(incident.agency.spoken)
    chosen = next((row for row in proposals if str(row.pk) == request.GET.get("ready")), None)
    texts = chosen.texts if chosen else incident.notice
    form = NoticeForm(request.POST or None, incident=incident, texts=texts)
    valid = request.method == "POST" and form.is_valid()
    if valid and "publish" in request.POST:
        with tell_outcome(request, _("Published. Everybody who writes about it gets it."), form):
            services.publish_notice(incident, form.texts(), form.cleaned_data["until"], by=clerk(request))
            return redirect(incident_url(pk))
    context = {
        "incident": incident,
        "form": form,
        "proposals": proposals,
        "preview": presenters.notice_texts(incident, form.texts()) if valid and "change" not in request.POST else [],
        "until": form.cleaned_data["until"] if valid else None,
    }
    return render(request, "incidents/notice.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("reply")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an incident's notice."""
    services.withdraw_notice(get_incident(pk), by=clerk(request))
    messages.success(request, _("The notice is withdrawn."))
    return redirect(incident_url(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("reply")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the closing message, show who would get it, end the incident and tell them."""
    incident = get_incident(pk)
    cases = [row for row in presenters.list_cases(incident) if row["open"]]
    form = EndForm(request.POST or None, incident=incident, cases=[row["case"].pk for row in cases])
    valid = request.method == "POST" and form.is_valid()
    if valid and "end" in request.POST:
        with tell_outcome(request, _("It is over. The message goes out now."), form):
            services.end_incident(incident, form.texts(), solve=form.chosen(), by=clerk(request))
            return redirect(incident_url(pk))
    previewing = valid and "change" not in request.POST
    reach = services.count_reach(incident) if previewing else None
    context = {
        "incident": incident,
        "form": form,
        "cases": cases,
        "chosen": form.chosen() if valid else [],
        "preview": presenters.notice_texts(incident, form.texts()) if previewing else [],
        "reach": reach,
        "channels": presenters.channel_counts(reach.channels) if reach else [],
    }
    return render(request, "incidents/end.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("reply")
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the chosen people to a new incident."""
    incident = get_incident(pk)
    with tell_outcome(request):
        new = services.split_incident(incident, {*map(parse_number, request.POST.getlist("person"))}, by=clerk(request))
        messages.success(request, _("The people you chose are a new incident."))
        return redirect(incident_url(new.pk))
    return redirect(incident_url(pk))


@require_POST
@staff_only("reply")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Move everybody of this incident to another one that is about the same."""
    target = get_object_or_404(Incident, pk=parse_number(request.POST.get("into", "")))
    with tell_outcome(request, _("Both are one incident now.")):
        services.merge_incidents(target, get_incident(pk), by=clerk(request))
        return redirect(incident_url(target.pk))
    return redirect(incident_url(pk))


@require_POST
@staff_only("reply")
def attach(request: HttpRequest, key: str) -> HttpResponse:
    """Make a person part of the chosen incident, from their own page."""
    contact = get_object_or_404(Contact, key=key).root()
    incident = get_object_or_404(Incident, pk=parse_number(request.POST.get("incident", "")))
    with tell_outcome(request):
        services.attach_person(incident, contact, by=clerk(request))
        undo = reverse("incidents:person", args=[incident.pk, key, "out"])
        messages.success(request, _("Now part of: %(title)s") % {"title": incident.name}, extra_tags=f"undo:{undo}")
    return redirect(person_url(contact))


@require_POST
@staff_only("reply")
def person(request: HttpRequest, pk: int, key: str, way: str) -> HttpResponse:
    """Take a person out of an incident, or back in."""
    incident, contact = get_incident(pk), get_object_or_404(Contact, key=key).root()
    change = services.attach_person if way == "in" else services.take_out_person
    with tell_outcome(request):
        change(incident, contact, by=clerk(request))
        tell_with_undo(request, way, "incidents:person", pk, key)
    return redirect(incident_url(pk))


@require_POST
@staff_only("reply")
def attach_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the case with the typed number part of an incident."""
    number = parse_number(request.POST.get("number", ""))
    if not Case.objects.filter(number=number).exists():
        messages.error(request, _("There is no request with this number."))
        return redirect(incident_url(pk))
    return case(request, pk, number, "in")


@require_POST
@staff_only("reply")
def case(request: HttpRequest, pk: int, number: int, way: str) -> HttpResponse:
    """Take a case out of an incident, or in."""
    incident = get_incident(pk)
    row = get_object_or_404(Case.objects.select_related("conversation__contact__merged_into"), number=number)
    change = services.attach_case if way == "in" else services.take_out_case
    with tell_outcome(request):
        change(incident, row, by=clerk(request))
        tell_with_undo(request, way, "incidents:case", pk, number)
    return redirect(incident_url(pk))


def tell_with_undo(request: HttpRequest, way: str, name: str, *arguments: Any) -> None:
    """Say on the next page what was done, with a button that undoes it."""
    undo = reverse(name, args=[*arguments, "out" if way == "in" else "in"])
    done = _("It is part of the incident.") if way == "in" else _("Taken out.")
    messages.success(request, done, extra_tags=f"undo:{undo}")


@require_POST
@staff_only("reply")
def insert(request: HttpRequest, key: str) -> HttpResponse:
    """Put a notice into the reply to a person, for browsers without JavaScript."""
    contact = get_object_or_404(Contact, key=key).root()
    wanted = parse_number(request.POST.get("notice", ""))
    text = next((row.text(contact.language or "he") for row in active_notices() if row.incident == wanted), "")
    typed = request.POST.get("text", "").rstrip()
    draft = "\n".join(filter(None, [typed, text]))
    save_draft(conversation_of(contact), draft, mode=Draft.Mode.REPLY, staff=clerk(request))
    return redirect(person_url(contact))
