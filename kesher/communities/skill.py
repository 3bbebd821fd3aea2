"""Chat dialogue "read": the latest posts of a community, for those who may read them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.communities.models import Community
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.core.templatetags.ui import shorten
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.services import GO
from kesher.discussions import services as discussions
from kesher.discussions.presenters import Thread, list_threads

MOST = 5
TEXT_MOST = 300


class NoQuestionForm(StepForm):
    """A form without questions."""


def find_any_community(code: str) -> Community | None:
    """Return the community with these digits, archived or not; None for none."""
    return Community.objects.select_related("discussion__agency").filter(code=code).first()


@skill(
    "communities.read",
    title=gettext_lazy("Read a community"),
    form=NoQuestionForm,
    subject=find_any_community,
    needs_subject=True,
    number_rank=99,
    intents={
        "he": ("לקרוא את הקהילה", "מה חדש בקהילה"),
        "ar": ("قراءة المجتمع", "ما الجديد في المجتمع"),
        "ru": ("читать сообщество", "что нового в сообществе"),
        "en": ("read the community", "what is new in the community"),
    },
    changes_own=True,  # may show what members only may read: not to a sender whom nothing proves
)
def read(turn: Turn, community: Community, answers: Answers) -> list[Say]:
    """Reply with the newest posts of a community, or offer to join it."""
    hidden = turn.identity is None or may_have_new_owner(turn.identity)
    reader = None if hidden else discussions.find_participant(community.discussion, turn.contact)
    join = Option(f"{GO}communities.join:{community.code}", _("Join the community"))
    if reader is None and not community.is_public:
        words = _("Only members can read “%(title)s”.") % {"title": community}
        return [Say(words, (join,), lang=turn.lang)]
    write = Option(f"{GO}communities.post:{community.code}", _("Write a post")) if reader else join
    threads, _following = list_threads(community.discussion, reader, most=MOST)
    link = ((str(community), absolute(community.get_absolute_url())),)
    if not threads:
        return [Say(_("Nobody has written here yet."), (write,), links=link, lang=turn.lang)]
    text = "\n\n".join(thread_line(thread) for thread in threads)
    return [Say(text, (write,), links=link, lang=turn.lang)]


def thread_line(thread: Thread) -> str:
    """Return a post as a paragraph of a message: who wrote what, and how many answered."""
    post = thread.post
    name = _("Official") if post.is_official else str(post.participant)
    answers = len(thread.replies) + thread.more
    more = f" ({ngettext('%(count)s answer', '%(count)s answers', answers) % {'count': answers}})" if answers else ""
    return f"{name}: {shorten(post.text, TEXT_MOST)}{more}"
