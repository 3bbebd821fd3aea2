"""A source's secret, and a person's row, never reach another citizen: tried at random, through every door."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import signed_in
from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.records.encryption import decrypt_reading, encrypt_reading, reading_key
from kesher.records.models import Look, Mandate, ReadingConsent, RecordSource, SourceHealth, StoredReading
from kesher.records.services import give_consent
from kesher.records.sources.base import Proven, Reading, Subject
from kesher.records.tests.factories import a_source, row

PEOPLE = 3
SECRET = "sesame-7f3a"
DOORS = (
    "/records/",
    "/records/all/",
    "/records/export.xlsx",
    "/records/calendar.ics",
    "/records/consents/",
    "/records/looks/",
)


def mark(person: int, source: int) -> str:
    return f"mark{person}of{source}"


def things(person: int, source: int) -> list[dict[str, Any]]:
    return [{"key": f"key{person}", "title": mark(person, source), "kind": "bill", "amount": "5", "due": "+3"}]


class World:
    """Three people and two sources, each with a row of its own for each person."""

    def __init__(self) -> None:
        for model in (Look, ReadingConsent, StoredReading, SourceHealth, Mandate, RecordSource):
            model.objects.all().delete()
        self.people = [
            get_or_create_identity(Address("tel", f"+97250555020{n}", f"אדם {n}"), assurance=2, language="he")
            for n in range(PEOPLE)
        ]
        rows = [{self.people[n].address: things(n, s) for n in range(PEOPLE)} for s in range(2)]
        self.sources = [a_source(f"s{n}", rows=rows[n], secrets={"key": SECRET}) for n in range(2)]
        self.browsers = [browser_of(person) for person in self.people]

    def agree(self, person: int, source: int) -> None:
        give_consent(self.people[person].contact, [self.sources[source]], lang="he")

    def mandate(self, giver: int, taker: int) -> None:
        self.browsers[giver].post(
            "/records/acting/",
            {"side": "giver", "address": self.people[taker].address, "scope": ["s0"], "days": "7"},
        )


def words_of(content: bytes) -> str:
    """What an answer says; an Excel file is a ZIP, and its words lie packed in it."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("agree"), st.integers(0, PEOPLE - 1), st.integers(0, 1)),
        st.tuples(st.just("look"), st.integers(0, PEOPLE - 1), st.integers(0, len(DOORS) - 1)),
        st.tuples(st.just("ask"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
    ),
    max_size=10,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_nobody_ever_sees_anothers_row_or_a_secret(city: Agency, steps: list[tuple[str, int, int]]) -> None:
    """Whatever was read before by whom, and through whichever door."""
    world, agreed = World(), set()
    for verb, person, what in steps:
        if verb == "agree":
            world.agree(person, what)
            agreed.add((person, what))
        else:
            url = DOORS[what] if verb == "look" else f"/records/from/s0/ask/?row=key{what}"
            shown = words_of(world.browsers[person].get(url).content)
            assert SECRET not in shown
            others = [(p, s) for p in range(PEOPLE) for s in range(2) if p != person]
            assert not [one for one in others if mark(*one) in shown]
            assert not [s for s in range(2) if mark(person, s) in shown and (person, s) not in agreed]


SUBJECTS = st.builds(
    Subject,
    st.lists(
        st.builds(
            Proven, st.sampled_from(["tel", "mailto"]), st.sampled_from(["a", "b", "ab", "a:b", ""]), st.integers(1, 3)
        ),
        max_size=3,
    ).map(tuple),
    st.sampled_from(["", "דנה", "משה"]),
    st.sampled_from(["he", "ru"]),
)


@given(one=SUBJECTS, other=SUBJECTS, sources=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_two_who_differ_share_no_key(one: Subject, other: Subject, sources: tuple[int, int]) -> None:
    first, second = (RecordSource(pk=pk, agency_id=1, code="a") for pk in sources)
    same = (set(one.addresses), one.name, one.lang, sources[0]) == (
        set(other.addresses),
        other.name,
        other.lang,
        sources[1],
    )
    if sorted(map(repr, one.addresses)) != sorted(map(repr, other.addresses)):
        same = False
    assert (reading_key(first, one) == reading_key(second, other)) == same


@given(title=st.text(min_size=1, max_size=40))
def test_what_lies_under_another_key_does_not_open(title: str) -> None:
    """Whoever moves a row in the database moves nothing to another person's page."""
    reading = Reading((row(title=title),), as_of=datetime(2026, 1, 1, tzinfo=UTC))
    text = encrypt_reading("key-of-dana", reading)
    assert decrypt_reading("key-of-dana", text) == reading
    assert decrypt_reading("key-of-omar", text) is None
    assert "key-of-dana" not in text


def test_a_secret_stands_on_no_page_of_the_desk_either(admin: Any, dana: Identity) -> None:
    a_source(secrets={"key": SECRET})
    client = signed_in(admin)
    for url in ("/desk/records/", "/desk/records/arnona/"):
        assert SECRET not in client.get(url).content.decode()
