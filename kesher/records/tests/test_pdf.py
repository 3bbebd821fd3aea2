"""Everything on paper: the page's own words, and taking it away is written down."""

from __future__ import annotations

from decimal import Decimal

from django.test import Client
from django.utils import translation

from kesher.contacts.models import Identity
from kesher.records.models import Look
from kesher.records.pdf import build_paper
from kesher.records.record_access import Access
from kesher.records.sources.readings import Envelope
from kesher.records.tests.factories import a_failing_source, a_source, agree, row


def test_everything_can_be_taken_away_on_paper(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(), a_failing_source(names={"he": "קנסות"}))
    answer = danas.get("/records/export.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert Look.objects.get().door == "export"


def test_the_paper_says_what_the_page_says(dana: Identity) -> None:
    source, broken = a_source(), a_failing_source(names={"he": "קנסות"})
    access = Access(dana.contact, dana.contact, 2)
    found = [Envelope(source.code, "ok", (row(key="b1", amount=Decimal("612.40")),)), Envelope(broken.code, "error")]
    with translation.override("he"):
        told = build_paper(found, {one.code: one for one in (source, broken)}, access)
    assert "קנסות" in told.notes[0].words[0]
    assert [len(section.rows) for section in told.sections] == [1, 0]
    assert "612.40" in str(told.sections[0].rows)
