"""Questions to the body: a thread becomes a request with a clock, and the body answers in it for everybody."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services import open_case, solve_in_public
from kesher.channels.base import Say
from kesher.contacts.service_caller import Call
from kesher.conversations.services import conversation_of
from kesher.conversations.services.conversation_writer import add_event_line
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.discussions.models import Discussion, Post
from kesher.discussions.rules import names_others, text_digest
from kesher.discussions.services.membership import require_participant
from kesher.discussions.services.posts import check_open
from kesher.discussions.states import PostState
from kesher.discussions.subjects import find_subject


@transaction.atomic
def ask_body(post: Post, call: Call) -> Case:
    """Open a request of the author about a thread, so that the body answers in it; return it.

    Any member may ask for it. A thread has one request: who asks again gets the same. Raise Refused if they take no
    part, or the thread is not there any more.
    """
    require_participant(post.discussion, call)
    check_open(post.discussion)
    top = lock_thread(post)
    if top.case is not None:
        return top.case
    identity = top.participant.identity if top.participant else None
    if top.state != PostState.PUBLISHED or identity is None:
        raise Refused(_("This post is not there any more."))
    conversation = conversation_of(identity.contact)
    top.case = open_case(
        conversation,
        kind=Case.Kind.DISCUSSION,
        title=top.text,
        channel=call.door,
        by=call.actor(call.person()),
        address_of=identity.contact,
    )
    top.save(update_fields=["case"])
    subject = find_subject(top.discussion)
    line = f"#{top.case.number} · {subject.title if subject else ''}\n{top.text}"
    add_event_line(conversation, line, case=top.case.pk)
    audit("discussions.ask", by=call.actor(call.person()), subject=top, case=top.case.number)
    return top.case


@transaction.atomic
def answer_officially(discussion: Discussion, text: str, *, staff: Staff, parent: Post | None = None) -> Post:
    """Store a post of the body, solve the request of its thread, and tell the author of the question.

    Raise Refused if personal data are in it, which belong into a private answer.
    """
    check_open(discussion)
    if names_others(text):
        raise Refused(_("A number or an address is in the text. Everybody can read it here: please answer privately."))
    top = lock_thread(parent) if parent is not None else None
    if top is not None and top.state != PostState.PUBLISHED:
        raise Refused(_("This post is not there any more."))
    post = Post.objects.create(
        agency_id=discussion.agency_id,
        discussion=discussion,
        parent=top,
        text=text,
        digest=text_digest(text),
        staff=staff,
        created=timezone.now(),
    )
    if top is not None and top.case is not None:
        solve_in_public(top.case, staff=staff)
        tell_author(top, text)
    audit("discussions.answer", by=Actor("staff", staff.pk, "desk"), subject=post)
    return post


def lock_thread(post: Post) -> Post:
    """Return the first post of a post's thread, locked, with its author, discussion and request."""
    rows = Post.objects.select_related("participant__identity__contact", "discussion__agency", "case")
    return rows.select_for_update(of=("self",)).get(pk=post.parent_id or post.pk)


def tell_author(question: Post, answer: str) -> None:
    """Write the body's answer to who asked, in their language, where any channel reaches them."""
    identity = question.participant.identity if question.participant else None
    subject = find_subject(question.discussion)
    if identity is None or subject is None:
        return
    with translation.override(identity.contact.language), suppress(Refused):
        text = _("%(body)s answered your question in “%(title)s”:") % {
            "body": question.discussion.agency.name,
            "title": subject.title,
        }
        link = ((_("To the post"), absolute(thread_path(question))),)
        write_to(identity, Say(f"{text}\n\n{answer}", subject=_("Your question"), links=link))


def thread_path(post: Post) -> str:
    """Return the path of a thread's page."""
    return reverse("discussions:thread", args=[post.code])
