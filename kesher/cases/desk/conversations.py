"""Staff pages of the inbox and of one person's conversation, with every action on them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, has_right, staff_only
from kesher.cases import case_presenter, contact_panel, desk_panels, presenters, reply_box, services, timeline
from kesher.cases import inbox as lists
from kesher.cases import search as finding
from kesher.cases.context_processors import desk_links
from kesher.cases.desk.navigation import back_url, list_choice, list_query, person_url
from kesher.cases.forms import (
    AnswerForm,
    HolderForm,
    MoveForm,
    OpenForm,
    PersonForm,
    TopicForm,
    active_staff,
    active_topics,
    error_text,
)
from kesher.cases.models import Case
from kesher.cases.suggested_replies import suggest_replies
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact
from kesher.conversations import services as conversations
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import NotNow, Stale, conversation_of
from kesher.core.audit import Actor
from kesher.core.errors import Refused

PAGE, PARTS = "cases/inbox.html", ("list", "stream", "case")


def staff_actor(request: HttpRequest) -> Actor:
    """Return the signed-in clerk as the actor whom the audit log names."""
    return Actor("staff", clerk(request).pk, "desk")


def requested_part(request: HttpRequest) -> str:
    """Return the name of the page's part that htmx asks for; "" for the whole page."""
    target = request.headers.get("HX-Target", "")
    return target if request.headers.get("HX-Request") and target in PARTS else ""


@require_safe
@staff_only("desk")
def inbox(request: HttpRequest) -> HttpResponse:
    """Render the desk with the list of conversations (or search results) and no person open."""
    context = {**location_context(request), **list_context(request), "pane": "list", "live_streams": ["inbox"]}
    return render_inbox(request, context, requested_part(request))


@require_safe
@staff_only("desk")
def show_waiting_count(request: HttpRequest) -> HttpResponse:
    """Return the number of people who wait for a clerk, as the fragment of the bar that refreshes itself."""
    return HttpResponse(lists.waiting_count())


def render_inbox(request: HttpRequest, context: dict[str, Any], part: str = "", status: int = 200) -> HttpResponse:
    """Render the whole desk page, or only the part of it that htmx asked for."""
    if part:
        return render(request, f"{PAGE}#{'heard' if part == 'stream' else part}", context, status=status)
    count = context["listing"].waiting if context.get("listing") else lists.waiting_count()
    links = desk_links(clerk(request), request.path, waiting=count)
    return render(request, PAGE, {**context, "desk_links": links}, status=status)


def location_context(request: HttpRequest, key: str = "") -> dict[str, Any]:
    """Return the template variables for links and live updates; ``key``: the person whose page is open."""
    base = reverse("cases:conversation", args=[key]) if key else reverse("cases:inbox")
    return {
        "staff": clerk(request),
        "key": key,
        "base": base,
        "here": base + list_query(request, "case"),
        "query": list_query(request),
        "tabs": {tab: f"{base}?tab={tab}" for tab in lists.TABS},
    }


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the left pane: one tab of conversations, or search results."""
    chosen, staff = list_choice(request), clerk(request)
    words = chosen.get("q", "").strip()
    if words:
        return {"words": words, "found": finding.search(words, staff)}
    listing = lists.make_listing(staff, chosen.get("tab", ""), chosen.get("after", ""))
    return {"listing": listing, "list_panels": () if listing.paged else [*desk_panels.visible_panels("inbox", staff)]}


@require_safe
@staff_only("desk")
def conversation(request: HttpRequest, key: str) -> HttpResponse:
    """Render a person's page on the desk. Opening it is audited; refreshing a part of it is not."""
    asked = get_object_or_404(Contact.objects.select_related("merged_into"), key=key)
    contact = asked.root()
    if contact.pk != asked.pk:
        return redirect(person_url(contact))
    part = requested_part(request)
    row = conversation_of(contact) if part else services.view_person(contact, staff=clerk(request))
    return render_inbox(request, person_context(request, row, part), part)


