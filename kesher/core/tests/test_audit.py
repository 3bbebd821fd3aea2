"""One line for each thing done: appended, and clean of secrets and of people's numbers."""

from __future__ import annotations

import pytest
from django.db import models, transaction

from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import scope
from kesher.core.models import Attachment, Audit


def line(**data: object) -> Audit:
    audit("core.test", by=Actor("staff", 7, "desk"), **data)  # type: ignore[arg-type]
    return Audit.objects.latest("id")


def test_a_line_says_who_did_what_and_through_which_door(city: models.Model) -> None:
    made = Attachment.objects.create(agency_id=city.pk)
    audit("core.test", by=Actor("contact", 5, "whatsapp"), subject=made, level=2)
    row = Audit.objects.get(operation="core.test")
    assert (row.actor_kind, row.actor_id, row.door) == ("contact", 5, "whatsapp")
    assert (row.subject_type, row.subject_id, row.data) == ("core.attachment", str(made.pk), {"level": 2})


@pytest.mark.parametrize("name", ["token", "password", "app_secret", "code", "one_time_code", "verify_token"])
def test_what_is_named_like_a_secret_is_left_out(city: models.Model, name: str) -> None:
    assert line(**{name: "31415926"}).data == {name: "…"}


@pytest.mark.parametrize("words", ["050-555-0142", "+972505550142", "dana@example.org", "٠٥٠٥٥٥٠١٤٢"])
def test_numbers_and_addresses_are_masked(city: models.Model, words: str) -> None:
    kept = line(reason=f"call {words} back").data["reason"]
    assert words not in kept
    assert "***" in kept


def test_words_and_case_numbers_stay_readable(city: models.Model) -> None:
    assert line(reason="closed, see 20418", people=40).data == {"reason": "closed, see 20418", "people": 40}


def test_numbers_inside_lists_and_tables_are_masked_too(city: models.Model) -> None:
    kept = line(rows=[{"phone": "050-555-0142", "token": "abc"}], pair=("dana@example.org", 1)).data
    assert "0142" not in str(kept)
    assert "dana@" not in str(kept)
    assert "abc" not in str(kept)


def test_what_was_undone_leaves_no_line(city: models.Model) -> None:
    with transaction.atomic():
        line()
        transaction.set_rollback(True)
    assert not Audit.objects.filter(operation="core.test").exists()


def test_a_line_belongs_to_the_agency_of_its_subject(city: models.Model, town: models.Model) -> None:
    with scope(town):
        audit("core.test", by=SYSTEM)
        assert Audit.objects.filter(operation="core.test").count() == 1
    assert not Audit.objects.filter(operation="core.test").exists()
