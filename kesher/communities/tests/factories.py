"""Communities, their members and posts, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kesher.communities import services
from kesher.communities.models import Community
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.core.db.agency_scope import current_agency_id
from kesher.discussions.models import Discussion, Participant, Post


def a_community(*, code: str = "31415", readers: str = "members", title: str = "הורים לפעוטות") -> Community:
    """Return a community of parents, for members only unless the test says otherwise."""
    agency = current_agency_id()
    discussion = Discussion.objects.create(agency_id=agency, kind=services.KIND)
    texts = {"titles": {"he": title}, "purposes": {"he": "שאלות, טיפים ומפגשים"}, "rules": {"he": "מכבדים זה את זה."}}
    return Community.objects.create(agency_id=agency, discussion=discussion, code=code, readers=readers, **texts)


def call_of(who: Identity, door: str = "web") -> Call:
    """Return a call of a person whose address is proved."""
    return Call(door=door, identity=who, level=1)


def a_member(community: Community, who: Identity, name: str = "נועה", *, days: int = 30) -> Participant:
    """Return a member who joined so many days ago."""
    place = services.join_community(community, call_of(who), name=name)
    place.joined = timezone.now() - timedelta(days=days)
    place.save()
    return place


def a_post(community: Community, who: Identity, text: str = "מישהו מכיר גן משחקים מוצל?", **more: Any) -> Post:
    """Return what a member wrote."""
    return services.post_to_community(community, call_of(who, **more), text=text)
