"""Demo data loader: the whole municipality, once, completely or not at all."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from kesher.agencies.models import Agency
from kesher.agencies.services import create_agency
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import scope
from kesher.demo.data_files import read
from kesher.demo.services.answers import load_answers
from kesher.demo.services.communities import load_communities
from kesher.demo.services.contests import load_contests
from kesher.demo.services.conversations import load_conversations
from kesher.demo.services.municipality import create_municipality
from kesher.demo.services.petitions import load_petitions
from kesher.demo.services.purchases import load_purchases
from kesher.demo.services.records import load_records
from kesher.demo.services.reports import load_reports


def load_demo() -> tuple[Agency, bool]:
    """Return the demo agency with all its content, and whether it was created now."""
    agency = Agency.objects.filter(slug=read("agency")["slug"], demo=True).first()
    if agency is not None:
        return agency, False
    with translation.override("he"):
        return create_demo(), True


@transaction.atomic
def create_demo() -> Agency:
    """Create the demo agency with all its content, and return it."""
    data = read("agency")
    fields = {name: data[name] for name in ("slug", "names", "languages", "numbers", "contact")}
    agency = create_agency(demo=True, **fields)
    with scope(agency):
        municipality = create_municipality(agency)
        load_reports(municipality)
        load_conversations(municipality)
        load_petitions(municipality)
        load_contests(municipality)
        load_purchases(municipality)
        load_communities(municipality)
        load_answers(agency)
        load_records(agency)
        audit("site.load_demo", by=SYSTEM, subject=agency)
    return agency
