"""What is new in the discussions in which somebody takes part, with the reason: for their page and their digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact
from kesher.core.templatetags.ui import language_of
from kesher.discussions.models import Participant, Post
from kesher.discussions.presenters import post_url
from kesher.discussions.states import PostState
from kesher.discussions.subjects import Subject, find_subjects
from kesher.following.feeds import FEED_MOST, OwnItem

TITLE_MOST: Final = 120
TO_ME: Final = 2  # an answer to what they wrote
OFFICIAL: Final = 1


def find_news(contact: Contact, since: datetime) -> list[OwnItem]:
    """Return the threads, official answers and answers to a person's own posts since a moment, newest first.

    What they wrote themselves is not news to them. Three queries, and one a kind of discussion.
    """
    places = list(Participant.objects.of(contact).current().select_related("discussion"))
    if not places:
        return []
    mine = Q(parent__participant__in=places)
    rows = Post.objects.filter(discussion__in=[place.discussion_id for place in places], created__gt=since)
    rows = rows.filter(Q(parent=None) | Q(staff__isnull=False) | mine, state=PostState.PUBLISHED)
    rows = rows.exclude(participant__in=places).select_related("participant", "parent", "agency", "staff")
    subjects = find_subjects({place.discussion for place in places})
    own = {place.pk for place in places}
    return [make_item(post, own, subjects) for post in rows.order_by("-created")[:FEED_MOST]]


def make_item(post: Post, own: set[int], subjects: Mapping[int, Subject]) -> OwnItem:
    """Return a post as an item, with the reason why it is one."""
    to_me = post.parent is not None and post.parent.participant_id in own
    subject: Any = subjects.get(post.discussion_id)
    names = {"title": subject.title if subject else ""}
    if to_me:
        why = _("An answer to what you wrote in “%(title)s”") % names
    elif post.is_official:
        why = _("An official answer in “%(title)s”") % names
    else:
        why = _("New in “%(title)s”, which you joined") % names
    title = f"{post.author_name}: {Truncator(' '.join(post.text.split())).chars(TITLE_MOST)}"
    weight = TO_ME if to_me else OFFICIAL if post.is_official else 0
    return OwnItem(title, language_of(post.text), post_url(post), post.created, why, weight)
