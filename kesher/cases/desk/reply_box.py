"""Staff views around the reply box: suggestions, canned responses, drafts, taking back, who else is writing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.rules import clerk, has_right, staff_only
from kesher.cases import reply_box, services
from kesher.cases.desk.conversations import get_conversation, person_context, render_inbox
from kesher.cases.desk.navigation import person_url
from kesher.cases.forms import AnswerForm, ReadyAnswerForm
from kesher.cases.models import Case, Draft, ReadyAnswer
from kesher.cases.reply_box import PLACEHOLDERS, keep_seen_mark, render_response, was_sent
from kesher.cases.services.reply_box import LONGEST
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.conversations.services import conversation_of
from kesher.conversations.services.late_content import transcripts
from kesher.conversations.services.public_messages import comment_moderation
from kesher.conversations.services.public_messages.single_use_links import LIFE
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome


@require_POST
@staff_only("reply")
def insert_response(request: HttpRequest, key: str) -> HttpResponse:
    """Append a canned response to the text in the composer and render it, for browsers without JavaScript."""
    row = get_conversation(key)
    chosen = get_object_or_404(ReadyAnswer, pk=parse_number(request.POST.get("insert", "")))
    form = AnswerForm(request.POST, request.FILES, contact=row.contact)
    form.is_valid()  # stores the uploaded files
    cases = Case.objects.of(row.contact.family_ids()).open()[:1]
    words = render_response(chosen, row.contact, cases, clerk(request)).text
    context = {
        **person_context(request, row),
        "draft": "\n".join(filter(None, [request.POST.get("text", "").rstrip(), words])),
        "kept": " ".join(file.key for file in form.attachments),
        "kept_files": form.attachments,
        "note_mode": request.POST.get("mode") == "note",
        **keep_seen_mark(row, form.cleaned_data.get("seen_seq")),
    }
    return render_inbox(request, context)


def parse_number(text: str) -> int:
    """Return the whole number that a text is, or 0 if it is none."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


@require_POST
@staff_only("reply")
def send_suggestion(request: HttpRequest, key: str) -> HttpResponse:
    """Send the suggested reply that the clerk read, as their own, unless something newer came; their draft stays."""
    row, staff = get_conversation(key), clerk(request)
    text = request.POST.get("text", "").replace("\r\n", "\n")[:LONGEST]
    seen = parse_number(request.POST.get("seen_seq", ""))
    try:
        services.answer(row, text, staff=staff, seen_seq=seen)
    except Refused as error:
        if not was_sent(row, text, staff=staff, since=seen):  # by the first of two clicks
            messages.error(request, error.message)
    return redirect(person_url(row.contact))


@require_POST
@staff_only("reply")
def continue_privately(request: HttpRequest, key: str) -> HttpResponse:
    """Send the author of a public message a single-use link into a private conversation."""
    row, pk = get_conversation(key), parse_number(request.POST.get("message", ""))
    asked = get_object_or_404(Message.objects.stream(row.contact.family_ids()).filter(public=True), pk=pk)
    words = _("The link to continue privately is on its way. It opens once, within %(days)d days.")
    with tell_outcome(request, words % {"days": LIFE.days}):
        services.continue_privately(asked, staff=clerk(request))
    return redirect(person_url(row.contact))


@require_POST
@staff_only("reply")
def write_transcript(request: HttpRequest, pk: int) -> HttpResponse:
    """Store what the clerk heard in a person's voice message."""
    message = get_object_or_404(Message.objects.select_related("conversation__contact__merged_into"), pk=pk)
    try:
        transcripts.write_transcript(message, request.POST.get("text", ""), staff=clerk(request))
    except Refused as error:
        messages.error(request, error.message)
    return redirect(f"{person_url(message.conversation.contact)}#m{pk}")


