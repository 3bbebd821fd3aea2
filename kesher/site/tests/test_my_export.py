"""The export of a person's data: the page has words in the person's language, the JSON has codes."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.utils import timezone, translation

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.privacy_registry import HOLDINGS, sorted_holdings
from kesher.contacts.services import decide_merge, record_consent, set_preferences, suggest_merge
from kesher.core.audit import Actor
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from kesher.records.models import RecordSource
from kesher.site.my_page import export
from kesher.site.my_page.export_labels import column_reader, field_of
from kesher.site.tests.test_my_page import a_life, page, say


def taken(identity: Identity) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """Return the page, and the stored data."""
    packed = zipfile.ZipFile(io.BytesIO(browser_of(identity).get("/me/data/export/").content))
    return packed.read("index.html").decode(), json.loads(packed.read("data.json"))["held"]


def cell(words: str) -> str:
    return f'<td dir="auto">{words}</td>'


def test_the_page_has_words_where_the_data_have_codes(sms: Account, dana: Identity) -> None:
    a_life(dana, sms)
    a_petition(author=dana.contact, code="48299")
    Petition.objects.filter(author=dana.contact).update(moderation="submitted", review_due=timezone.now())
    shown, held = taken(dana)
    assert [row["moderation"] for row in held["petitions"]] == ["submitted"]
    assert {row["direction"] for row in held["messages"]} >= {"in"}
    assert [row["state"] for row in held["parts"]] == ["counted"] * 2
    for code in ("submitted", "in", "counted", "petition", "new", "light", "sms", "tel", "parked", "reports.report"):
        assert cell(code) not in shown, code
    for words in ("ממתינה לבדיקה", "עצומה", "תאורה"):
        assert cell(words) in shown, words


@pytest.mark.parametrize("lang", ["he", "ar", "ru"])
def test_no_choice_of_a_column_is_shown_as_its_code(city: Agency, lang: str) -> None:
    """Hold that new states get words, too."""
    with translation.override(lang):
        for holding in sorted_holdings():
            for column in holding.fields:
                read = column_reader(holding, column)
                for code, plain in field_of(holding.rows([]).model, column).flatchoices:
                    words = read(code, {})
                    assert words not in (code, str(code).replace("_", " ").title()), (holding.name, column, plain)


def test_wishes_addresses_and_consents_are_read_as_words(sms: Account, dana: Identity) -> None:
    by = Actor("contact", dana.contact_id, "web")
    quiet = {"from": "20:00", "to": "09:00"}
    set_preferences(dana.contact, {"channel": "sms", "muted": ["petitions"], "quiet": quiet}, language="he", by=by)
    record_consent(dana, "promotion", granted=True, source="my page")
    shown, held = taken(dana)
    assert held["person"][0]["prefs"]["muted"] == ["petitions"]
    assert "20:00–09:00" in shown
    assert cell("עברית") in shown
    assert "large_text" not in shown
    assert cell("טלפון") in shown
    for code in ("promotion", "my page", "he", "tel", "1"):
        assert cell(code) not in shown, code


def test_answers_stand_under_their_questions(sms: Account, dana: Identity) -> None:
    a_life(dana, sms)
    shown, held = taken(dana)
    assert held["forms"][0]["answers"] == {"words": "דנה שוב"}
    assert "מה קרה? דנה שוב" in shown


@pytest.mark.parametrize(
    ("name", "column", "value", "words"),
    [
        ("mandates", "scope", ["arnona", "gone"], "ארנונה, gone"),
        ("reading_consents", "source__code", "arnona", "ארנונה"),
        ("shares", "price", 5250, "52.50\N{NO-BREAK SPACE}₪"),
        ("consents", "source", "my page", "העמודים שלי"),
        ("consents", "source", "sms", "מסרון (SMS)"),
        ("parts", "area", "", "–"),
        ("parts", "channel", "web", "אתר"),
        ("person", "language", "ru", "Русский"),
    ],
)
def test_a_code_is_read_by_what_it_names(city: Agency, name: str, column: str, value: Any, words: str) -> None:
    RecordSource.objects.create(code="arnona", adapter="demo", names={"he": "ארנונה"})
    assert column_reader(HOLDINGS[name], column)(value, {}) == words


def test_rows_that_the_page_leaves_to_the_data_are_counted(
    sms: Account, dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        say(sms, dana, f"{number} שלום")
    assert "data.json" not in taken(dana)[0]
    monkeypatch.setattr(export, "SHOWN_ROWS", 2)
    shown, held = taken(dana)
    count = len(held["messages"])
    table = next(one for one in export.read_tables([dana.contact_id]) if one.holding.name == "messages")
    assert (len(table.lines), table.rest) == (2, count - 2)
    assert shown.count("data.json") == 1


def test_why_two_records_were_joined_is_told_in_words(dana: Identity, omar: Identity, ruth: Staff) -> None:
    row = suggest_merge(dana.contact, omar.contact, reason="same_name")
    assert row is not None
    decide_merge(row, accept=True, by=Actor("staff", ruth.pk, "desk"))
    shown = page(browser_of(dana), "/me/data/")
    assert "אותו שם" in shown
    assert "same_name" not in shown
