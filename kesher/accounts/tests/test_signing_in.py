"""Signing in with a code, for how long it holds, and signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from kesher.accounts.decorators import needs_level, signed_in
from kesher.accounts.models import SignIn
from kesher.accounts.rules import level_now
from kesher.accounts.services import delete_old_sign_ins, start_sign_in
from kesher.accounts.session_cookie import COOKIE, find_sign_in
from kesher.accounts.tests.acting import DANA, browser_of, last_code, sign_in
from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import merge_contacts, undo_merge
from kesher.conversations.models import Delivery, Message
from kesher.core.audit import SYSTEM
from kesher.core.http.safe_paths import safe_path
from kesher.core.http.user_agent import describe_device
from kesher.core.models import Audit

pytestmark = pytest.mark.usefixtures("sms", "mailbox")


def test_a_code_signs_in_and_leads_to_where_one_wanted(dana: Identity) -> None:
    client, answer = sign_in(after="/me/keys/")
    assert answer["Location"] == "/me/keys/"
    assert client.get("/me/").context["level"] == 2
    assert Identity.objects.get(pk=dana.pk).assurance == 2
    assert Audit.objects.filter(operation="accounts.enter", actor_id=dana.contact_id).count() == 1


def test_an_e_mail_address_does_as_well(city: Agency) -> None:
    client, answer = sign_in("Dana@Example.org")
    assert answer.status_code == 302
    assert client.get("/me/").status_code == 200


def test_nobody_learns_whether_an_address_is_known(dana: Identity) -> None:
    answers = [Client().post("/me/sign-in/", {"address": number}) for number in (DANA, "050-555-0199")]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert Message.objects.filter(direction="out").count() == 2


def test_a_code_opens_once(dana: Identity) -> None:
    client, _answer = sign_in()
    used = last_code()
    client.post("/me/sign-out/")
    client.post("/me/sign-in/", {"address": DANA})
    assert client.post("/me/code/", {"code": used}).status_code == 422
    assert client.get("/me/").status_code == 302


def test_a_code_is_worth_nothing_in_another_browser(dana: Identity) -> None:
    mine, other = Client(), Client()
    other.post("/me/sign-in/", {"address": DANA})
    mine.post("/me/sign-in/", {"address": DANA})
    assert other.post("/me/code/", {"code": last_code()}).status_code == 422
    assert mine.post("/me/code/", {"code": last_code()}).status_code == 302


def test_after_five_wrong_codes_the_right_one_is_refused(dana: Identity) -> None:
    client = Client()
    client.post("/me/sign-in/", {"address": DANA})
    right = last_code()
    for _try in range(5):
        client.post("/me/code/", {"code": "100000" if right != "100000" else "100001"})
    assert client.post("/me/code/", {"code": right}).status_code == 422


def test_without_having_asked_there_is_nothing_to_type(dana: Identity) -> None:
    assert Client().get("/me/code/")["Location"] == "/me/sign-in/"


def test_a_network_of_strangers_is_shown_the_other_ways_whoever_is_known_here(
    dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    client, people = Client(), ("a@example.org", "b@example.org", "c@example.org", dana.address)
    asked = [client.post("/me/sign-in/", {"address": address}) for address in people]
    assert [answer.status_code for answer in asked] == [302, 302, 429, 429]
    assert asked[2].context["words"] == asked[3].context["words"] == "העמוד שלי"


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "me/"],
)
def test_a_sign_in_never_leads_to_another_site(evil: str, dana: Identity) -> None:
    assert safe_path(evil) == ""
    assert sign_in(after=evil)[1]["Location"] == "/me/"


def test_a_planted_token_is_worth_nothing_and_is_replaced(dana: Identity) -> None:
    client = Client()
    client.cookies[COOKIE] = "planted"
    assert client.get("/me/").status_code == 302
    sign_in(client=client)
    assert client.cookies[COOKIE].value != "planted"


def test_every_proof_gives_a_new_token_and_ends_the_old_one(dana: Identity) -> None:
    client = browser_of(dana, level=1)
    before = client.cookies[COOKIE].value
    client.post("/me/prove/", {"way": f"i{dana.pk}"})
    client.post("/me/code/", {"code": last_code()})
    stale = Client()
    stale.cookies[COOKIE] = before
    assert client.get("/me/").context["level"] == 2
    assert stale.get("/me/").status_code == 302
    assert SignIn.objects.count() == 1


def test_the_cookie_is_for_this_host_and_for_no_script(dana: Identity) -> None:
    cookie = sign_in()[0].cookies[COOKIE]
    assert COOKIE.startswith("__Host-")
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")


def test_the_table_does_not_hold_the_token(dana: Identity) -> None:
    entered = start_sign_in(dana, level=2, way="code")
    assert entered.token not in str(SignIn.objects.values().get())


@pytest.mark.parametrize("status", ["blocked", "erased"])
def test_whoever_may_not_write_to_us_may_not_come_in(status: str, dana: Identity) -> None:
    client, other = browser_of(dana), Client()
    other.post("/me/sign-in/", {"address": DANA})
    Contact.objects.filter(pk=dana.contact_id).update(status=status)
    assert client.get("/me/").status_code == 302
    assert other.post("/me/code/", {"code": last_code()}).status_code == 422
    assert Client().post("/me/sign-in/", {"address": DANA}).status_code == 302  # as for everybody
    assert Delivery.objects.count() == 1


def test_a_sign_in_opens_no_page_of_another_body(dana: Identity, town: Agency) -> None:
    client = browser_of(dana)
    assert client.get("/me/").status_code == 200
    assert client.get("/me/", headers={"host": "town.example"}).status_code == 302


def test_a_form_without_its_token_is_refused(dana: Identity) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[COOKIE] = start_sign_in(dana, level=2, way="code").token
    for path in ("/me/sign-in/", "/me/sign-out/", "/me/sign-out/everywhere/", "/me/address/", "/me/passkey/"):
        assert client.post(path).status_code == 403
    assert SignIn.objects.open().count() == 1


@pytest.mark.parametrize(
    ("level", "age", "worth"),
    [
        (3, timedelta(minutes=29), 3),
        (3, timedelta(minutes=31), 2),
        (3, timedelta(hours=13), 1),
        (2, timedelta(hours=11), 2),
        (2, timedelta(hours=13), 1),
        (1, timedelta(days=20), 1),
    ],
)
def test_a_proof_ages(level: int, age: timedelta, worth: int) -> None:
    now = timezone.now()
    assert level_now(SignIn(level=level, proved_at=now - age, seen_at=now), now) == worth


def test_a_browser_that_was_not_used_for_a_month_is_forgotten(dana: Identity) -> None:
    client = browser_of(dana)
    SignIn.objects.update(seen_at=timezone.now() - timedelta(days=31))
    assert client.get("/me/").status_code == 302
    assert delete_old_sign_ins(timezone.now()) == 1


def test_an_old_proof_becomes_no_fresh_one_by_a_weaker(dana: Identity) -> None:
    client = browser_of(dana, level=3)
    SignIn.objects.update(proved_at=timezone.now() - timedelta(days=1))
    client.post("/me/prove/", {"way": f"i{dana.pk}"})
    client.post("/me/code/", {"code": last_code()})
    assert client.get("/me/").context["level"] == 2


@signed_in(2)
def records(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everything")


def opened(sign_in: SignIn | None, method: str = "get") -> Any:
    request = getattr(RequestFactory(), method)("/records/?year=2026")
    request.sign_in = sign_in
    return records(request)


def test_a_page_that_asks_for_more_leads_to_the_proof_and_back(dana: Identity) -> None:
    known = start_sign_in(dana, level=1, way="link").sign_in
    assert opened(None)["Location"] == "/me/sign-in/?next=%2Frecords%2F%3Fyear%3D2026"
    assert opened(known)["Location"] == "/me/prove/?level=2&next=%2Frecords%2F%3Fyear%3D2026"
    assert opened(known, "post")["Location"] == "/me/prove/?level=2&next=%2Fme%2F"
    assert opened(start_sign_in(dana, level=2, way="code").sign_in).content == b"everything"


def test_a_piece_of_a_page_leads_the_whole_page_there(dana: Identity) -> None:
    request = RequestFactory().get("/records/", headers={"HX-Request": "true"})
    answer = needs_level(request, 1)
    assert answer is not None
    assert answer["HX-Redirect"].startswith("/me/sign-in/")


def test_a_page_that_asks_nobody_costs_nothing_and_asking_costs_one_query(
    dana: Identity, django_assert_num_queries: Any
) -> None:
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        assert find_sign_in(request) is None
    request.COOKIES[COOKIE] = start_sign_in(dana, level=2, way="code").token
    with django_assert_num_queries(1):
        assert find_sign_in(request) is not None


def test_a_page_of_ones_own_is_in_nobodys_cache(dana: Identity) -> None:
    assert "no-store" in browser_of(dana).get("/me/")["Cache-Control"]


def test_one_browser_is_signed_out_from_another(dana: Identity) -> None:
    here, there = browser_of(dana), browser_of(dana, device="Firefox, Android")
    here.post("/me/sign-out/", {"which": SignIn.objects.latest("pk").pk})
    assert there.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200


def test_nobody_signs_somebody_else_out(dana: Identity, omar: Identity) -> None:
    theirs = browser_of(omar)
    assert browser_of(dana).post("/me/sign-out/", {"which": SignIn.objects.first().pk}).status_code == 404  # type: ignore[union-attr]
    assert theirs.get("/me/").status_code == 200


def test_signing_out_everywhere_means_everywhere(dana: Identity, omar: Identity) -> None:
    browsers = [browser_of(dana), browser_of(dana), browser_of(omar)]
    browsers[0].post("/me/sign-out/everywhere/")
    assert [browser.get("/me/").status_code for browser in browsers] == [302, 302, 200]
    assert Audit.objects.filter(operation="accounts.leave_everywhere").exists()


def test_who_turned_out_to_be_one_person_has_one_page(dana: Identity, omar: Identity) -> None:
    browsers = [browser_of(dana), browser_of(omar)]
    merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    people = [browser.get("/me/").context["person"] for browser in browsers]
    assert people == [dana.contact, dana.contact]


def test_who_turned_out_to_be_another_person_after_all_reads_nothing_of_the_first(
    dana: Identity, omar: Identity
) -> None:
    row = merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    browsers = [browser_of(dana), browser_of(omar)]
    assert browsers[1].get("/me/").context["person"] == dana.contact
    assert row is not None
    undo_merge(row, by=SYSTEM)
    assert [browser.get("/me/").status_code for browser in browsers] == [200, 302]


def test_an_address_that_leads_to_somebody_else_now_opens_no_page(dana: Identity, omar: Identity) -> None:
    client = browser_of(omar)
    assert client.get("/me/").status_code == 200
    SignIn.objects.update(contact=dana.contact)
    assert client.get("/me/").status_code == 302


def test_an_address_stands_in_full_only_for_whoever_proved_one(dana: Identity) -> None:
    known, proved = browser_of(dana, level=1).get("/me/"), browser_of(dana).get("/me/")
    assert "050-555-0142" in proved.content.decode()
    assert "050-555-0142" not in known.content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)
def test_a_device_is_called_as_people_call_it(agent: str, words: str) -> None:
    assert describe_device(agent) == words
