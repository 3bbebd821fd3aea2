"""What is said of a threshold, or of supporters, is what decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Milestone, Petition
from kesher.petitions.presenters import petition_context
from kesher.petitions.skill.signatures import aim
from kesher.petitions.tests.factories import a_petition, sign_as
from kesher.petitions.tests.test_drafts import gather
from kesher.petitions.threshold_progress import read_figures, threshold_steps


def sign(petition: Petition, n: int, level: int) -> None:
    sign_as(petition, get_or_create_identity(Address("tel", f"+97255541{n:04d}"), assurance=level), door="sms")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    levels=st.lists(st.sampled_from([1, 1, 2, 3]), max_size=8),
    rungs=st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from([1, 2, 3])), min_size=1, max_size=3, unique_by=lambda r: r[0]
    ),
)
def test_what_was_said_last_is_what_was_reached(city: Agency, client: Client, levels: list[int], rungs: Any) -> None:
    with transaction.atomic():
        petition = a_petition()
        petition.milestones.all().delete()
        kinds = ("response", "discussion", "meeting")
        Milestone.objects.bulk_create(
            Milestone(agency_id=city.pk, petition=petition, kind=kind, count=count, level=level)
            for kind, (count, level) in zip(kinds, rungs, strict=False)
        )
        petition.threshold = rungs[0][0]
        petition.save()
        for n, level in enumerate(levels):
            sign(petition, n, level)
        drain_deltas()
        cache.clear()
        said = {
            step["rung"]: step["left"] == 0
            for step in threshold_steps(petition, read_figures(petition)["level"] if levels else {})
        }
        api = client.get(f"/api/v1/petitions/{petition.code}/").json()["data"]["attributes"]["thresholds"]
        count = petition_context(petition, None)["count"]
        services.note_thresholds()
        came = {f"{row.kind}-{row.count}": row.state == "reached" for row in petition.milestones.all()}
        assert came == said == {f"{r['promise']}-{r['threshold']}": r["signature_count"] >= r["threshold"] for r in api}
        assert (count.counts >= count.goal) == came[f"response-{petition.threshold}"]
        transaction.set_rollback(True)


def test_a_threshold_of_proved_people_says_the_number_that_decides(city: Agency, client: Client) -> None:
    petition = a_petition(code="48213")
    petition.milestones.update(level=2, count=3)
    for n, level in enumerate([1, 1, 1, 2]):
        sign(petition, n, level)
    drain_deltas()
    words = "1 of the 4 signatures are of people who proved two addresses, or logged in. This needs 3 of them."
    page = client.get("/petitions/48213/", headers={"accept-language": "en"}).content.decode()
    api = client.get("/api/v1/petitions/48213/", headers={"accept-language": "en"}).json()["data"]["attributes"]
    assert words in page
    assert {row["counts"] for row in api["thresholds"]} == {words}
    assert "1" in aim(petition, read_figures(petition))


def test_the_author_and_the_public_read_the_same_of_supporters(city: Agency, client: Client) -> None:
    """Dana signed the petition, too: an author is no supporter."""
    petition = gather(1)
    drain_deltas()
    words = "1 of 5 supporters have signed, besides the author"
    for path in (petition.get_absolute_url(), f"{petition.get_absolute_url()}author/{petition.author_key}/"):
        assert words in client.get(path, headers={"accept-language": "en"}).content.decode()
    api = client.get(f"/api/v1/petitions/{petition.code}/").json()["data"]["attributes"]
    assert api["supporters"] == {"needed": 5, "signed": 1}


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_a_message_says_one_total(city: Agency, lang: str) -> None:
    """The signature that the worker has not gathered yet is in both figures, or in none."""
    petition = a_petition(code="48213")
    petition.milestones.update(level=2, count=3)
    for n in range(11):
        sign(petition, n, 1)
    drain_deltas()
    sign(petition, 11, 1)
    with translation.override(lang):
        for now, said, other in ((True, "12", "11"), (False, "11", "12")):
            words = aim(petition, read_figures(petition, now=now))
            assert (words.count(said), words.count(other)) == (2, 0)


def test_supporters_and_signatures_of_a_page_agree_before_they_are_gathered(city: Agency, client: Client) -> None:
    petition = gather(1)
    drain_deltas()
    sign_as(petition, get_or_create_identity(Address("tel", "+972555419999"), assurance=1), door="sms")
    page = client.get(petition.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "<b>3</b> <span>people have signed" in page
    assert "2 of 5 supporters have signed, besides the author" in page
    api = client.get(f"/api/v1/petitions/{petition.code}/").json()["data"]["attributes"]
    assert (api["signature_count"], api["supporters"]["signed"]) == (3, 2)