def person_context(request: HttpRequest, row: Conversation, part: str = "") -> dict[str, Any]:
    """Return the template context of a person's page, or of the one part of it that is shown."""
    contact = row.contact
    prefetch_related_objects([contact], "absorbed")  # each pane reads the merged contacts
    context = {**location_context(request, contact.key), "conversation": row, "contact": contact, "pane": "stream"}
    if part in ("", "list"):
        context |= list_context(request)
    if part in ("", "stream"):
        context |= {**stream_context(request, row), "colleagues": active_staff()}
    if part in ("", "case"):
        context |= case_context(request, contact)
        opened = context["view"]
        streams = ["inbox", row.stream, reply_box.presence_stream(row)]
        context["live_streams"] = [*streams, *([opened.case.stream] if opened else [])]
    if part in ("", "stream"):
        seen = query_number(request, "seen_seq") if part else row.last_seq
        context |= composer_context(row, clerk(request), context.get("cases"), seen)
    if part == "":
        context |= help_context(request, row, context["cases"])
        context["need_templates"] &= part == ""  # a live update must not replace a form that is being filled in
    return context


def stream_context(request: HttpRequest, row: Conversation) -> dict[str, Any]:
    """Return the template context of the middle pane: a page of messages, live only if it is the newest."""
    before, around = query_number(request, "before"), query_number(request, "m")
    read = timeline.read_timeline(row.contact, before=before, around=around, staff=clerk(request))
    live = not (before or around)
    waits = read.open_message if live and row.held and has_right(clerk(request), "reply") else None
    return {
        "stretch": read,
        "hit": around,
        "live": live,
        "danger": presenters.present_danger(row),
        "suggested": suggest_replies(waits, row.contact, row.last_seq) if waits else None,
    }


def query_number(request: HttpRequest, name: str) -> int:
    """Return the number under ``name`` in the query string; 0 if there is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def case_context(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Return the template context of the right pane: the chosen case, then the contact."""
    family, staff = contact.family_ids(), clerk(request)
    cases = list(Case.objects.of(family).select_related("topic", "team", "assignee", "conversation__contact")[:30])
    chosen = case_presenter.choose_case(cases, request.GET.get("case", ""))
    return {
        "cases": cases,
        "view": case_presenter.make_case_view(chosen, staff) if chosen else None,
        "case_panels": list(desk_panels.visible_panels("case", chosen)) if chosen else [],
        "panels": list(desk_panels.visible_panels("contact", contact)),
        "addresses": contact_panel.addresses(family),
        "consents": contact_panel.consents(family),
        "merges": contact_panel.merges(family),
        "continuations": contact_panel.continuations(family),
        "language_name": contact_panel.language_name(contact.language),
        "languages": PersonForm.base_fields["language"].choices,  # type: ignore[attr-defined]
        "topics": active_topics(),
        "colleagues": active_staff(),
        "tell_way": conversations.best_route(contact) if chosen else None,
    }


def composer_context(row: Conversation, staff: Staff, cases: list[Case] | None, seen: int) -> dict[str, Any]:
    """Return the template context of the composer: routes, templates, and messages newer than ``seen``."""
    known = Case.objects.of(row.contact.family_ids()).select_related("assignee")[:30] if cases is None else cases
    still_open = [case for case in known if case.closed_at is None]
    found = reply_box.composer_outlook(row.contact, still_open)
    return {
        **reply_box.unseen_news(row, staff, still_open, seen),
        "composer_panels": list(desk_panels.visible_panels("composer", row.contact)),
        "outlook": found,
        "need_templates": found.main is not None and found.main.code == "window",
    }


