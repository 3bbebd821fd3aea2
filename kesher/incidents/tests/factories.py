"""Incidents for tests of other apps, and for the tests of every page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Message
from kesher.incidents.models import Incident, IncidentPerson
from kesher.incidents.services import attach_person, end_incident, move_incident, publish_notice

TEXTS = {
    "he": "תקלה באספקת המים. הצוות בדרך, והמים יחזרו עד 22:00.",
    "ar": "عطل في إمدادات المياه. الطاقم في الطريق، وستعود المياه حتى الساعة 22:00.",
    "ru": "Авария на водопроводе. Бригада в пути, воду дадут до 22:00.",
    "en": "The water supply has failed. A crew is on its way; the water will be back by 22:00.",
}
TITLES = {"suspected": "אין מים", "open": "הפסקת חשמל", "over": "מעלית תקועה"}


def an_incident(staff: Staff, who: Identity, state: str = "open") -> Incident:
    """Return an incident in this state, with one person."""
    incident = Incident.objects.create(
        title=TITLES[state], place="שכונת הכרמים", words="מים, ברזים", created_at=timezone.now()
    )
    attach_person(incident, who.contact, by=staff)
    if state == "suspected":
        return incident
    incident = move_incident(incident, "open", by=staff)
    publish_notice(incident, TEXTS, timezone.now() + timedelta(hours=2), by=staff)
    return end_incident(incident.again(), TEXTS, by=staff) if state == "over" else incident.again()


def an_incident_in_each_state() -> list[Incident]:
    """Return a suspected incident, an open one and one that is over, of people who wrote in the demo."""
    if not Incident.objects.exists():
        staff = Staff.objects.order_by("pk").first()
        people = Contact.objects.filter(merged_into=None, identities__isnull=False).distinct().order_by("pk")[:3]
        assert staff is not None
        for state, person in zip(TITLES, people, strict=True):
            who = person.identities.first()
            assert who is not None
            incident = an_incident(staff, who, state)
            wrote = Message.objects.filter(direction="in", conversation__contact=person).first()
            IncidentPerson.objects.filter(incident=incident).update(message=wrote)
    return list(Incident.objects.order_by("pk"))
