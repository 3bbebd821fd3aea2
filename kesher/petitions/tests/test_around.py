"""What stands around a petition: the map, what rises, the card, the archive, forgetting, and the API of it all."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import Broadcast, BroadcastRow, Message
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, MAIL, hear
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.core.output.share_image import Sheet
from kesher.participation.models import Participation, Pulse
from kesher.participation.services import drain_deltas, read_tallies
from kesher.petitions import services
from kesher.petitions.area_map import build_tiles, render_area_map
from kesher.petitions.models import Area, Petition, PetitionEvent
from kesher.petitions.registrations import render_card
from kesher.petitions.services import retention
from kesher.petitions.states import allowed_transitions
from kesher.petitions.tests.factories import a_petition, a_phone, ask_to_sign, confirm_as, sign_as
from kesher.petitions.tests.talk import code_sent_to, sent_to
from kesher.petitions.trends import list_rising, render_growth, signatures_by_day

API = "/api/v1/petitions/"
AREAS = [
    {"code": "north", "column": 0, "row": 0, "people": 100, "names": {"he": "הצפון"}},
    {"code": "south", "column": 0, "row": 1, "people": 1000, "names": {"he": "הדרום"}},
]


@pytest.fixture
def areas(city: Agency) -> None:
    services.set_areas(AREAS)


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, content_type="application/json")


def test_the_map_adds_up_and_is_shaded_by_inhabitants(petition: Petition, areas: None) -> None:
    for area in ("north", "south", "south", "", "moon"):
        sign_as(petition, a_phone(), door="sms", area=area)
    drain_deltas()
    counts = read_tallies(petition.action)["area"]
    found = build_tiles(list(Area.objects.all()), counts)
    assert [(tile.count, tile.shade) for tile in found] == [(1, 5), (2, 1)]
    drawn = render_area_map(counts)
    assert "הצפון" in drawn
    assert "2 " in drawn.partition("<figcaption")[2]


def test_nothing_is_drawn_where_nobody_said_where_he_lives(petition: Petition, areas: None) -> None:
    assert render_area_map({"unknown": 5}) == ""
    assert render_area_map({}) == ""


def test_an_area_is_asked_on_the_page_only_where_there_are_some(client: Client, petition: Petition) -> None:
    assert 'name="area"' not in client.get("/petitions/48213/").content.decode()
    services.set_areas(AREAS)
    assert 'name="area"' in client.get("/petitions/48213/").content.decode()


def test_what_rises_is_read_from_the_hours(petition: Petition, client: Client) -> None:
    old = a_petition(titles={"he": "ישנה"})
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for row, start, n in ((petition, hour, 9), (old, hour - timedelta(days=3), 900)):
        Pulse.objects.create(agency=row.agency, action=row.action, start=start, dimension="minute", counts={"05": n})
    assert [(one.petition.code, one.signed, one.hours[-1]) for one in list_rising()] == [("48213", 9, 9)]
    assert 'class="rising"' in client.get("/petitions/").content.decode()


def test_a_petition_grows_by_days(petition: Petition, client: Client) -> None:
    cache.clear()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    assert render_growth(petition.action) == ""
    for back, n in ((0, 4), (1, 7), (3, 2), (40, 90)):
        start = hour - timedelta(days=back)
        Pulse.objects.create(
            agency=petition.agency, action=petition.action, start=start, dimension="minute", counts={"05": n}
        )
    cache.clear()
    assert [n for _day, n in signatures_by_day(petition.action)] == [2, 0, 7, 4]
    assert "<rect" in render_growth(petition.action)
    assert 'class="columns"' in client.get("/petitions/48213/").content.decode()


def test_the_card_is_a_picture_of_the_size_that_others_want(client: Client, petition: Petition) -> None:
    cache.clear()
    answer = client.get("/petitions/48213/card.png")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
    assert len(answer.content) < 100_000
    assert 'property="og:image"' in client.get("/petitions/48213/").content.decode()
    assert client.get("/petitions/99999/card.png").status_code == 404


def test_hebrew_starts_at_its_own_edge(petition: Petition, city: Agency) -> None:
    """The pixels of the words stand where a line of Hebrew begins."""
    drawn = Image.open(io.BytesIO(render_card(city, petition))).convert("L")
    assert ink(drawn, (900, 130, 1190, 330)) > 10 * ink(drawn, (0, 130, 200, 330)) + 50


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    return sum(n for value, n in enumerate(image.crop(box).histogram()) if value > 200)


def test_where_letters_cannot_be_shaped_no_hebrew_is_drawn() -> None:
    sheet = Sheet((0, 0, 0), "rtl")
    sheet.shapes = False
    sheet.words("שלום", 100, 40, (255, 255, 255))
    assert ink(sheet.image.convert("L"), (0, 0, 1200, 630)) == 0


def test_an_answer_goes_once_to_everybody_who_signed(petition: Petition, miriam: Staff, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    sign_as(petition, a_phone(), door="sms", updates=True)
    services.publish_response(petition, {"he": "הצל יותקן במאי."}, staff=miriam, tell=True)
    assert Broadcast.objects.get().purpose == "service"
    assert BroadcastRow.objects.count() == 2
    assert "עיריית נווה־ים" in Broadcast.objects.get().texts["he"]


def test_whoever_wants_no_news_of_petitions_still_gets_the_answer(
    petition: Petition, sms: Account, miriam: Staff, noon: datetime
) -> None:
    hear(sms, DANA, "לחתום 48213", "1", "2")
    Contact.objects.update(prefs={"muted": ["petitions"]})
    services.publish_update(petition, {"he": "חדשות"}, staff=miriam)
    services.publish_response(petition, {"he": "הצל יותקן במאי."}, staff=miriam, tell=True)
    expand_broadcasts()
    assert list(BroadcastRow.objects.order_by("id").values_list("state", flat=True)) == ["refused", "queued"]
    assert "הצל יותקן במאי." in Message.objects.filter(direction="out").latest("id").text


def test_a_correction_of_the_answer_says_that_it_is_one(petition: Petition, miriam: Staff, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    services.publish_response(petition, {"he": "במאי"}, staff=miriam, tell=True)
    services.publish_response(petition, {"he": "ביוני"}, staff=miriam, tell=True)
    first, second = [row.texts["he"].splitlines()[0] for row in Broadcast.objects.order_by("id")]
    assert first != second


def test_whoever_signed_on_the_page_gets_the_answer_where_the_code_went(
    petition: Petition, mailbox: Account, miriam: Staff, noon: datetime
) -> None:
    ask_to_sign(petition, MAIL)
    person = find_identity(MAIL)
    assert person is not None
    confirm_as(petition, person, code_sent_to(MAIL.address))
    assert services.reach(petition).everybody == 1
    services.publish_response(petition, {"he": "הצל יותקן במאי."}, staff=miriam, tell=True)
    expand_broadcasts()
    sent = Message.objects.filter(direction="out", identity=person).order_by("-id").first()
    assert sent is not None
    assert "הצל יותקן במאי." in sent.text


def test_old_ones_go_to_the_archive(client: Client, petition: Petition, miriam: Staff) -> None:
    services.move(petition, "close", staff=miriam, words={"he": "די"})
    assert services.archive_old() == 0
    Petition.objects.update(closed_at=timezone.now() - timedelta(days=400))
    assert services.archive_old() == 1
    assert petition.title not in client.get("/petitions/?show=closed").content.decode()
    assert petition.title in client.get("/petitions/?show=archive").content.decode()


def test_names_and_keys_are_deleted_in_time_and_the_counts_stay(
    petition: Petition, miriam: Staff, dana: Identity
) -> None:
    row = sign_as(petition, dana, door="sms", name="דנה לוי", show_name=True).signature
    drain_deltas()
    services.move(petition, "close", staff=miriam, words={"he": "די"})
    assert services.anonymise_old() == 0
    Petition.objects.update(closed_at=timezone.now() - timedelta(days=800))
    before = read_tallies(petition.action)
    assert services.anonymise_old() == 1
    assert services.anonymise_old() == 0
    after = Participation.objects.get(pk=row.pk)
    assert (after.name, after.identity, after.state) == ("", None, "counted")
    assert bytes(after.person_key) != bytes(row.person_key)
    assert after.contact not in (dana.contact, None)
    assert (after.contact.status, after.contact.name) == ("erased", "")
    assert read_tallies(petition.action) == before


def forgotten(petition: Petition) -> Petition:
    """Closed so long ago that its names were deleted."""
    services.move(petition, "close")
    Petition.objects.filter(pk=petition.pk).update(closed_at=timezone.now() - timedelta(days=800))
    assert services.anonymise_old() == 1
    petition.refresh_from_db()
    return petition


def test_where_nobody_knows_who_signed_nobody_signs_again(petition: Petition, miriam: Staff, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    over = forgotten(petition)
    assert "reopen" not in allowed_transitions(over)
    with pytest.raises(Refused):
        services.move(over, "reopen", staff=miriam)
    refused = services.move(over, "take_down", staff=miriam, reason="powers")
    assert "submit" not in allowed_transitions(refused)


def test_no_names_are_looked_for_where_they_were_deleted(petition: Petition, client: Client) -> None:
    forgotten(petition)
    with CaptureQueriesContext(connection) as found:
        assert client.get("/petitions/48213/").status_code == 200
    assert not [query for query in found.captured_queries if "show_name" in query["sql"]]


def test_names_go_also_from_what_was_refused_or_found_too_few(city: Agency, miriam: Staff, dana: Identity) -> None:
    refused, lapsed = a_petition(author=dana.contact), a_petition(author=dana.contact, published=False)
    services.move(refused, "take_down", staff=miriam, reason="powers")
    services.move(lapsed, "lapse")
    assert services.anonymise_old() == 0
    PetitionEvent.objects.update(at=timezone.now() - timedelta(days=800))
    assert services.anonymise_old() == 2
    assert dana.contact.petitions.count() == 0


def test_a_turn_does_several_batches_and_the_next_goes_on(petition: Petition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "TURN", 2)
    for _ in range(5):
        sign_as(petition, a_phone(), door="sms")
    services.move(petition, "close")
    Petition.objects.update(closed_at=timezone.now() - timedelta(days=800))
    assert services.anonymise_old() == 0
    assert Participation.objects.exclude(identity=None).count() == 1
    assert services.anonymise_old() == 1
    assert not Participation.objects.exclude(identity=None).exists()


def test_a_body_that_keeps_names_longer_holds_up_no_other(
    petition: Petition, town: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    services.set_policy(keep_months=120)
    Petition.objects.update(closing="closed", closed_at=timezone.now() - timedelta(days=900))
    with scope(town):
        a_petition()
        Petition.objects.update(closing="closed", closed_at=timezone.now() - timedelta(days=800))
    assert services.anonymise_old() == 1
    petition.refresh_from_db()
    assert petition.anonymised_at is None


def test_nobody_is_left_of_its_author_either(city: Agency, dana: Identity) -> None:
    petition = a_petition(author=dana.contact, author_name="דנה לוי")
    Petition.objects.update(closing="closed", closed_at=timezone.now() - timedelta(days=800))
    assert services.anonymise_old() == 1
    petition.refresh_from_db()
    assert (petition.author, petition.author_name) == (None, "")
    assert dana.contact.petitions.count() == 0


def test_the_api_tells_thresholds_areas_and_story(client: Client, petition: Petition, areas: None) -> None:
    sign_as(petition, a_phone(), door="sms", area="north")
    drain_deltas()
    found = client.get(f"{API}48213/").json()["data"]["attributes"]
    assert sum(row["signature_count"] for row in found["signatures_by_area"]) == found["signature_count"] == 1
    assert [row["threshold"] for row in found["thresholds"]] == [500]
    assert [row["event"] for row in found["timeline"]] == ["published"]
    assert found["state"] == "open"


def test_the_api_tells_why_one_was_refused(client: Client, petition: Petition, miriam: Staff) -> None:
    services.move(petition, "take_down", staff=miriam, reason="powers", words={"he": "זה בידי הכנסת"})
    found = client.get(f"{API}48213/").json()["data"]["attributes"]
    assert (found["state"], found["rejection"]["code"]) == ("rejected", "powers")
    assert client.get(f"{API}?state=rejected").json()["data"][0]["id"] == 48213
    assert client.get(API).json()["data"] == []


def test_a_petition_is_started_through_the_api(client: Client, petition: Petition, mailbox: Account) -> None:
    body = {"title": "הצללה בגני השעשועים", "demand": "להתקין מפרשי צל בכל הגנים", "address": MAIL.address}
    assert post(client, API, {"title": "x"}).status_code == 422
    asked = post(client, API, body)
    assert asked.status_code == 409
    assert asked.json()["similar"][0]["id"] == 48213
    made = post(client, API, {**body, "sure": True})
    assert made.status_code == 202
    confirm = made.json()["data"]["links"]["confirm"].removeprefix("https://city.example")
    assert post(client, confirm, {"code": "000000"}).status_code == 422
    assert post(client, confirm, {"code": code_sent_to(MAIL.address)}).json()["data"]["state"] == "gathering"


def test_a_signature_is_taken_back_through_the_api(
    client: Client, petition: Petition, sms: Account, dana: Identity
) -> None:
    sign_as(petition, dana, door="sms")
    path = f"{API}48213/signatures/withdraw/"
    known = post(client, path, {"address": "050-5550142"})
    unknown = post(client, path, {"address": "050-5550999"})
    assert known.status_code == unknown.status_code == 202
    assert post(client, f"{path}confirm/", {"address": "050-5550142", "code": "000000"}).status_code == 422
    code = code_sent_to("+972505550142")
    assert (
        post(client, f"{path}confirm/", {"address": "050-5550142", "code": code}).json()["data"]["state"] == "withdrawn"
    )
    with pytest.raises(LookupError):
        sent_to("+972505550999")