@require_POST
@staff_only("reply")
def moderate(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide a person's public message on its network, show it again, or like it."""
    rows = Message.objects.select_related("conversation__contact__merged_into", "account__agency")
    message = get_object_or_404(rows, pk=pk)
    with tell_outcome(request, _("Done on the network.")):
        comment_moderation.moderate(message, request.POST.get("action", ""), staff=clerk(request))
    return redirect(f"{person_url(message.conversation.contact)}#m{pk}")


@require_POST
@staff_only("reply")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the clerk's answer that was not sent yet, and put its text back into the composer's field."""
    message = get_object_or_404(Message.objects.select_related("conversation__contact__merged_into"), pk=pk)
    contact = message.conversation.contact
    try:
        services.undo_answer(message, staff=clerk(request))
    except Refused as error:
        messages.error(request, error.message)
        return redirect(person_url(contact))
    services.save_draft(message.conversation, message.text, mode=Draft.Mode.REPLY, staff=clerk(request))
    messages.success(request, _("It did not go out. Your words are in the field again."))
    return redirect(person_url(contact, draft=message.pk))


@require_POST
@staff_only("reply")
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue for sending once more a message to the person that failed or was not confirmed."""
    message = get_object_or_404(Message.objects.select_related("conversation__contact__merged_into"), pk=pk)
    with tell_outcome(request, _("It goes out again.")):
        services.send_answer_again(message, staff=clerk(request))
    return redirect(person_url(message.conversation.contact))


@require_POST
@staff_only("reply")
def store_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Store the clerk's unsent text as a draft that only they see (posted after a pause and on leaving)."""
    mode = Draft.Mode.NOTE if request.POST.get("mode") == "note" else Draft.Mode.REPLY
    seen = parse_number(request.POST["seen_seq"]) if "seen_seq" in request.POST else None
    services.save_draft(
        get_conversation(key), request.POST.get("text", ""), mode=mode, staff=clerk(request), seen_seq=seen
    )
    return HttpResponse(status=204)


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def presence(request: HttpRequest, key: str) -> HttpResponse:
    """Render which colleagues have this person's page open; a POST says that this clerk is there, types or leaves."""
    contact = get_object_or_404(Contact.objects.select_related("merged_into"), key=key)
    row, staff = conversation_of(contact), clerk(request)
    if request.method == "POST":
        doing = request.POST.get("doing", "")
        services.report_presence(row, staff=staff, typing=doing == "types", gone=doing == "leaves")
    return render(request, "cases/presence.html", {"others": reply_box.find_colleagues(row, staff)})


@require_safe
@staff_only("desk")
def list_responses(request: HttpRequest) -> HttpResponse:
    """Render the page that lists the agency's canned responses."""
    rows = ReadyAnswer.objects.select_related("topic").order_by("name")[:500]
    return render(
        request, "cases/ready_list.html", {"rows": rows, "may_write": has_right(clerk(request), "ready_answers")}
    )


@staff_only("ready_answers")
def add_response(request: HttpRequest) -> HttpResponse:
    """Show or save the form for a new canned response."""
    return edit_response(request, None)


@staff_only("ready_answers")
def change_response(request: HttpRequest, pk: int) -> HttpResponse:
    """Show or save the form for an existing canned response."""
    return edit_response(request, get_object_or_404(ReadyAnswer, pk=pk))


def edit_response(request: HttpRequest, row: ReadyAnswer | None) -> HttpResponse:
    """Show or save the form of a canned response (None: a new one), with a text in each language."""
    form = ReadyAnswerForm(request.POST or None, row=row, languages=request.agency.languages)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            services.save_canned_response(row, staff=clerk(request), **form.values())
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:ready")
    context = {"form": form, "row": row, "places": PLACEHOLDERS.items()}
    return render(request, "cases/ready_edit.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("ready_answers")
def delete_response(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a canned response and redirect to the list."""
    row = get_object_or_404(ReadyAnswer, pk=pk)
    services.delete_canned_response(row, staff=clerk(request))
    messages.success(request, _("“%(name)s” is put away.") % {"name": row.name})
    return redirect("cases:ready")
