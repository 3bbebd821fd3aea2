"""What moderators decide: on posts, on members, and on the list of slurs and threats."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.discussions.models import Participant, Post, PostDecision, WatchedWordList
from kesher.discussions.rules import decision_due
from kesher.discussions.states import EXPLAINED, find_moderator_transition

# What the author is told of a decision; %(reason)s is the moderator's.
NOTICES: Final = {
    "publish": gettext_lazy("Your post is published now."),
    "hide": gettext_lazy("Your post is hidden until it was looked at again. The reason: %(reason)s"),
    "ask_edit": gettext_lazy("Please change your post; until then, nobody sees it. The reason: %(reason)s"),
    "warn": gettext_lazy("A moderator asks you to heed the house rules. The reason: %(reason)s"),
    "remove": gettext_lazy(
        "Your post was removed. The reason: %(reason)s\nIf you think that this is wrong, answer this message."
    ),
    "restore": gettext_lazy("Your post is back."),
}
REMOVED_NOTICE: Final = gettext_lazy(
    "You cannot write here any more. The reason: %(reason)s\nIf you think that this is wrong, answer this message."
)
READMITTED_NOTICE: Final = gettext_lazy("You can take part again.")


@transaction.atomic
def decide(post: Post, transition: str, reason: str, *, staff: Staff) -> Post:
    """Do with a post what a moderator decided, record it, and tell its author. Raise Refused if it may not be done."""
    post = Post.objects.select_related("participant__identity__contact").select_for_update(of=("self",)).get(pk=post.pk)
    after = find_moderator_transition(post.state, transition)
    if after is None or post.is_official:
        raise Refused(_("This is not possible any more: the post has changed meanwhile."))
    if transition in EXPLAINED and not reason:
        raise Refused(_("Please write the reason. The author reads it."))
    now = timezone.now()
    PostDecision.objects.create(
        agency_id=post.agency_id, post=post, transition=transition, reason=reason, quoted=post.text, staff=staff, at=now
    )
    post.reports.filter(decided_at=None).update(decided_at=now)
    post.state = after
    # What a moderator hid waits for its author, and comes back to the queue when they mend it.
    post.needs_review = transition == "hide"
    post.decision_due = decision_due(post.agency, now) if transition == "hide" else None
    post.save(update_fields=["state", "needs_review", "decision_due"])
    tell(post.participant, NOTICES.get(transition), reason, quoted=post.text)
    audit("discussions.decide", by=Actor("staff", staff.pk, "desk"), subject=post, transition=transition)
    return post


def tell(place: Participant | None, words: object, reason: str = "", *, quoted: str = "") -> None:
    """Write to a participant what was decided, in their language, where any channel reaches them."""
    if place is None or place.identity is None or words is None:
        return
    with translation.override(place.identity.contact.language), suppress(Refused):
        text = str(words) % {"reason": reason}
        text = f"{text}\n\n«{quoted}»" if quoted else text
        write_to(place.identity, Say(text, subject=_("Your post")))


@transaction.atomic
def remove_participant(place: Participant, reason: str, *, staff: Staff) -> None:
    """Remove a person from a discussion: none of their addresses can come back. Raise Refused without a reason."""
    if not reason:
        raise Refused(_("Please write the reason. The author reads it."))
    if place.removed_at is not None:
        raise Refused(_("They were removed already."))
    place.removed_at = timezone.now()
    place.save(update_fields=["removed_at"])
    tell(place, REMOVED_NOTICE, reason)
    audit("discussions.remove", by=Actor("staff", staff.pk, "desk"), subject=place)


@transaction.atomic
def readmit(place: Participant, *, staff: Staff) -> None:
    """Let a removed person take part again. Raise Refused if somebody else has their name now."""
    taken = Participant.objects.current().filter(discussion=place.discussion_id, name__iexact=place.name)
    if place.name and taken.exists():
        raise Refused(_("Somebody here has this name now. They can join again under another."))
    place.removed_at = None
    place.save(update_fields=["removed_at"])
    tell(place, READMITTED_NOTICE)
    audit("discussions.readmit", by=Actor("staff", staff.pk, "desk"), subject=place)


@transaction.atomic
def save_watched_words(words: str, *, staff: Staff) -> None:
    """Replace the body's list of slurs and threats, one a line."""
    lines = "\n".join(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))
    row, _created = WatchedWordList.objects.get_or_create(agency_id=staff.agency_id)
    row.words = lines
    row.save()
    audit("discussions.watched_words", by=Actor("staff", staff.pk, "desk"), subject=row)
