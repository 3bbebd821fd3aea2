"""Staff page that shows suspicious signatures of a petition and voids them, made by `participation.fraud_desk`."""

from __future__ import annotations

from django.urls import reverse as address

from kesher.agencies.models import in_language
from kesher.conversations.channel_links import channel_title
from kesher.participation import fraud_desk
from kesher.participation.assurance_labels import level_title
from kesher.petitions.area_map import known_areas
from kesher.petitions.desk import get_petition


def describe_watched(code: str) -> fraud_desk.Watched:
    """Return what the shared page on odd signatures needs of the petition with this code."""
    found = get_petition(code)
    return fraud_desk.Watched(
        found.action,
        found.title,
        page=address("petitions:desk-watch", args=[found.code]),
        back=address("petitions:desk-petition", args=[found.code]),
        areas=[(code, in_language(names)) for code, names in known_areas()],
        channel=channel_title,
        level=level_title,
    )


watch, settle, reverse = fraud_desk.build_desk_views(describe_watched)
