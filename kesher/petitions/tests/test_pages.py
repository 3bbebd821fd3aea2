"""The public's pages: they work without a script, read tallies only, and tell nobody who signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Consent, Identity
from kesher.conversations.models import Message
from kesher.core.db.agency_scope import scope
from kesher.participation import rate_limits
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as
from kesher.petitions.tests.talk import code_sent_to, link_sent_to

PAGE = "/petitions/48213/"
PHONE = "+972505550142"


def text(response: Any) -> str:
    return str(response.content.decode())


def send(client: Client, **answers: str) -> Any:
    return client.post(f"{PAGE}sign/", {"address": "050-5550142", **answers})


def test_the_list_shows_open_petitions_and_leaves_out_drafts(client: Client, petition: Petition) -> None:
    a_petition(titles={"he": "טיוטה סודית"}, published=False)
    page = text(client.get("/petitions/"))
    assert petition.title in page
    assert "טיוטה סודית" not in page


def test_the_list_finds_words_in_any_language_and_numbers(client: Client, petition: Petition) -> None:
    a_petition(titles={"he": "שביל אופניים"}, demands={"he": "מהרכבת לים"})
    for words in ("Shade", "הצללה", "48213"):
        page = text(client.get("/petitions/", {"q": words}))
        assert petition.title in page
        assert "שביל אופניים" not in page


def test_the_list_sorts_by_signatures(client: Client, petition: Petition) -> None:
    a_petition(titles={"he": "שביל אופניים"})
    sign_as(petition, a_phone(), door="sms")
    drain_deltas()
    page = text(client.get("/petitions/", {"sort": "top"}))
    assert page.index(petition.title) < page.index("שביל אופניים")


@pytest.mark.parametrize("query", ["?page=x", "?page=-3", "?page=99999999999", "?sort=;--&show=%25", "?q=%25"])
def test_a_strange_address_of_the_list_is_still_a_page(client: Client, petition: Petition, query: str) -> None:
    assert client.get(f"/petitions/{query}").status_code == 200


def test_a_nul_in_an_address_is_refused(client: Client, petition: Petition) -> None:
    assert client.get("/petitions/?show=%00").status_code == 400


def test_a_petition_page_costs_at_most_eight_queries(
    client: Client, petition: Petition, whatsapp: Account, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _person in range(20):
        sign_as(petition, a_phone(), door="sms", name="שם", show_name=True)
    drain_deltas()
    client.get(PAGE)
    with django_assert_max_num_queries(8):
        assert "20" in text(client.get(PAGE))


def test_the_list_costs_the_same_for_many(
    client: Client, city: Agency, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(30):
        a_petition()
    with django_assert_max_num_queries(4):
        assert client.get("/petitions/").status_code == 200


def test_the_page_says_every_way_to_sign(
    client: Client, petition: Petition, whatsapp: Account, sms: Account, telegram: Account, mailbox: Account
) -> None:
    page = text(client.get(PAGE))
    for start in (
        "https://wa.me/97235550100?text=",
        "sms:+97235550101",
        "https://t.me/neve_yam_bot?start=48213",
        "mailto:",
    ):
        assert start in page
    assert 'data-live="action:' in page
    assert '<svg class="qr"' in page


def test_the_page_is_in_the_readers_language_and_marks_the_authors(client: Client, petition: Petition) -> None:
    assert "Shade for the playgrounds" in text(client.get(PAGE, headers={"accept-language": "en"}))
    assert '<h1 lang="he" dir="auto">' in text(client.get(PAGE, headers={"accept-language": "ru"}))


def test_an_unknown_number_and_a_draft_are_friendly_404s(client: Client, city: Agency) -> None:
    draft = a_petition(published=False)
    for code in ("99999", draft.code, "x" * 50):
        response = client.get(f"/petitions/{code}/")
        assert response.status_code == 404
        assert "/petitions/" in text(response)


def test_the_desk_sees_a_draft_and_nobody_signs_it(ruths: Client, city: Agency) -> None:
    draft = a_petition(published=False)
    page = ruths.get(f"/petitions/{draft.code}/")
    assert page.status_code == 200
    assert "/sign/" not in text(page)


def test_another_towns_petition_is_unknown_here(client: Client, petition: Petition, town: Agency) -> None:
    assert client.get(PAGE, headers={"host": "town.example"}).status_code == 404
    with scope(town):
        assert not Petition.objects.exists()


def test_a_person_signs_on_the_web(client: Client, petition: Petition, sms: Account) -> None:
    asked = send(client, name="דנה לוי", show_name="on", updates="on")
    assert asked.status_code == 302
    assert "0142" in text(client.get(asked["Location"]))
    done = client.post(asked["Location"], {"code": code_sent_to(PHONE)})
    row = Signature.objects.get()
    assert (row.state, row.level, row.channel, row.name) == ("counted", 1, "web", "דנה לוי")
    assert row.receipt in text(client.get(done["Location"]))
    assert Consent.objects.get(purpose="information").granted


def test_whoever_signed_is_in_the_count_that_follows(client: Client, petition: Petition, sms: Account) -> None:
    """The worker has gathered nothing yet."""
    send(client, address="050-555-0142")
    said = text(client.post("/petitions/48213/confirm/", {"code": code_sent_to("+972505550142")}, follow=True))
    piece = text(client.get("/petitions/48213/count/"))
    page = text(client.get("/petitions/48213/"))
    assert all("<b>1</b>" in words for words in (said, piece, page))


def test_the_link_shows_a_button_and_counts_only_when_it_is_pressed(
    client: Client, petition: Petition, sms: Account
) -> None:
    send(client)
    elsewhere = Client()
    link = link_sent_to(PHONE)
    assert elsewhere.get(link).status_code == 200
    assert Signature.objects.get().state == "pending"
    elsewhere.post(link, {"code": code_sent_to(PHONE)})
    assert Signature.objects.get().state == "counted"


def test_a_stranger_does_not_choose_the_name_under_which_somebody_signs(
    client: Client, petition: Petition, sms: Account
) -> None:
    send(client, name="Mallory Was Here", show_name="on", updates="on")
    link, code, owner = link_sent_to(PHONE), code_sent_to(PHONE), Client()
    page = text(owner.get(link))
    assert 'value="Mallory Was Here"' in page
    assert 'name="show_name"' in page
    owner.post(link, {"code": code, "name": "דנה", "area": ""})
    row = Signature.objects.get()
    assert (row.state, row.name, row.show_name) == ("counted", "דנה", False)
    assert not Consent.objects.exists()


def test_who_types_the_code_in_another_browser_says_their_name_anew(
    client: Client, petition: Petition, sms: Account
) -> None:
    send(client, name="Mallory Was Here", show_name="on")
    assert "Mallory" not in text(Client().get(f"{PAGE}confirm/"))
    Client().post(f"{PAGE}confirm/", {"address": PHONE, "code": code_sent_to(PHONE)})
    row = Signature.objects.get()
    assert (row.state, row.name, row.show_name) == ("counted", "", False)


def test_a_link_shows_nobodys_address(client: Client, petition: Petition, sms: Account) -> None:
    send(client)
    receipt = Signature.objects.get().receipt
    assert "0142" not in text(Client().get(f"{PAGE}confirm/?r={receipt}&code=123456"))


def test_another_browser_gives_the_address_with_the_code(client: Client, petition: Petition, sms: Account) -> None:
    send(client)
    Client().post(f"{PAGE}confirm/", {"address": PHONE, "code": code_sent_to(PHONE)})
    assert Signature.objects.get().state == "counted"


def test_a_wrong_code_says_what_to_do(client: Client, petition: Petition, sms: Account) -> None:
    send(client)
    answer = client.post(f"{PAGE}confirm/", {"code": "000000"})
    assert answer.status_code == 422
    assert Signature.objects.get().state == "pending"


def test_the_answer_is_the_same_whether_or_not_one_had_signed(
    client: Client, petition: Petition, dana: Identity, sms: Account
) -> None:
    sign_as(petition, dana, door="sms")
    pages = []
    for phone in ("050-5550142", "050-5560142"):
        browser = Client()
        asked = browser.post(f"{PAGE}sign/", {"address": phone, "name": "א"})
        pages.append(
            (
                asked.status_code,
                asked["Location"],
                sorted(browser.cookies),
                without_tokens(browser.get(asked["Location"])),
            )
        )
    assert pages[0] == pages[1]
    sent = [
        (len(link_sent_to(address)), Message.objects.filter(identity__address=address).count())
        for address in (PHONE, "+972505560142")
    ]
    assert sent[0] == sent[1]


def without_tokens(response: Any) -> str:
    """The page but for what differs between any two visits."""
    lines = text(response).splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line and "data-live-ticket" not in line)


def test_a_robot_is_led_on_and_nothing_is_written(client: Client, petition: Petition, sms: Account) -> None:
    assert send(client, website="https://spam.example").status_code == 302
    assert not Signature.objects.exists()
    assert not Message.objects.exists()


def test_one_address_may_try_so_many_times_from_one_network(
    client: Client, petition: Petition, sms: Account, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rate_limits, "TRIES", 1)
    assert send(client).status_code == 302
    assert send(client).status_code == 429
    assert send(client, address="050-555-0199").status_code == 302


def test_a_whole_crowd_signs_from_behind_one_address_of_a_carrier(
    client: Client, petition: Petition, mailbox: Account
) -> None:
    crowd = [send(client, address=f"p{n}@gmail.com").status_code for n in range(rate_limits.TRIES + 5)]
    assert set(crowd) == {302}
    assert Signature.objects.count() == rate_limits.TRIES + 5


def test_one_network_with_ever_new_addresses_is_a_robot(
    client: Client, petition: Petition, mailbox: Account, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 3)
    tries = [send(client, address=f"p{n}@gmail.com").status_code for n in range(5)]
    assert tries == [302, 302, 302, 429, 429]
    assert Signature.objects.count() == 3


def test_an_address_that_is_none_stays_in_the_field(client: Client, petition: Petition, sms: Account) -> None:
    response = client.post(f"{PAGE}sign/", {"address": "אין לי"})
    assert response.status_code == 422
    assert "אין לי" in text(response)
    assert not Signature.objects.exists()


def test_without_an_account_that_writes_first_the_form_says_so(client: Client, petition: Petition) -> None:
    assert send(client).status_code == 422


def test_a_closed_petition_takes_no_signature(client: Client, petition: Petition, sms: Account, miriam: Staff) -> None:
    services.move(petition, "close", staff=miriam)
    assert send(client).status_code == 409  # the page again, with the end and the moment at which this came
    assert not Signature.objects.exists()
    assert 'id="sign"' not in text(client.get(PAGE))


def test_a_petition_is_closed_the_moment_its_time_is_over(client: Client, petition: Petition, sms: Account) -> None:
    Petition.objects.update(
        closes_at=timezone.now() - timedelta(seconds=1), opens_at=timezone.now() - timedelta(days=1)
    )
    send(client)
    assert not Signature.objects.exists()
    assert petition.title in text(client.get("/petitions/", {"show": "closed"}))


def test_a_signature_is_taken_back_with_a_code(
    client: Client, petition: Petition, sms: Account, dana: Identity
) -> None:
    sign_as(petition, dana, door="sms")
    asked = client.post(f"{PAGE}withdraw/", {"address": PHONE})
    client.post(asked["Location"], {"code": code_sent_to(PHONE)})
    assert Signature.objects.get().state == "withdrawn"


def test_nobody_learns_from_withdrawing_who_signed(client: Client, petition: Petition, sms: Account) -> None:
    asked = client.post(f"{PAGE}withdraw/", {"address": PHONE})
    assert asked.status_code == 302
    assert not Message.objects.exists()
    assert not Identity.objects.filter(address=PHONE).exists()


def test_a_code_for_signing_takes_nothing_back(
    client: Client, petition: Petition, sms: Account, dana: Identity
) -> None:
    sign_as(petition, dana, door="sms")
    send(client)
    client.post(f"{PAGE}withdraw/code/", {"code": code_sent_to(PHONE)})
    assert Signature.objects.get().state == "counted"


def test_the_count_is_a_piece_of_the_page_that_is_read_from_memory(
    client: Client, petition: Petition, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    sign_as(petition, a_phone(), door="sms")
    drain_deltas()
    assert "<b>1</b>" in text(client.get(f"{PAGE}count/"))
    with django_assert_max_num_queries(2):  # whose host this is
        piece = client.get(f"{PAGE}count/")
    assert "<html" not in text(piece)
    cache.clear()
    assert "SMS" in text(client.get(f"{PAGE}count/?bars"))


def test_a_receipt_that_is_none_is_not_repeated(client: Client, petition: Petition) -> None:
    assert "<script>" not in text(client.get(f"{PAGE}thanks/", {"r": "<script>"}))


def test_an_answer_stands_on_the_page(client: Client, petition: Petition, miriam: Staff) -> None:
    services.publish_response(petition, {"he": "קיבלנו את ההצעה."}, staff=miriam)
    assert "קיבלנו את ההצעה." in text(client.get(PAGE))


def test_a_petition_of_another_body_leads_to_that_bodys_address(town: Agency, client: Client) -> None:
    town.public_url = "https://town.example"
    town.save()
    with scope(town):
        code = services.create_petition(titles={"he": "שביל"}, demands={"he": "שביל לאופניים"}, published=True).code
    page = client.get(f"/petitions/{code}/", headers={"host": "town.example"}).content.decode()
    told = client.get(f"/api/v1/petitions/{code}/", headers={"host": "town.example"}).content.decode()
    for words in (page, told):
        assert f"https://town.example/petitions/{code}/" in words
        assert "https://city.example" not in words
