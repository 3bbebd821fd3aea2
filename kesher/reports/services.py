"""Open a problem report, send its receipt, find similar reports, and tell its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.agencies.business_hours import working_day_hours
from kesher.agencies.models import Place, Staff
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.cases.services import find_case_by_number, open_case
from kesher.channels.base import Say
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Delivery
from kesher.conversations.services import NotNow, conversation_of, fits_confirmation, is_billed_by_part
from kesher.conversations.services.conversation_writer import add_event_line
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from kesher.core.files.attachments import forget_attachments
from kesher.core.http.throttle import allow
from kesher.core.models import Attachment
from kesher.following.relevance import find_within
from kesher.reports.emergency_numbers import emergency_of
from kesher.reports.geo import Point, distance_in_metres, find_point
from kesher.reports.models import ServiceRequest

NEAR_METRES = 100.0
NEAR_SHOWN = 3
RECEIPTS_AN_HOUR = 5


@dataclass(frozen=True, slots=True)
class Near:
    """An open report of the same topic close by, without anything about its reporter."""

    number: int
    state: str
    opened: datetime
    metres: int
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    """One public entry of a case's history."""

    verb: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What the number alone may show of a request: never who, where or in which words."""

    number: int
    state: str
    title: str
    topic: str
    opened: datetime
    due: datetime | None
    ended: datetime | None
    history: tuple[Step, ...]


@transaction.atomic
def open_report(
    contact: Contact,
    *,
    topic: Topic,
    words: str,
    door: str,
    place: Mapping[str, Any] | None = None,
    photo: Attachment | None = None,
    identity: Identity | None = None,
    proved: bool = True,
    staff: Staff | None = None,
) -> ServiceRequest:
    """Store a report, open its case, and return it; ``proved``: the address was verified."""
    by = Actor("staff", staff.pk, "desk") if staff else Actor("contact", contact.pk, door)
    conversation, sender = conversation_of(contact), identity.contact if identity else None
    case = open_case(
        conversation, kind=Case.Kind.REPORT, topic=topic, title=words, channel=door, by=by, address_of=sender
    )
    point = find_point(place)
    request = ServiceRequest(
        agency_id=case.agency_id,
        case=case,
        description=words.strip(),
        address=str((place or {}).get("address") or "")[:200],
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        door=door,
        level=identity.assurance if identity and proved else 0,
        on_behalf_by=staff,
    )
    request.save(force_insert=True)
    if photo is not None:
        request.photos.add(photo)
    add_event_line(conversation, f"#{case.number} · {topic.name}", staff=staff, case=case.pk)
    audit("reports.report", by=by, subject=request, topic=topic.code)
    return request


@transaction.atomic
def send_receipt(request: ServiceRequest, identity: Identity, *, lang: str = "") -> bool:
    """Send the report's number to the reporter's address in ``lang``, and return whether it was sent."""
    contact = identity.contact.root()
    if find_consent(contact, Consent.Purpose.SERVICE) is False:
        return False
    if not allow(f"receipt:{identity.pk}", RECEIPTS_AN_HOUR, 3600):
        return False
    lang = lang or contact.language or (translation.get_language() or "he")[:2]
    with translation.override(lang):
        try:
            write_to(identity, make_receipt(request, identity, lang), lane=Delivery.Lane.STATUS)
        except (NotNow, Refused):
            return False
    audit("reports.send_receipt", by=SYSTEM, subject=request)
    return True


def make_receipt(request: ServiceRequest, identity: Identity, lang: str) -> Say:
    """Return the message that confirms a report to its reporter, with a link to its status page."""
    links = ((_("Where it stands"), status_url(request.case)),)
    text = receipt_text(request.case)
    if is_billed_by_part(identity) and not fits_confirmation(f"{text}\n{links[0][0]}: {links[0][1]}"):
        text = received_text(request.case)
        if urgent := emergency_of(request.case):  # two SMS parts hold the numbers or the link; the numbers matter more
            return Say(f"{urgent}\n{text}", lang=lang)
    return Say(text, lang=lang, links=links, subject=_("Your report"))


def received_text(case: Case) -> str:
    """Return the sentence that confirms a report to its reporter and gives its number."""
    return _("Thank you. Your report was received. Number: %(number)s.") % {"number": case.number}


def receipt_text(case: Case) -> str:
    """Return the text of a receipt: emergency numbers where needed, the number, and the standard time."""
    words = "\n".join(part for part in (emergency_of(case), received_text(case)) if part)
    if case.topic is None:
        return words
    promise = _("%(topic)s: to be done %(standard)s.") % {
        "topic": case.topic.name,
        "standard": standard_time(case.topic),
    }
    return f"{words} {promise}"


def status_url(case: Case) -> str:
    """Return the absolute URL of the public page that shows the state of this case."""
    return absolute(reverse("reports:status_of", args=[case.number]))


def standard_time(topic: Topic) -> str:
    """Return a topic's standard time in words: "within 3 working days"."""
    hours = topic.done_hours
    if topic.clock == Topic.Clock.ALWAYS:
        if hours < 24:
            count = max(1, ceil(hours))
            return ngettext("within %(count)d hour", "within %(count)d hours", count) % {"count": count}
        count = ceil(hours / 24)
        return ngettext("within %(count)d day", "within %(count)d days", count) % {"count": count}
    working_day = working_day_hours(topic.agency)
    if hours < working_day:
        count = max(1, ceil(hours))
        return ngettext("within %(count)d working hour", "within %(count)d working hours", count) % {"count": count}
    count = ceil(hours / working_day)
    return ngettext("within %(count)d working day", "within %(count)d working days", count) % {"count": count}


