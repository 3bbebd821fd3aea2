"""Staff page that shows suspicious signatures of a petition and voids them, made by `participation.fraud_desk`."""

from __future__ import annotations

from kesher.agencies.models import in_language
from kesher.initiatives.desk import describe_watched
from kesher.participation import fraud_desk
from kesher.petitions.area_map import known_areas
from kesher.petitions.desk import get_petition


def watched_petition(code: str) -> fraud_desk.Watched:
    """Return what the shared page on odd signatures needs of the petition with this code."""
    found = get_petition(code)
    areas = [(code, in_language(names)) for code, names in known_areas()]
    return describe_watched(found, found.action, areas=areas)


watch, settle, reverse = fraud_desk.build_desk_views(watched_petition)
