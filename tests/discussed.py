"""What the pages of communities show in the browser tests: a community, its members, and what they wrote."""

from __future__ import annotations

from typing import Any

from kesher.communities.models import Community
from kesher.communities.tests.factories import a_community, a_member, a_post, call_of
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.discussions.models import Participant, Post
from kesher.discussions.services import reply


def community() -> list[Any]:
    """Return the code of a community that everybody may read, with two members, a post and its answer."""
    found = Community.objects.filter(readers="everyone").order_by("pk").first()
    if found is None:
        found = a_community(readers="everyone")
        noa, tamar = (
            get_or_create_identity(Address("tel", number, name), assurance=1)
            for number, name in (("+972505550191", "נועה"), ("+972505550192", "תמר"))
        )
        a_member(found, noa, "נועה")
        a_member(found, tamar, "אמא של יואב")
        reply(a_post(found, noa), call_of(tamar), text="בגן ברחוב הגפן יש עכשיו מפרשי צל.")
    return [found.code]


def closed_community() -> list[Any]:
    """Return the code of a community that members only may read."""
    found = Community.objects.filter(readers="members").order_by("pk").first()
    return [(found or a_community(code="31416")).code]


def discussed() -> dict[str, str]:
    """Return what the URLs of communities name: a community, a post and a member."""
    return {"community": community()[0], "post": post()[0], "member": member()[0]}


def community_list() -> list[Any]:
    """No arguments; there is a community, and a first post that a moderator has not seen."""
    community()
    return []


def post() -> list[Any]:
    """Return the code of a post that has an answer."""
    code = community()[0]
    discussion = Community.objects.get(code=code).discussion
    return [Post.objects.filter(discussion=discussion, parent=None, replies__isnull=False).latest("pk").code]


def member() -> list[Any]:
    """Return the code of a member."""
    code = community()[0]
    return [Participant.objects.filter(discussion=Community.objects.get(code=code).discussion).latest("pk").code]
