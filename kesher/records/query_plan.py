"""From a person to what is to be asked for him: his addresses, his consents, and how well whoever asks is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from kesher.contacts.models import Contact, Identity
from kesher.records.base import NUMBER, Info, Proven, Subject
from kesher.records.encryption import opened, reading_key
from kesher.records.lookup_results import Gate, Kept, Order, Plan, Shelf
from kesher.records.models import ReadingConsent, RecordSource, SourceHealth, StoredReading, Ward


def sources() -> QuerySet[RecordSource]:
    """Every source, in the order of the page, with how it does."""
    return RecordSource.objects.select_related("health").order_by("order", "pk")


def consented(family: Sequence[int]) -> dict[int, int]:
    """{source: the version that a person (the ids of his contacts) agreed to}, where his last word was yes."""
    lines = ReadingConsent.objects.filter(contact__in=family).order_by("pk")
    last = {
        source: (granted, version) for source, granted, version in lines.values_list("source", "granted", "version")
    }
    return {source: version for source, (granted, version) in last.items() if granted}


def subject_of(contact: Contact, lang: str, family: Sequence[int]) -> Subject:
    """What sources may know of a person. An address that was only claimed is not his."""
    rows = Identity.objects.filter(contact__in=family, assurance__gte=1).order_by("pk")
    found = tuple(Proven(row.scheme, row.address, row.assurance) for row in rows)
    return Subject(found, contact.root().name, lang)


def subject_of_ward(ward: Ward, lang: str) -> Subject:
    """What sources may know of somebody who has no address: his own number, which a clerk saw in his papers, and his
    name; nothing of whoever acts for him."""
    known = (Proven(NUMBER, ward.number, 2),) if ward.number else ()
    return Subject(known, ward.contact.name, lang)


def subjects_of(contact: Contact, family: Sequence[int]) -> list[Subject]:
    """Everything under which something may be kept of a person: in each language, and as somebody's ward."""
    wards = list(Ward.objects.filter(contact__in=family).select_related("contact"))
    langs = [lang for lang, _name in settings.LANGUAGES]
    own = [subject_of(contact, lang, family) for lang in langs]
    return [*own, *(subject_of_ward(ward, lang) for ward in wards for lang in langs)]


def gate_of(source: RecordSource, agreed: dict[int, int], level: int) -> Gate:
    """Why a source is not read, or ""."""
    if not source.is_active:
        return "off"
    if source.level > level:
        return "level"
    if source.asks_consent and agreed.get(source.pk) != source.version:
        return "no_consent"
    return ""


def plan_of(
    contact: Contact,
    *,
    level: int,
    lang: str,
    only: Collection[str] | None = None,
    again: str = "",
    rows: Iterable[RecordSource] | None = None,
    ward: Ward | None = None,
) -> Plan:
    """What to ask for this person, or for him as the ``ward`` that he is to whoever acts for him. ``level``: how well
    whoever asks is known now; ``only``: no other sources than these (a mandate's); ``again``: the one source that is
    tried again, while the others show what is kept; ``rows``: the sources, where they are at hand."""
    found = [row for row in (sources() if rows is None else rows) if only is None or row.code in only]
    family = contact.family_ids()
    agreed = consented(family)
    subject = subject_of(contact, lang, family) if ward is None else subject_of_ward(ward, lang)
    orders = (order_of(row, subject, gate_of(row, agreed, level)) for row in found)
    return Plan(contact.agency_id, subject, tuple(replace(one, ask=again in ("", one.code)) for one in orders))


def order_of(source: RecordSource, subject: Subject, gate: Gate = "") -> Order:
    health = health_of(source)
    rest = health.rest_until.timestamp() if health is not None and health.rest_until else 0.0
    return Order(
        pk=source.pk,
        info=info_of(source),
        adapter=source.adapter,
        key=reading_key(source, subject),
        gate=gate,
        ttl=source.ttl,
        stale_ttl=source.stale_ttl,
        rest_until=rest,
        failing=health is not None and health.code != "",
    )


def info_of(source: RecordSource) -> Info:
    """What the adapter may know of the row."""
    return Info(source.code, source.agency_id, source.settings, source.secrets, source.timeout)


def health_of(source: RecordSource) -> SourceHealth | None:
    found = getattr(source, "health", None)
    return found if isinstance(found, SourceHealth) else None


def shelf_of(plan: Plan) -> Shelf:
    """What is kept of earlier for the sources of a plan that may be read. One query."""
    keys = [order.key for order in plan.orders if not order.gate]
    return shelf(StoredReading.objects.filter(key__in=keys)) if keys else {}


def shelf(rows: Iterable[StoredReading]) -> Shelf:
    now, found = timezone.now(), {}
    for row in rows:
        reading = opened(row.key, row.sealed) if row.keep_until > now else None
        if reading is not None:
            found[row.key] = Kept(reading, row.read_at, row.fresh_until > now)
    return found