def help_context(request: HttpRequest, row: Conversation, cases: list[Case]) -> dict[str, Any]:
    """Return what helps a clerk write: canned responses, drafts, withdrawn text, and colleagues who are there."""
    back = Message.objects.filter(pk=query_number(request, "draft"), conversation=row, author=clerk(request))
    words = back.exclude(deleted_at=None).first() if "draft" in request.GET else None
    return {
        **reply_box.find_drafts(row, clerk(request)),
        **({"draft": words.text, "note_mode": False} if words else {}),
        "ready_answers": reply_box.offer_responses(row.contact, cases, clerk(request)),
        "may_write_ready": has_right(clerk(request), "ready_answers"),
        "others": reply_box.find_colleagues(row, clerk(request)),
        "presence_stream": reply_box.presence_stream(row),
    }


def get_conversation(key: str) -> Conversation:
    """Return the conversation of the contact with this key (after merges, of the root contact), or raise Http404."""
    contact = get_object_or_404(Contact.objects.select_related("merged_into"), key=key).root()
    return conversation_of(contact)


@require_POST
@staff_only("reply")
def send(request: HttpRequest, key: str) -> HttpResponse:
    """Send what the composer posted to the person: an answer or a template; or store a private note."""
    row = get_conversation(key)
    form = AnswerForm(request.POST, request.FILES, contact=row.contact)
    if not form.is_valid():
        return render_refused(request, row, form, Refused(error_text(form)))
    try:
        if form.cleaned_data["mode"] == "note":
            conversations.add_note(row, form.cleaned_data["text"], staff=clerk(request))
        else:
            services.answer(row, form.cleaned_data["text"], staff=clerk(request), **form.how())
    except Refused as error:
        return render_refused(request, row, form, error)
    return render_sent(request, row, form)


def render_sent(request: HttpRequest, row: Conversation, form: AnswerForm) -> HttpResponse:
    """Render the composer after sending: empty, unless a template was sent instead of the typed text."""
    draft = form.cleaned_data["text"] if form.cleaned_data["template"] else ""
    if not draft:
        services.discard_draft(row, mode=form.cleaned_data["mode"] or "reply", staff=clerk(request))
    row.refresh_from_db()
    if not request.headers.get("HX-Request") and not draft:
        return redirect(person_url(row.contact))
    context = {
        **person_context(request, row),
        "draft": draft,
        "note_mode": False,
        "template_sent": bool(draft),
        "need_templates": False,
    }
    if request.headers.get("HX-Request"):
        return render(request, f"{PAGE}#composed", context)
    return render_inbox(request, context)


def render_refused(request: HttpRequest, row: Conversation, form: AnswerForm, error: Refused) -> HttpResponse:
    """Render the composer, still with its text, after a refusal: why, what is newer, what could be sent."""
    context = {
        **person_context(request, row),
        "draft": form.data.get("text", ""),
        "kept": " ".join(file.key for file in form.attachments),
        "kept_files": form.attachments,
        "note_mode": form.data.get("mode") == "note",
        "problem": error,
        "stale": isinstance(error, Stale),
        **({} if isinstance(error, Stale) else reply_box.keep_seen_mark(row, form.cleaned_data.get("seen_seq"))),
        "need_templates": isinstance(error, NotNow),
    }
    if request.headers.get("HX-Request"):
        return render(request, f"{PAGE}#composed", context, status=422)
    return render_inbox(request, context, status=422)


@require_POST
@staff_only("assign")
def change_holder(request: HttpRequest, key: str) -> HttpResponse:
    """Take a conversation, assign it to a colleague, or give it up."""
    row, form = get_conversation(key), HolderForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(error_text(form))
    to, expected = form.cleaned_data["to"], form.cleaned_data["expected"]
    if not services.hand_over(row, to, expected=expected, staff=clerk(request)):
        messages.error(request, _("Somebody was quicker. The page shows who has it now."))
    return redirect(person_url(row.contact))


@require_POST
@staff_only("assign")
def release(request: HttpRequest, key: str) -> HttpResponse:
    """End the clerk's hold on a conversation, so that the bot answers the person again."""
    row = get_conversation(key)
    conversations.release(row, staff=clerk(request))
    messages.success(request, _("Automatic answers are on again."))
    return redirect(person_url(row.contact))


