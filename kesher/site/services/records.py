"""Demo data loader: record sources, consents, and a father who lets a daughter see the father's records."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.records.models import Mandate, RecordSource
from kesher.records.services import give_consent, record_look, save_source
from kesher.site.demo.records import DANA, FATHER, FOR_ME, SOURCES


def load_records(agency: Agency) -> None:
    """Create the demo's record sources, consents and delegation."""
    rows = load_sources()
    agreed = [row for row in rows if row.asks_consent]
    dana, father = demo_identity(DANA, "דנה לוי"), demo_identity(*FATHER)
    # One source is left undecided, for trying the page.
    give_consent(dana.contact, [row for row in agreed if row.code != "gardens"], lang="he")
    give_consent(father.contact, agreed, lang="he")
    now = timezone.now()
    mandate = Mandate.objects.create(
        agency=agency, giver=father.contact, taker=dana.contact, begun_by=Mandate.Side.GIVER, invited=dana, level=2,
        scope=["policies", "arnona", "water"], until=now + timedelta(days=80), accepted_at=now - timedelta(days=10),
    )  # fmt: skip
    record_look(father.contact, dana.contact, mandate.scope, mandate=mandate)


def load_sources() -> list[RecordSource]:
    """Create the demo's record sources; the city's own need no consent."""
    rows = []
    for order, (code, kind, icon, names, purposes, level, limit, fresh, settings) in enumerate(SOURCES, 1):
        wordings = {lang: FOR_ME[lang].format(name) for lang, name in names.items()} if purposes else {}
        rows.append(
            save_source(
                None, staff=None, code=code, adapter=kind, icon=icon, names=names, purposes=purposes, wordings=wordings,
                asks_consent=bool(purposes) and code != "library", level=level, timeout=limit, ttl=fresh,
                order=order * 10, settings=settings,
            )
        )  # fmt: skip
    return rows


def demo_identity(number: str, name: str) -> Identity:
    """Return the phone identity of a demo person; create it if it is missing."""
    return get_or_create_identity(Address("tel", number, name), assurance=1, language="he")
