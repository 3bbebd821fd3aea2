"""Write, change, take back and report posts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.base_url import base_url
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.discussions.models import Discussion, Participant, Post, PostReport, WatchedWordList
from kesher.discussions.rules import POSTS_AN_HOUR, REPORTS_A_DAY, Author, decision_due, find_reasons, text_digest
from kesher.discussions.services.membership import require_participant
from kesher.discussions.states import PostState, find_author_transition
from kesher.discussions.watched_words import WatchedWords

UNSEEN: Final = (PostState.HELD, PostState.HIDDEN)
COUNTED: Final = (PostState.PUBLISHED, PostState.HELD)


@transaction.atomic
def write_post(discussion: Discussion, call: Call, *, text: str, parent: Post | None = None) -> Post:
    """Store a post of a participant, published or held with its reasons, and return it.

    A new member's first post appears at once and stands in the moderators' queue. Raise Refused if they take no part,
    the discussion is closed, or they wrote too much within an hour.
    """
    place = Participant.objects.select_for_update().get(pk=require_participant(discussion, call).pk)
    check_open(discussion)
    now = timezone.now()
    written = Post.objects.filter(participant=place)
    if written.filter(created__gt=now - timedelta(hours=1)).count() >= POSTS_AN_HOUR:
        words = _("You wrote %(count)s times within an hour, and more is not possible. Please try again later.")
        raise Refused(words % {"count": POSTS_AN_HOUR})
    reasons = hold_reasons(place, call, text, now)
    post = Post(
        agency_id=discussion.agency_id, discussion=discussion, participant=place, parent=parent, text=text, created=now
    )
    put_text(post, text, reasons, now)
    post.needs_review = post.needs_review or not written.exists()
    post.save()
    audit("discussions.write", by=call.actor(call.person()), subject=post, held=",".join(reasons))
    return post


def reply(parent: Post, call: Call, *, text: str) -> Post:
    """Store an answer to a post, beside the answers that it has; see `write_post`."""
    if parent.state != PostState.PUBLISHED:
        raise Refused(_("This post is not there any more."))
    return write_post(parent.discussion, call, text=text, parent=parent.parent or parent)


@transaction.atomic
def edit_post(post: Post, call: Call, *, text: str) -> Post:
    """Change the words of one's own post, and return it, published or held. Raise Refused if that may not be."""
    post = lock_own(post, call)
    assert post.participant is not None
    check_open(post.discussion)
    now = timezone.now()
    reasons = hold_reasons(post.participant, call, text, now, but=post.pk)
    after = find_author_transition(post.state, "edit", reasons=bool(reasons))
    if after is None:
        raise Refused(_("This post cannot be changed any more."))
    put_text(post, text, reasons, now, state=after)
    post.edited_at = now
    post.save()
    audit("discussions.edit", by=call.actor(call.person()), subject=post, held=",".join(reasons))
    return post


@transaction.atomic
def delete_post(post: Post, call: Call) -> Post:
    """Take back one's own post for good; its words are forgotten at once. Raise Refused if it is somebody else's."""
    post = lock_own(post, call)
    after = find_author_transition(post.state, "delete")
    if after is None:
        raise Refused(_("This post is deleted already."))
    post.state, post.text, post.digest, post.reasons = after, "", "", []
    post.needs_review, post.decision_due = False, None
    post.save()
    audit("discussions.delete", by=call.actor(call.person()), subject=post)
    return post


@transaction.atomic
def report_post(post: Post, call: Call, *, reason: str) -> PostReport:
    """Store that a person reports a post, and put it into the moderators' queue.

    Where it is about the person themselves, it is hidden until a moderator decides, unless one decided before. Raise
    Refused if they reported it already, or reported too much within a day.
    """
    assert call.identity is not None
    post = Post.objects.select_for_update().get(pk=post.pk)
    now = timezone.now()
    mine = PostReport.objects.filter(identity__contact__in=call.person().family_ids())
    if mine.filter(post=post).exists():
        raise Refused(_("You reported this post already. A moderator looks at it."))
    if mine.filter(created__gt=now - timedelta(days=1)).count() >= REPORTS_A_DAY:
        words = _("You reported %(count)s posts within a day, and more is not possible. Please try again tomorrow.")
        raise Refused(words % {"count": REPORTS_A_DAY})
    if post.state != PostState.PUBLISHED:
        raise Refused(_("This post is not there any more."))
    report = PostReport.objects.create(
        agency_id=post.agency_id, post=post, identity=call.identity, reason=reason, quoted=post.text, created=now
    )
    if reason == PostReport.Reason.ABOUT_ME and not post.decisions.exists() and not post.is_official:
        post.state, post.decision_due = PostState.HIDDEN, decision_due(post.agency, now)
    post.needs_review = True
    post.save(update_fields=["state", "decision_due", "needs_review"])
    audit("discussions.report", by=call.actor(call.person()), subject=post, reason=reason)
    return report


def check_open(discussion: Discussion) -> None:
    """Raise Refused if nothing may be written any more."""
    if discussion.closed_at is not None:
        raise Refused(_("This discussion is closed. It can still be read."))


def lock_own(post: Post, call: Call) -> Post:
    """Return a post, locked, if who calls wrote it and still takes part. Raise Refused if not."""
    post = Post.objects.select_related("participant__identity").select_for_update(of=("self",)).get(pk=post.pk)
    if not post.is_by(call.person().family_ids()):
        raise Refused(_("Somebody else wrote this post."))
    return post


def hold_reasons(place: Participant, call: Call, text: str, now: datetime, *, but: int = 0) -> list[str]:
    """Return why a text of a participant is held; ``but``: the post whose own words do not count as said before."""
    digest = text_digest(text)
    equal = Post.objects.filter(participant=place, digest=digest, state__in=COUNTED).exclude(pk=but).count()
    own = Identity.objects.filter(contact__in=call.person().family_ids()).values_list("address", flat=True)
    listed = WatchedWordList.objects.first()
    watched = WatchedWords(listed.words.splitlines() if listed else ())
    site = (urlsplit(base_url()).hostname or "").removeprefix("www.")
    author = Author(place.joined, equal, list(own))
    return [str(reason) for reason in find_reasons(text, author, at=now, watched=watched, sites={site})]


def put_text(post: Post, text: str, reasons: list[str], now: datetime, *, state: str = "") -> None:
    """Put words into a post, with the state that follows from the reasons to hold it, unless one is given."""
    post.text, post.digest, post.reasons = text, text_digest(text), reasons
    post.state = state or (PostState.HELD if reasons else PostState.PUBLISHED)
    waits = post.state in UNSEEN
    post.needs_review = post.needs_review or waits
    post.decision_due = decision_due(post.agency, now) if waits else None