def find_nearby_reports(topic: Topic, place: Mapping[str, Any] | None) -> list[Near]:
    """Return open reports of the topic within 100 metres, nearest first, or (without a point) at the same address."""
    rows = ServiceRequest.objects.open().about(topic).select_related("case")
    point = find_point(place)
    if point is not None:
        found = [neighbour_view(row, point) for row in rows.within(point, NEAR_METRES)[:200]]
        return sorted((item for item in found if item.metres <= NEAR_METRES), key=lambda item: item.metres)[:NEAR_SHOWN]
    address = str((place or {}).get("address") or "").strip()
    if not address:
        return []
    return [neighbour_view(row, None) for row in rows.filter(address__iexact=address).order_by("-id")[:NEAR_SHOWN]]


def neighbour_view(row: ServiceRequest, point: Point | None) -> Near:
    """Return what neighbours see of a report: its address only where the agency made it public."""
    distance = round(distance_in_metres(point, row.point)) if point and row.point else 0
    address = row.address if row.public else ""
    return Near(row.case.number, row.case.get_state_display(), row.case.opened_at, distance, address)


def find_status(number: str | int) -> Status | None:
    """Return the public state of the report with this number, or None where there is none."""
    case = find_case_by_number(str(number))
    if case is None:
        return None
    events = CaseEvent.objects.filter(case=case, public=True).order_by("id")
    return Status(
        number=case.number,
        state=case.state,
        title=case.get_state_display(),
        topic=case.topic.name if case.topic else "",
        opened=case.opened_at,
        due=case.done_due if case.closed_at is None else None,
        ended=case.closed_at,
        history=tuple(Step(event.verb, event.after, event.at) for event in events),
    )


@transaction.atomic
def publish_request(request: ServiceRequest, public: bool, *, staff: Staff) -> None:
    """Show a report's place to neighbours who report the same, and its street to who follows it; or hide both again."""
    request.public, request.published_at = public, timezone.now() if public else None
    request.public_place = find_within(request.address, Place.objects.order_by("pk")) if public else None
    request.save(update_fields=["public", "published_at", "public_place"])
    audit("reports.publish", by=Actor("staff", staff.pk, "desk"), subject=request, public=public)


@transaction.atomic
def note_export(staff: Staff, filters: Mapping[str, Any]) -> None:
    """Record in the audit log that this staff member exported reports with these filters."""
    audit("reports.export", by=Actor("staff", staff.pk, "desk"), subject=None, **filters)


@transaction.atomic
def erase_reports(ids: Sequence[int]) -> None:
    """Erase words, photos and place of these contacts' reports; topic and state stay."""
    rows = ServiceRequest.objects.filter(case__conversation__contact__in=ids)
    forget_attachments(find_photos(ids))
    rows.update(description="…", address="", lat=None, lon=None, public=False, published_at=None, public_place=None)
    audit("reports.erase_reports", by=SYSTEM, people=len(ids))


def find_photos(ids: Sequence[int]) -> list[Attachment]:
    """Return the photo attachments of these contacts' reports."""
    photos = ServiceRequest.photos.through.objects.filter(servicerequest__case__conversation__contact__in=ids)
    return list(Attachment.objects.filter(pk__in=photos.values("attachment"), state="ready").order_by("pk"))