@require_POST
@staff_only("desk")
def edit_person(request: HttpRequest, key: str) -> HttpResponse:
    """Save a contact's name and language from the form on their page."""
    row, form = get_conversation(key), PersonForm(request.POST)
    if form.is_valid():
        contacts.rename_contact(row.contact, form.cleaned_data["name"], by=staff_actor(request))
        contacts.set_language(row.contact, form.cleaned_data["language"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, error_text(form))
    return redirect(person_url(row.contact))


@require_POST
@staff_only("block")
def set_blocked(request: HttpRequest, key: str) -> HttpResponse:
    """Block or unblock a contact. A blocked contact's messages are stored, but nobody is notified."""
    row = get_conversation(key)
    blocking = request.POST.get("block") == "yes"
    status = Contact.Status.BLOCKED if blocking else Contact.Status.ACTIVE
    contacts.set_status(row.contact, status, by=staff_actor(request), reason=request.POST.get("note", "")[:200])
    messages.success(request, _("The sender is blocked.") if blocking else _("The sender may write again."))
    return redirect(person_url(row.contact))


@require_POST
@staff_only("move")
def open_case(request: HttpRequest, key: str) -> HttpResponse:
    """Open a case for the person whose page is open, with the topic that the clerk chose."""
    row, form = get_conversation(key), OpenForm(request.POST)
    if not form.is_valid():
        messages.error(request, error_text(form))
        return redirect(person_url(row.contact))
    made = services.open_case(row, by=staff_actor(request), channel="desk", waiting=False, **form.cleaned_data)
    messages.success(request, _("Request %(number)s is open.") % {"number": made.number})
    return redirect(person_url(row.contact, case=made.number))


@require_safe
@staff_only("desk")
def open_case_page(request: HttpRequest, number: int) -> HttpResponse:
    """Redirect from a case's number to its person's page with the case open."""
    return redirect_to_case(request, get_case(number))


def get_case(number: int) -> Case:
    """Return the case of this number, or raise Http404."""
    rows = Case.objects.select_related("conversation__contact__merged_into", "topic", "assignee", "team")
    return get_object_or_404(rows, number=number)


def redirect_to_case(request: HttpRequest, row: Case) -> HttpResponse:
    """Redirect to a case on its person's page, or to the page that the sent form names."""
    return redirect(back_url(request, person_url(row.conversation.contact, case=row.number)))


@require_POST
@staff_only("move")
def transition_case(request: HttpRequest, number: int) -> HttpResponse:
    """Move a case to another state, and notify the person if the clerk chose to."""
    row, form = get_case(number), MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(error_text(form))
    try:
        data = form.cleaned_data
        services.move_case(row, data["verb"], staff=clerk(request), tell=data["tell"], message=data["message"])
    except Refused as error:
        messages.error(request, error.message)
    return redirect_to_case(request, row)


@require_POST
@staff_only("move")
def set_case_topic(request: HttpRequest, number: int) -> HttpResponse:
    """Change the topic of a case."""
    row, form = get_case(number), TopicForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(error_text(form))
    if form.cleaned_data["topic"] != row.topic:
        services.set_topic(row, form.cleaned_data["topic"], staff=clerk(request))
    return redirect_to_case(request, row)


@require_POST
@staff_only("assign")
def change_case_holder(request: HttpRequest, number: int) -> HttpResponse:
    """Take a case, assign it to a colleague, or give it up."""
    row, form = get_case(number), HolderForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(error_text(form))
    to, expected = form.cleaned_data["to"], form.cleaned_data["expected"]
    if not services.hand_over_case(row, to, expected=expected, staff=clerk(request)):
        messages.error(request, _("Somebody was quicker. The page shows who has it now."))
    return redirect_to_case(request, row)
