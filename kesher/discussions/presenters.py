"""What readers and moderators see of discussions, and what authors get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.cases.desk.navigation import person_url
from kesher.cases.models import Case
from kesher.cases.states import ENDED
from kesher.channels.base import Option
from kesher.core.templatetags.ui import deadline
from kesher.dialogues.services import GO
from kesher.discussions.hold_reasons import EXPLANATIONS, PROMISE, HoldReason
from kesher.discussions.models import Discussion, Participant, Post, PostReport
from kesher.discussions.rules import POSTS_AN_HOUR, REPORTS_A_DAY
from kesher.discussions.states import PostState, moderator_transitions
from kesher.discussions.subjects import Subject, find_subjects
from kesher.verbs.declaration import Receipt

SHOWN: Final = (PostState.PUBLISHED,)
THREADS: Final = 20
REPLIES_SHOWN: Final = 3
QUEUE_MOST: Final = 50
TRANSITION_TITLES: Final = {
    "publish": gettext_lazy("Publish"),
    "approve": gettext_lazy("It is fine"),
    "hide": gettext_lazy("Hide for now"),
    "ask_edit": gettext_lazy("Ask the author to change it"),
    "warn": gettext_lazy("Leave it, and warn the author"),
    "remove": gettext_lazy("Remove"),
    "restore": gettext_lazy("Bring it back"),
}


@dataclass(frozen=True, slots=True)
class Thread:
    """A post with its last answers, oldest first, and how many are not among them. ``asked``: see `question_state`."""

    post: Post
    replies: Sequence[Post]
    more: int
    asked: str = ""


def list_threads(
    discussion: Discussion, reader: Participant | None, *, before: int = 0, most: int = THREADS
) -> tuple[list[Thread], int]:
    """Return (threads newest first, the id before which the next page begins or 0). Two queries.

    A post that was deleted or removed stands as long as it has answers.
    """
    answered = Exists(Post.objects.filter(parent=OuterRef("pk"), state=PostState.PUBLISHED))
    visible = Post.objects.visible(reader).filter(discussion=discussion, parent=None)
    gone = Post.objects.filter(answered, discussion=discussion, parent=None)
    rows = (visible | gone.filter(state__in=(PostState.DELETED, PostState.REMOVED))).with_authors().with_questions()
    if before:
        rows = rows.filter(pk__lt=before)
    posts = list(rows.order_by("-id")[: most + 1])
    following, posts = (posts[most - 1].pk if len(posts) > most else 0), posts[:most]
    by_parent: dict[int | None, list[Post]] = {}
    total: dict[int | None, int] = {}
    for row in last_replies([post.pk for post in posts], reader):
        by_parent.setdefault(row.parent_id, []).append(row)
        total[row.parent_id] = row.total
    threads = [
        Thread(
            post,
            by_parent.get(post.pk, []),
            max(0, total.get(post.pk, 0) - REPLIES_SHOWN),
            question_state(post),
        )
        for post in posts
    ]
    return threads, following


def last_replies(parents: Sequence[int], reader: Participant | None) -> list[Any]:
    """Return the last answers to each of these posts, oldest first, each with ``total``, how many there are."""
    visible = Post.objects.visible(reader).filter(parent__in=parents).with_authors()
    rows: Any = visible.annotate(
        rank=Window(RowNumber(), partition_by=F("parent"), order_by=F("id").desc()),
        total=Window(Count("id"), partition_by=F("parent")),
    )
    return list(rows.filter(rank__lte=REPLIES_SHOWN).order_by("id"))


def list_replies(post: Post, reader: Participant | None, *, after: int = 0, most: int = 100) -> tuple[list[Post], int]:
    """Return (answers to a post, oldest first; the id after which the next page begins, or 0)."""
    rows = Post.objects.visible(reader).filter(parent=post, pk__gt=after).with_authors().order_by("id")
    found = list(rows[: most + 1])
    return found[:most], (found[most - 1].pk if len(found) > most else 0)


def question_state(post: Post) -> str:
    """Return where a thread's question to the body stands: "asked", "late", "private" (handled), "" (else)."""
    if post.case is None or post.answered_officially:  # type: ignore[attr-defined]  # annotated
        return ""
    if post.case.state in ENDED:
        return "private"
    due = post.case.answer_due
    return "late" if due is not None and due < timezone.now() else "asked"


def count_questions() -> int:
    """Return how many questions to the body nobody has answered."""
    return Post.objects.filter(case__isnull=False).exclude(case__state__in=ENDED).count()


def list_questions() -> list[tuple[Post, Subject | None]]:
    """Return (question to the body that nobody has answered, what it was asked about), the most urgent first."""
    rows = Post.objects.filter(case__isnull=False).exclude(case__state__in=ENDED)
    posts = list(rows.select_related("case", "discussion").order_by("case__answer_due", "id")[:QUEUE_MOST])
    subjects = find_subjects({post.discussion for post in posts})
    return [(post, subjects.get(post.discussion_id)) for post in posts]


