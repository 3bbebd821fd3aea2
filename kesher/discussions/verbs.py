"""What citizens do with posts: answer them, change or take back their own, and report one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.discussions import presenters, services
from kesher.discussions.forms import AskForm, DeleteForm, EditForm, ReplyForm, ReportForm
from kesher.discussions.models import Post
from kesher.discussions.states import PostState
from kesher.verbs.declaration import Verb, register


def find_post(code: str) -> Post | None:
    """Return the post with this code that is not deleted, whoever may read it; None for none."""
    rows = Post.objects.exclude(state=PostState.DELETED).with_authors()
    return rows.select_related("discussion__agency", "parent", "participant__identity").filter(code=code).first()


def is_published(post: Post) -> bool:
    """Return whether others see a post."""
    return post.state == PostState.PUBLISHED


def name_post(_post: Post) -> str:
    """Return how a message to a stranger names a post: without its words, which somebody unknown wrote."""
    return ""


REPLY = Verb(
    name="discussions.reply",
    title=_("Answer a post"),
    form=ReplyForm,
    subject=find_post,
    needs_subject=True,
    allow=is_published,
    name_subject=name_post,
    execute=services.reply,
    receipt=presenters.post_receipt,
    icon="message",
)
EDIT = Verb(
    name="discussions.edit",
    title=_("Change my post"),
    form=EditForm,
    subject=find_post,
    needs_subject=True,
    name_subject=name_post,
    execute=services.edit_post,
    receipt=presenters.post_receipt,
    changes_own=True,
    icon="edit",
)
DELETE = Verb(
    name="discussions.delete",
    title=_("Delete my post"),
    form=DeleteForm,
    subject=find_post,
    needs_subject=True,
    name_subject=name_post,
    execute=services.delete_post,
    receipt=presenters.delete_receipt,
    changes_own=True,
    icon="trash",
)
REPORT = Verb(
    name="discussions.report",
    title=_("Report a post"),
    form=ReportForm,
    subject=find_post,
    needs_subject=True,
    allow=is_published,
    name_subject=name_post,
    execute=services.report_post,
    receipt=presenters.report_receipt,
    icon="flag",
)
ASK = Verb(
    name="discussions.ask",
    title=_("Ask for an official answer"),
    form=AskForm,
    subject=find_post,
    needs_subject=True,
    allow=is_published,
    name_subject=name_post,
    execute=services.ask_body,
    receipt=presenters.ask_receipt,
    icon="megaphone",
)
register(REPLY, EDIT, DELETE, REPORT, ASK)
