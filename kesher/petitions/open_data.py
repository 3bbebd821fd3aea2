"""Publish the counts and rows of published petitions as open data."""

from __future__ import annotations

from django.db.models import Q

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import in_language
from kesher.participation import open_data
from kesher.participation.action_kinds import Kind, PublicData, register
from kesher.participation.models import Action
from kesher.petitions.api import summarise_petition
from kesher.petitions.area_map import known_areas
from kesher.petitions.models import Petition
from kesher.petitions.unavailable_petition_page import find_public_petition


def read_public_data(action: Action) -> PublicData | None:
    """Return the open data of the action's petition (attributes, area names); None while it is not published."""
    found = Petition.objects.published().with_page().filter(action=action).first()
    if found is None:
        return None
    names = {code: in_language(names) for code, names in known_areas()}
    return PublicData(summarise_petition(found, 0)["attributes"], names)


def is_final(action: Action) -> bool:
    """Return whether the petition's open numbers can no longer change: names deleted, or lapsed.

    A closed petition may reopen until the names are deleted.
    """
    over = Q(anonymised_at__isnull=False) | Q(moderation=Petition.Moderation.LAPSED)
    return Petition.objects.filter(over, action=action).exists()


def register_all() -> None:
    """Register petitions as a kind of open data; called at start-up."""
    register(Kind("petition", public_data=read_public_data, ended=is_final))


def find_action(request: AgencyRequest, code: str) -> Action | None:
    """Return the participation action of the petition with this code, or None."""
    found = find_public_petition(code)
    return found.action if found else None


counts, rows = open_data.build_views(find_action)
