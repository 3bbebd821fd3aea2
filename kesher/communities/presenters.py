"""What people see of communities, and what they get."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.accounts.my_page import Thing
from kesher.agencies.base_url import absolute
from kesher.channels.base import Option
from kesher.communities.models import Community
from kesher.contacts.models import Contact
from kesher.core.templatetags.ui import language_of, number
from kesher.dialogues.services import GO
from kesher.discussions.models import Participant
from kesher.discussions.subjects import Subject
from kesher.verbs.declaration import Receipt

CARDS: Final = 60


def find_subjects(ids: Collection[int]) -> dict[int, Subject]:
    """Return {id of a discussion: its community as a subject}. One query."""
    rows = Community.objects.filter(discussion__in=ids)
    return {row.discussion_id: Subject(str(row), row.get_absolute_url(), public=row.is_public) for row in rows}


def list_cards() -> list[dict[str, Any]]:
    """Return the cards of all communities that can be joined, the largest first. One query."""
    rows = Community.objects.active().with_counts().order_by("-members", "id")[:CARDS]
    return [
        {
            "title": str(row),
            "lang": language_of(row),
            "url": row.get_absolute_url(),
            "text": row.purpose,
            "foot": f"{members_in_words(row.members)} · {row.get_readers_display()}",
        }
        for row in rows
    ]


def members_in_words(count: int) -> str:
    """Return how many members there are, in words."""
    return ngettext("%(count)s member", "%(count)s members", count) % {"count": number(count)}


def count_members(community: Community) -> int:
    """Return how many people take part now."""
    return Participant.objects.current().filter(discussion=community.discussion_id).count()


def find_community(place: Participant) -> Community:
    """Return the community of a member."""
    return Community.objects.get(discussion=place.discussion_id)


def join_receipt(place: Participant) -> Receipt:
    """Return what a new member gets: its rules, and how to write and leave."""
    community = find_community(place)
    lines = [_("You are a member of “%(title)s” now, as %(name)s.") % {"title": community, "name": place.name}]
    if community.house_rules:
        lines += [_("The house rules:"), community.house_rules]
    options = (
        Option(f"{GO}communities.post:{community.code}", _("Write a post")),
        Option(f"{GO}communities.read:{community.code}", _("Read the latest")),
    )
    link = ((str(community), absolute(community.get_absolute_url())),)
    return Receipt(text="\n".join(lines), links=link, options=options, reference=community.code)


def leave_receipt(place: Participant) -> Receipt:
    """Return what somebody gets who left."""
    community = find_community(place)
    text = _("You have left “%(title)s”. What you wrote stays there.") % {"title": community}
    return Receipt(text=text, reference=community.code)


def list_own_communities(contact: Contact, most: int) -> list[Thing]:
    """Return the communities of a person as entries of their page."""
    places = {row.discussion_id: row for row in Participant.objects.of(contact).current().order_by("-id")[:most]}
    rows = Community.objects.filter(discussion__in=places)
    return [
        Thing(
            str(row),
            row.get_absolute_url(),
            _("The others see you as %(name)s") % {"name": places[row.discussion_id].name},
            at=places[row.discussion_id].joined,
        )
        for row in rows
    ]


def leave_url(community: Community) -> str:
    """Return the URL of the form that ends a membership."""
    return reverse("communities:leave", args=[community.code])