def conversation_url(post: Post) -> str:
    """Return the URL of the desk's page of the author's conversation, for a private answer; "" for none."""
    identity = post.participant.identity if post.participant else None
    return person_url(identity.contact) if identity else ""


def describe_overview(_staff: Staff) -> dict[str, Any]:
    """Return what the manager's overview shows: how many questions wait in discussions."""
    return {"count": count_questions()}


def describe_case(case: Case) -> dict[str, Any] | None:
    """Return what the desk shows beside a request: the thread in which it was asked; None for none."""
    if case.kind != Case.Kind.DISCUSSION:
        return None
    post = Post.objects.filter(case=case).select_related("discussion").first()
    if post is None:
        return None
    return {"post": post, "subject": find_subjects([post.discussion]).get(post.discussion_id)}


def post_url(post: Post) -> str:
    """Return the URL of the page on which a post stands, in a thread of its own or among the answers."""
    top = post.parent or post
    anchor = f"#p{post.code}" if post.parent else ""
    return f"{reverse('discussions:thread', args=[top.code])}{anchor}"


def explain_hold(post: Post) -> list[str]:
    """Return the sentences for the author of a held post: why it waits, and until when somebody decides."""
    reasons = [str(EXPLANATIONS[HoldReason(reason)]) for reason in post.reasons]
    return [*reasons, str(PROMISE)]


def list_limits() -> list[str]:
    """Return the limits that hold members, in words: those that the services apply."""
    return [
        _("At most %(count)s posts an hour.") % {"count": POSTS_AN_HOUR},
        _("At most %(count)s reports a day.") % {"count": REPORTS_A_DAY},
        *map(str, EXPLANATIONS.values()),
        str(PROMISE),
    ]


def post_receipt(post: Post) -> Receipt:
    """Return what an author gets: that the post can be read now, or why it waits."""
    links = ((_("To the post"), absolute(post_url(post))),)
    if post.state == PostState.PUBLISHED:
        ask = () if post.parent_id else (Option(f"{GO}discussions.ask:{post.code}", _("Ask for an official answer")),)
        return Receipt(text=_("Your post can be read now."), links=links, options=ask, reference=post.code)
    text = "\n".join([_("Your post is not visible yet."), *explain_hold(post)])
    return Receipt(text=text, links=links, reference=post.code)


def ask_receipt(case: Case) -> Receipt:
    """Return what a member gets who asked the body to answer: its number, and until when."""
    words = _("An official answer was asked for in this thread. Request %(number)s.") % {"number": case.number}
    if case.answer_due is not None and case.answered_at is None:
        words = f"{words} {_('An answer is due by %(when)s.') % {'when': deadline(case.answer_due)}}"
    return Receipt(text=words, reference=str(case.number))


def delete_receipt(post: Post) -> Receipt:
    """Return what an author gets after a deletion."""
    return Receipt(text=_("Your post is deleted."), reference=post.code)


def report_receipt(report: PostReport) -> Receipt:
    """Return what somebody gets who reported a post."""
    if report.post.state == PostState.HIDDEN:
        text = _("Thank you. Nobody sees the post now, until a moderator has decided.")
    else:
        text = _("Thank you. A moderator looks at the post.")
    return Receipt(text=text, reference=report.post.code)


def transition_choices(state: str) -> list[tuple[str, Any]]:
    """Return what a moderator may do with a post in this state, as (name, title)."""
    return [(name, TRANSITION_TITLES[name]) for name in moderator_transitions(state)]


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A post that a moderator has to look at. ``why``: each reason in words."""

    post: Post
    subject: Subject | None
    why: Sequence[str]
    reports: Sequence[PostReport]


def list_queue() -> list[QueueEntry]:
    """Return what moderators have to look at: what waits for a decision, the most urgent first, then the rest."""
    undecided = Prefetch("reports", PostReport.objects.filter(decided_at=None).order_by("id"), "open_reports")
    rows = Post.objects.filter(needs_review=True).with_authors().select_related("discussion", "parent")
    posts: list[Any] = list(
        rows.order_by(F("decision_due").asc(nulls_last=True), "id").prefetch_related(undecided)[:QUEUE_MOST]
    )
    subjects = find_subjects({post.discussion for post in posts})
    return [
        QueueEntry(post, subjects.get(post.discussion_id), review_reasons(post), post.open_reports) for post in posts
    ]


def count_queue() -> int:
    """Return how many posts moderators have to look at."""
    return Post.objects.filter(needs_review=True).count()


def review_reasons(post: Any) -> list[str]:
    """Return why a post is in the queue, in words."""
    held = [str(HoldReason(reason).label) for reason in post.reasons] if post.state == PostState.HELD else []
    reported = [str(report.get_reason_display()) for report in post.open_reports]
    return [*held, *dict.fromkeys(reported)] or [_("First post of a new member")]


def moderation_numbers() -> dict[str, Any]:
    """Return the public numbers of moderation: decisions by kind, without names or words."""
    counted = Post.objects.filter(Q(decisions__isnull=False)).values_list("decisions__transition")
    found = dict(counted.annotate(count=Count("decisions")).order_by())
    return {name: found.get(name, 0) for name in TRANSITION_TITLES}
