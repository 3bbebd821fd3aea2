"""Services of communities: the only code that writes them. Members and posts are written by `discussions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.communities.models import CODE_DIGITS, Community
from kesher.contacts.service_caller import Call
from kesher.core.audit import Actor, audit
from kesher.core.db.ids import code as new_code
from kesher.core.errors import Refused
from kesher.discussions import services as discussions
from kesher.discussions.models import Discussion, Participant, Post
from kesher.following.models import Following
from kesher.following.services import choose_frequency

KIND = "community"


@transaction.atomic
def save_community(community: Community | None, *, staff: Staff, **fields: Any) -> Community:
    """Open a community (None), or change one; return it. ``fields``: titles, purposes, rules, readers."""
    if community is None:
        discussion = Discussion.objects.create(agency_id=staff.agency_id, kind=KIND)
        community = Community(agency_id=staff.agency_id, discussion=discussion, code=unused_code())
    for name, value in fields.items():
        setattr(community, name, value)
    community.save()
    audit("communities.save", by=Actor("staff", staff.pk, "desk"), subject=community, readers=community.readers)
    return community


def unused_code() -> str:
    """Return digits that no community of the body has."""
    taken = set(Community.objects.values_list("code", flat=True))
    return next(code for code in iter(lambda: new_code(CODE_DIGITS), "") if code not in taken)


@transaction.atomic
def set_archived(community: Community, archived: bool, *, staff: Staff) -> None:
    """Archive a community, so that it can only be read, or open it again."""
    now = timezone.now() if archived else None
    community.archived_at = community.discussion.closed_at = now
    community.discussion.save(update_fields=["closed_at"])
    community.save(update_fields=["archived_at"])
    name = "communities.archive" if archived else "communities.reopen"
    audit(name, by=Actor("staff", staff.pk, "desk"), subject=community)


@transaction.atomic
def join_community(community: Community, call: Call, *, name: str, frequency: str = "") -> Participant:
    """Let a person join by the name that the others will see. Raise Refused where that may not be.

    ``frequency``: how often they get a digest of everything that they joined; "" where they were not asked.
    """
    if community.archived_at is not None:
        raise Refused(_("This community is archived. It can still be read."))
    place = discussions.join(community.discussion, call, name=name)
    choose_frequency(call, frequency or Following.Frequency.NEVER)
    return place


def leave_community(community: Community, call: Call) -> Participant:
    """End a person's membership; what they wrote stays. Raise Refused if they are no member."""
    return discussions.leave(community.discussion, call)


def post_to_community(community: Community, call: Call, *, text: str) -> Post:
    """Store what a member writes to all. Raise Refused where that may not be."""
    return discussions.write_post(community.discussion, call, text=text)


def texts_of(fields: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return {language: text} of the fields "PREFIX_LANGUAGE" that are not empty."""
    found = {name.removeprefix(f"{prefix}_"): text for name, text in fields.items() if name.startswith(f"{prefix}_")}
    return {lang: text for lang, text in found.items() if text}
