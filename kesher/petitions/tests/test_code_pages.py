"""Pages on which a code is typed: what is wrong with it, a new one, another way."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.rules import CODES_AN_HOUR
from kesher.contacts.services import PROOF_TRIES
from kesher.conversations.models import Message
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.talk import code_sent_to, link_sent_to

PAGE, CONFIRM = "/petitions/48213/sign/", "/petitions/48213/confirm/"
PHONE, TYPED = "+972505550142", "050-555-0142"
WRONG, SPENT, OLD = "הקוד שגוי. ", "הקוד הזה מוצה", "כבר נוצל, או שפג תוקפו"
VAGUE, AGAIN = "הקוד שגוי או שפג תוקפו", 'name="again"'


@pytest.fixture
def asked(client: Client, petition: Petition, sms: Account) -> Client:
    """A browser that waits for a code."""
    assert client.post(PAGE, {"address": TYPED, "name": "דנה", "show_name": "on"}).status_code == 302
    return client


def says(client: Client, path: str, **given: str) -> str:
    answer = client.post(path, given) if given else client.get(path)
    return answer.content.decode()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_button_that_is_pressed_while_a_code_is_written_says_so(asked: Client) -> None:
    assert "כבר שלחנו לכם קוד" in says(asked, CONFIRM, again="1")
    code_sent_to(PHONE)
    assert "כבר שלחנו לכם קוד" not in says(asked, CONFIRM, again="1")


def test_wrong_codes_are_said_to_be_wrong_until_the_tries_are_used_up(asked: Client) -> None:
    code = code_sent_to(PHONE)
    tries = [says(asked, CONFIRM, code=wrong(code)) for _try in range(PROOF_TRIES)]
    assert all(WRONG in page and SPENT not in page for page in tries[:-1])
    assert SPENT in tries[-1]
    assert SPENT in says(asked, CONFIRM, code=code)
    assert not Signature.objects.filter(state="counted").exists()


def test_a_new_code_comes_by_a_button_and_then_the_other_way(asked: Client) -> None:
    code = code_sent_to(PHONE)
    assert AGAIN in says(asked, CONFIRM)
    assert "שלחנו לכם קוד חדש" in says(asked, CONFIRM, again="1")
    assert code_sent_to(PHONE) != code
    assert asked.post(CONFIRM, {"again": "1"}).context["words"].startswith("לחתום 48213 ")
    assert Message.objects.filter(direction="out").count() == 2
    assert asked.post(CONFIRM, {"code": code_sent_to(PHONE)}).status_code == 302
    assert Signature.objects.get(state="counted").name == "דנה"  # as it was written


def test_the_button_brings_the_page_s_own_token(asked: Client) -> None:
    code_sent_to(PHONE)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = asked.cookies
    tokens = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', says(strict, CONFIRM))
    assert len(tokens) == 2  # the code's form, and the button's
    assert "שלחנו לכם קוד חדש" in says(strict, CONFIRM, again="1", csrfmiddlewaretoken=tokens[1])


def test_a_used_link_says_so_before_anybody_presses(asked: Client) -> None:
    code, link = code_sent_to(PHONE), link_sent_to(PHONE)
    stranger = Client()
    assert OLD not in says(stranger, link)
    assert stranger.post(link, {"code": code}).status_code == 302
    page = says(Client(), link)
    assert OLD in page
    assert f'value="{code}"' not in page


def test_who_typed_an_address_here_learns_nothing_of_its_codes(asked: Client) -> None:
    code = code_sent_to(PHONE)
    pages = [says(Client(), CONFIRM, address=address, code=wrong(code)) for address in (TYPED, "050-555-0199")]
    assert all(VAGUE in page and AGAIN not in page for page in pages)


def test_taking_back_says_the_same_to_whoever_did_not_sign(asked: Client, petition: Petition) -> None:
    asked.post(CONFIRM, {"code": code_sent_to(PHONE)})
    for address in (TYPED, "050-555-0199"):
        browser = Client()
        browser.post("/petitions/48213/withdraw/", {"address": address})
        pages = [says(browser, "/petitions/48213/withdraw/code/", code="111111") for _try in range(PROOF_TRIES + 1)]
        assert all(VAGUE in page and AGAIN in page and "לבטל חתימה 48213" in page for page in pages)


def test_whoever_acts_five_times_in_six_minutes_never_has_too_many_codes(
    client: Client, petition: Petition, sms: Account
) -> None:
    for _act in range(CODES_AN_HOUR + 2):
        client.post(PAGE, {"address": TYPED})
        assert client.post(CONFIRM, {"code": code_sent_to(PHONE)}).status_code == 302
        client.post("/petitions/48213/withdraw/", {"address": TYPED})
        client.post("/petitions/48213/withdraw/code/", {"code": code_sent_to(PHONE)})
    assert not Signature.objects.filter(state="counted").exists()
    assert Identity.objects.get(address=PHONE).assurance == 1
