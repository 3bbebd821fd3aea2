"""Choose which record sources to ask for a person: by addresses, consents and the viewer's level of proof."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from kesher.contacts.models import Contact, Identity
from kesher.records.encryption import decrypt_reading, reading_key
from kesher.records.models import ReadingConsent, RecordSource, SourceHealth, StoredReading, Ward
from kesher.records.sources.base import NUMBER, Info, Proven, Subject
from kesher.records.sources.readings import CachedReading, CachedReadings, Gate, Order, Plan


def sources_with_health() -> QuerySet[RecordSource]:
    """Return a queryset of all sources in the order of the page, each with its last results (health)."""
    return RecordSource.objects.select_related("health").order_by("order", "pk")


def agreed_versions(family: Sequence[int]) -> dict[int, int]:
    """Return {source id: version of its wording agreed to}, without withdrawn consents, of these contacts."""
    lines = ReadingConsent.objects.filter(contact__in=family).order_by("pk")
    last = {
        source: (granted, version) for source, granted, version in lines.values_list("source", "granted", "version")
    }
    return {source: version for source, (granted, version) in last.items() if granted}


def build_subject(contact: Contact, lang: str, family: Sequence[int]) -> Subject:
    """Return what sources may know of a person: proved addresses, name and language.

    Addresses that were only claimed do not count.
    """
    rows = Identity.objects.filter(contact__in=family, assurance__gte=1).order_by("pk")
    found = tuple(Proven(row.scheme, row.address, row.assurance) for row in rows)
    return Subject(found, contact.root().name, lang)


def build_ward_subject(ward: Ward, lang: str) -> Subject:
    """Return what sources may know of a ward: name and identity number, and nothing of who acts for them."""
    known = (Proven(NUMBER, ward.number, 2),) if ward.number else ()
    return Subject(known, ward.contact.name, lang)


def list_subjects(contact: Contact, family: Sequence[int]) -> list[Subject]:
    """Return each form in which readings of a person may be cached: in every language, and as a ward."""
    wards = list(Ward.objects.filter(contact__in=family).select_related("contact"))
    langs = [lang for lang, _name in settings.LANGUAGES]
    own = [build_subject(contact, lang, family) for lang in langs]
    return [*own, *(build_ward_subject(ward, lang) for ward in wards for lang in langs)]


def find_gate(source: RecordSource, agreed: dict[int, int], level: int) -> Gate:
    """Return why a source is not read for this person ("off", "level" or "no_consent"), "" if it may be."""
    if not source.is_active:
        return "off"
    if source.level > level:
        return "level"
    if source.asks_consent and agreed.get(source.pk) != source.version:
        return "no_consent"
    return ""


def build_plan(
    contact: Contact,
    *,
    level: int,
    lang: str,
    only: Collection[str] | None = None,
    again: str = "",
    rows: Iterable[RecordSource] | None = None,
    ward: Ward | None = None,
) -> Plan:
    """Return the plan of which sources to read for this person, or for the ``ward`` that they are.

    ``level``: how well the viewer is known; ``only``: the sources that a mandate allows; ``again``: the one source that
    is tried again, while others show what is cached; ``rows``: the sources if they are loaded already.
    """
    found = [row for row in (sources_with_health() if rows is None else rows) if only is None or row.code in only]
    family = contact.family_ids()
    agreed = agreed_versions(family)
    subject = build_subject(contact, lang, family) if ward is None else build_ward_subject(ward, lang)
    orders = (build_order(row, subject, find_gate(row, agreed, level)) for row in found)
    return Plan(contact.agency_id, subject, tuple(replace(one, ask=again in ("", one.code)) for one in orders))


def build_order(source: RecordSource, subject: Subject, gate: Gate = "") -> Order:
    """Return the order to read one source for this person: adapter, cache key, timeouts, pause."""
    health = find_health(source)
    rest = health.rest_until.timestamp() if health is not None and health.rest_until else 0.0
    return Order(
        pk=source.pk,
        info=source_info(source),
        adapter=source.adapter,
        key=reading_key(source, subject),
        gate=gate,
        ttl=source.ttl,
        stale_ttl=source.stale_ttl,
        rest_until=rest,
        failing=health is not None and health.code != "",
    )


def source_info(source: RecordSource) -> Info:
    """Return the parts of a source's settings that its adapter may see."""
    return Info(source.code, source.agency_id, source.settings, source.secrets, source.timeout)


def find_health(source: RecordSource) -> SourceHealth | None:
    """Return a source's row of last results (health), or None if it was never asked."""
    found = getattr(source, "health", None)
    return found if isinstance(found, SourceHealth) else None


def load_cached_readings(plan: Plan) -> CachedReadings:
    """Return {key: cached reading} of those of the plan's sources that may be read. One query."""
    keys = [order.key for order in plan.orders if not order.gate]
    return decrypt_cached_readings(StoredReading.objects.filter(key__in=keys)) if keys else {}


def decrypt_cached_readings(rows: Iterable[StoredReading]) -> CachedReadings:
    """Return {key: reading} of these cached rows, without expired and unreadable ones."""
    now, found = timezone.now(), {}
    for row in rows:
        reading = decrypt_reading(row.key, row.sealed) if row.keep_until > now else None
        if reading is not None:
            found[row.key] = CachedReading(reading, row.read_at, row.fresh_until > now)
    return found
