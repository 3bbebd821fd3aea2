"""A petition's open data: what is published for everybody, what is not, and that a page costs the same for millions."""

from __future__ import annotations

import json
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.participation.open_data_document import DAY, rows_path, write_rows
from kesher.participation.services import drain_deltas, forget_keys
from kesher.participation.services.erasure import erase_participations
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as

DATA = "/api/v1/petitions/48213/data"


@pytest.fixture
def signed(petition: Petition) -> Petition:
    for number in range(3):
        sign_as(petition, a_phone(), door=("sms", "whatsapp")[number % 2], name="דנה לוי", show_name=True)
    drain_deltas()
    return petition


def body(response: Any) -> str:
    return b"".join(response.streaming_content).decode()  # read to its end, the file is closed


def test_the_numbers_are_for_everybody_in_the_british_shape(client: Client, signed: Petition) -> None:
    told = client.get(f"{DATA}.json").json()["data"]
    assert (told["id"], told["attributes"]["action"]) == (48213, signed.title)
    assert told["attributes"]["signature_count"] == 3
    assert told["attributes"]["signatures_by_area"] == [{"name": "other", "code": "other", "signature_count": 3}]
    assert "דנה" not in json.dumps(told, ensure_ascii=False)


def test_the_page_leads_to_both(client: Client, signed: Petition) -> None:
    page = client.get("/petitions/48213/").content.decode()
    assert f"{DATA}.json" in page
    assert f"{DATA}.csv" in page


def test_the_rows_are_a_file_that_the_worker_wrote(client: Client, signed: Petition) -> None:
    early = client.get(f"{DATA}.csv")
    assert (early.status_code, early["Retry-After"]) == (503, "3600")
    assert write_rows() == 1
    answer = client.get(f"{DATA}.csv")
    assert [line.partition(",")[2] for line in body(answer).splitlines()] == [
        "level,channel,area,value", "1,sms,other,", "1,sms,other,", "1,whatsapp,other,",
    ]  # fmt: skip
    again = client.get(f"{DATA}.csv", HTTP_IF_MODIFIED_SINCE=answer["Last-Modified"])
    assert again.status_code == 304


def test_asking_for_the_rows_reads_none_of_them(
    client: Client, signed: Petition, django_assert_max_num_queries: Any
) -> None:
    write_rows()
    with django_assert_max_num_queries(6) as seen:
        body(client.get(f"{DATA}.csv"))
    assert not any("participation_participation" in query["sql"] for query in seen.captured_queries)


@pytest.mark.parametrize("state", ["draft", "gathering"])
def test_what_is_not_published_gives_nothing(client: Client, city: Agency, tmp_path: Path, state: str) -> None:
    petition = a_petition(code="48213", published=False)
    Petition.objects.filter(pk=petition.pk).update(moderation=state)
    write_rows()
    wanted = 404 if state == "draft" else 409
    assert {client.get(f"{DATA}.{kind}").status_code for kind in ("json", "csv")} == {wanted}
    with pytest.raises(CommandError):
        call_command("export", "48213", folder=str(tmp_path), stdout=StringIO())
    assert not rows_path(petition.action).exists()


def test_what_was_taken_down_gives_nothing_any_more(client: Client, signed: Petition) -> None:
    write_rows()
    Petition.objects.filter(pk=signed.pk).update(moderation="rejected", hidden=True, reason="personal")
    cache.clear()
    assert {client.get(f"{DATA}.{kind}").status_code for kind in ("json", "csv")} == {404}
    write_rows(time.time() + 2 * DAY)
    assert not rows_path(signed.action).exists()


def test_another_bodys_petition_is_none_of_ours(client: Client, signed: Petition, town: Agency) -> None:
    assert client.get(f"{DATA}.json", headers={"host": "town.example"}).status_code == 404
    assert client.get(f"{DATA}.csv", headers={"host": "town.example"}).status_code == 404


def test_an_erased_signers_key_stays_until_names_are_deleted(petition: Petition, dana: Identity) -> None:
    row = sign_as(petition, dana, door="sms").signature
    erase_participations([dana.contact_id])
    Petition.objects.filter(pk=petition.pk).update(closing="closed")
    assert forget_keys() == 0  # it may be opened again
    Petition.objects.filter(pk=petition.pk).update(anonymised_at=petition.created)
    assert forget_keys() == 1
    assert row.again().state == "counted"


def test_the_newest_who_show_their_names_are_read_from_an_index_of_theirs(signed: Petition) -> None:
    plan = Signature.objects.of(signed).shown().only("name")[:12].explain()
    if connection.vendor == "sqlite":  # PostgreSQL reads so few rows without any
        assert "participation_named" in plan
