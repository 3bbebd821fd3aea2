"""Topics and reports for tests."""

from __future__ import annotations

from typing import Any

from kesher.agencies.models import Team
from kesher.cases.models import Topic
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import current_agency_id
from kesher.reports.models import ServiceRequest
from kesher.reports.services import open_report


def topic(code: str = "street-light", **fields: Any) -> Topic:
    """A topic that can be reported; three working days unless the test says otherwise."""
    names = {"he": "פנס רחוב", "ar": "عمود إنارة", "ru": "Уличный фонарь", "en": "Street light"}
    values: dict[str, Any] = {
        "names": names,
        "reportable": True,
        "done_hours": 24.0,
        "synonyms": {"he": ["פנס", "תאורה"]},
    }
    return Topic.objects.create(agency_id=current_agency_id(), code=code, **{**values, **fields})


def noise(team: Team | None = None) -> Topic:
    """A topic without a place, with a clock that never stops."""
    names, words = {"he": "רעש", "en": "Noise"}, {"he": ["מוזיקה"]}
    always = Topic.Clock.ALWAYS
    return topic(
        "noise", names=names, synonyms=words, needs_place=False, clock=always, done_hours=1.0, team=team, order=5
    )


def lamp_report(
    who: Identity, about: Topic, *, lat: float | None = 32.05, lon: float | None = 34.75, **fields: Any
) -> ServiceRequest:
    """A report of a dark lamp."""
    place = {"lat": lat, "lon": lon, "address": "הגפן 12"}
    given: dict[str, Any] = {
        "words": "הפנס לא דולק כבר שבוע",
        "door": "whatsapp",
        "identity": who,
        "place": place,
        **fields,
    }
    return open_report(who.contact, topic=about, **given)
