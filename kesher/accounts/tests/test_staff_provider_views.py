"""Single sign-on of staff, against a provider that runs here: real redirects, real tokens, real signatures."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth.models import User
from django.test import Client

from kesher.accounts import staff_provider_views
from kesher.accounts.models import StaffAddress, StaffProvider, StaffSubject
from kesher.accounts.provider import NationAuth, nonce_of
from kesher.accounts.services import add_app
from kesher.accounts.services.departures import off_board
from kesher.accounts.services.oidc import is_second_proved
from kesher.accounts.services.staff_mail import send_due_mails
from kesher.accounts.tests.acting import app_code
from kesher.accounts.tests.provider_acting import (
    MAIL,
    at_provider,
    at_work,
    go,
    is_in,
    operations,
    outcomes,
    ready,
    there_and_back,
)
from kesher.accounts.tests.staff_acting import SECRET, Postbox, prove, second_admin
from kesher.agencies.models import Agency, Staff, StaffSignIn
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope

LOGIN, SECOND, SET_UP = "/desk/login/", "/desk/second/", "/desk/second/set-up/"
Outcome = StaffSignIn.Outcome


def proves_second(sso: StaffProvider, **more: Any) -> None:
    """Let the provider's second step replace ours, as two administrators agreed."""
    values = {"asks_second": True, "agreed_by": second_admin(), **more}
    StaffProvider.objects.filter(pk=sso.pk).update(**values)


def active(staff: Staff) -> Staff:
    """Let a member of staff work here."""
    Staff.objects.filter(pk=staff.pk).update(is_active=True)
    return staff


def test_the_provider_stands_for_the_password_and_our_second_step_is_asked(sso: StaffProvider, ruth: Staff) -> None:
    client = Client()
    ready(ruth)
    assert there_and_back(client, after="/desk/channels/")["Location"] == SECOND
    assert not is_in(client)
    assert client.post(SECOND, {"code": app_code(SECRET)})["Location"] == "/desk/channels/"
    assert is_in(client)
    assert outcomes() == [Outcome.SIGNED_IN]
    assert {"accounts.bind_staff", "agencies.sign_in", "accounts.use_key"} <= operations()


def test_the_sign_in_page_has_the_button_only_while_it_is_on(sso: StaffProvider, town: Agency) -> None:
    path = "/desk/login/provider/"
    assert path in Client().get(LOGIN).content.decode()
    assert path not in Client().get(LOGIN, headers={"host": "town.example"}).content.decode()
    StaffProvider.objects.update(is_active=False)
    assert path not in Client().get(LOGIN).content.decode()
    for url in (path, f"{path}back/?code=1&state=2"):
        assert Client().get(url).status_code == 404


def test_what_is_sent_binds_the_answer_to_this_browser(sso: StaffProvider) -> None:
    query = parse_qs(urlsplit(go(Client())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["nonce"] == [nonce_of(query["state"][0])]
    assert query["redirect_uri"][0].endswith("/desk/login/provider/back/")
    assert set(query["scope"][0].split()) == {"openid", "email", "profile"}


def test_an_answer_opens_nothing_in_another_browser_and_nothing_twice(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    mine, other = Client(), Client()
    back = at_provider(go(mine))
    assert other.get(back)["Location"] == LOGIN
    assert mine.get(back)["Location"] == SECOND
    assert mine.get(back)["Location"] == LOGIN
    assert outcomes() == [Outcome.PROVIDER] * 2


def test_a_token_for_another_client_or_of_another_sign_in_is_refused(sso: StaffProvider, rf: Any) -> None:
    """The provider signed it: only whom it is for, and in which sign-in, is wrong."""
    client = Client()
    query = parse_qs(urlsplit(back := at_provider(address := go(client))).query)
    asked = parse_qs(urlsplit(address).query)
    verifier = next(iter(client.session["socialaccount_states"].values()))[0]["pkce_code_verifier"]
    form = {"grant_type": "authorization_code", "code": query["code"][0], "code_verifier": verifier}
    form |= {"client_id": "kesher", "client_secret": "s", "redirect_uri": asked["redirect_uri"][0]}
    token = httpx.post(f"{sso.issuer}/oauth2/token", data=form).json()["id_token"]
    trip, state = NationAuth(rf.get(back), staff_provider_views.KEY), query["state"][0]
    app = trip.get_provider().app
    assert trip.claims(app, token, state)["email"] == MAIL
    with pytest.raises(OAuth2Error):
        trip.claims(app, token, "another")
    app.client_id = "another"
    with pytest.raises(OAuth2Error):
        trip.claims(app, token, state)


def test_another_issuer_than_was_set_up_is_refused(sso: StaffProvider) -> None:
    StaffProvider.objects.update(issuer=f"{sso.issuer}/.well-known/openid-configuration")
    assert go(Client()) == LOGIN


def test_the_guard_stands_before_the_provider(sso: StaffProvider, settings: Any) -> None:
    settings.KESHER_SSRF_ALLOW = []
    assert go(Client()) == LOGIN


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email_verified": None}, {"email": "dan@neve-yam.example"}, {"email": ""}],
    ids=["unchecked", "unsaid", "another", "none"],
)
def test_an_address_that_the_provider_did_not_check_or_nobody_has_opens_nothing(
    sso: StaffProvider, ruth: Staff, claims: dict[str, Any]
) -> None:
    ready(ruth)
    at_work(sso.issuer, **claims)
    people = User.objects.count(), Staff.objects.count()
    client = Client()
    assert there_and_back(client)["Location"] == LOGIN
    assert (User.objects.count(), Staff.objects.count()) == people
    assert not StaffSubject.objects.exists()
    assert outcomes() == [Outcome.PROVIDER]


@pytest.mark.parametrize(
    ("said", "is_checked"),
    [({"xms_edov": True}, True), ({"xms_edov": "1"}, True), ({"xms_edov": False}, False), ({}, False),
     ({"xms_edov": True, "email_verified": False}, False)],
)  # fmt: skip
def test_entra_says_in_its_own_claim_whether_it_checked(
    sso: StaffProvider, ruth: Staff, said: dict[str, Any], is_checked: bool
) -> None:
    ready(ruth)
    person = {"sub": "r-1", "email": MAIL, **said}
    httpx.put(f"{sso.issuer}/users/r-1", json=person).raise_for_status()
    assert there_and_back(Client())["Location"] == (SECOND if is_checked else LOGIN)


def test_the_first_time_its_owner_gets_a_mail(postbox: Postbox, sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    for _time in range(2):
        there_and_back(Client())
    send_due_mails()
    assert [mail["To"] for mail in postbox.got] == [MAIL]
    assert "City account" in postbox.text()


def test_an_address_that_its_owner_did_not_prove_opens_nothing(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    StaffAddress.objects.update(proved_at=None)
    assert there_and_back(Client())["Location"] == LOGIN
    assert not StaffSubject.objects.exists()


def test_a_letter_that_looks_like_another_is_another(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth, "kim@neve-yam.example")
    at_work(sso.issuer, email="\u212aim@neve-yam.example")  # the Kelvin sign, whose small letter is k
    assert there_and_back(Client())["Location"] == LOGIN


def test_afterwards_only_the_person_at_the_provider_counts(sso: StaffProvider, ruth: Staff, miriam: Staff) -> None:
    ready(ruth)
    there_and_back(Client())
    StaffAddress.objects.filter(staff=ruth).update(mail="new@neve-yam.example")
    prove(miriam, MAIL)  # the address is a colleague's now
    client = Client()
    there_and_back(client)
    client.post(SECOND, {"code": app_code(SECRET)})
    assert client.session["_auth_user_id"] == str(ruth.user_id)
    assert StaffSubject.objects.get().staff == ruth


def test_another_person_at_the_provider_with_the_same_address_is_refused(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    there_and_back(Client())
    at_work(sso.issuer, "r-2")
    assert there_and_back(Client(), "r-2")["Location"] == LOGIN
    assert StaffSubject.objects.count() == 1


def test_the_subject_is_not_readable_in_the_database(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    there_and_back(Client())
    assert "r-1" not in StaffSubject.objects.get().subject


def test_whoever_left_is_refused_whether_known_at_the_provider_or_not(
    sso: StaffProvider, ruth: Staff, miriam: Staff, admin: Staff
) -> None:
    ready(ruth)
    there_and_back(Client())
    ready(miriam, "miriam@neve-yam.example")
    at_work(sso.issuer, "m-1", email="miriam@neve-yam.example")
    Staff.objects.filter(pk=ruth.pk).update(is_active=False)
    off_board(miriam, to=None, by=admin)
    for subject in ("r-1", "m-1"):
        client = Client()
        assert there_and_back(client, subject)["Location"] == LOGIN
        assert not is_in(client)
    assert outcomes() == [Outcome.CLOSED, Outcome.PROVIDER]
    assert StaffSignIn.objects.order_by("pk")[0].staff == ruth
    off_board(Staff.objects.get(pk=active(ruth).pk), to=None, by=admin)
    assert not StaffSubject.objects.exists(), "whoever comes back is found by the mail address again"


def test_whoever_left_between_the_steps_is_not_let_in(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    client = Client()
    there_and_back(client)
    Staff.objects.filter(pk=ruth.pk).update(is_active=False)
    assert client.post(SECOND, {"code": app_code(SECRET)}).status_code == 302
    assert not is_in(client)


def test_a_colleague_of_another_agency_is_not_let_in(sso: StaffProvider, sasha: Staff, town: Agency) -> None:
    with scope(town):
        ready(sasha)
    client = Client()
    assert there_and_back(client)["Location"] == LOGIN
    assert outcomes() == [Outcome.PROVIDER]


def test_the_provider_sets_no_second_step_up(sso: StaffProvider, ruth: Staff) -> None:
    """Whoever runs the provider could else set one up for a colleague who has none."""
    prove(ruth, MAIL)
    client = Client()
    assert there_and_back(client)["Location"] == LOGIN
    add_app(ruth.user, SECRET, by=SYSTEM)
    assert there_and_back(client)["Location"] == SECOND
    Authenticator.objects.all().delete()  # a reset, at this moment
    for path in (SECOND, SET_UP):
        assert LOGIN in client.get(path)["Location"]


@pytest.mark.parametrize(
    ("agreed", "acr", "claims", "is_replaced"),
    [
        (True, "", {"amr": ["pwd", "mfa"]}, True),
        (True, "high higher", {"acr": "higher"}, True),
        (True, "", {"amr": ["pwd"]}, False),
        (True, "", {"amr": "mfa"}, False),
        (True, "", {"acr": "", "amr": []}, False),
        (False, "high", {"acr": "high", "amr": ["mfa"]}, False),
    ],
)
def test_our_second_step_is_left_out_only_where_two_agreed_and_the_token_says_so(
    admin: Staff, agreed: bool, acr: str, claims: dict[str, Any], is_replaced: bool
) -> None:
    row = StaffProvider(asks_second=True, acr=acr, changed_by=admin, agreed_by_id=admin.pk + 1 if agreed else None)
    assert is_second_proved(row, claims) is is_replaced
    row.asks_second = False
    assert not is_second_proved(row, claims)


def test_where_two_agreed_the_providers_second_step_is_enough(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    proves_second(sso)
    client = Client()
    assert there_and_back(client)["Location"] == SECOND, "this sign-in had none"
    at_work(sso.issuer, amr=["pwd", "mfa"])
    assert there_and_back(client, after="/desk/channels/")["Location"] == "/desk/channels/"
    assert is_in(client)
    assert outcomes() == [Outcome.SIGNED_IN]


def test_what_asks_for_a_fresh_second_step_asks_for_ours(sso: StaffProvider, admin: Staff) -> None:
    ready(admin)
    proves_second(sso)
    at_work(sso.issuer, amr=["mfa"])
    client = Client()
    there_and_back(client)
    assert client.get("/desk/staff/").status_code == 200
    for path in ("/desk/single-sign-on/", "/desk/staff/new/"):
        assert client.get(path)["Location"].startswith(SECOND)
    assert client.get(SET_UP)["Location"].startswith(SECOND)


def test_a_planted_session_is_not_kept(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    proves_second(sso)
    at_work(sso.issuer, amr=["mfa"])
    client = Client()
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    there_and_back(client)
    assert is_in(client)
    assert "planted" not in client.session
    assert client.session.session_key != session.session_key


def test_whoever_turned_back_is_told_and_is_not_in(sso: StaffProvider, ruth: Staff) -> None:
    client = Client()
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    answer = client.get("/desk/login/provider/back/", {"error": "access_denied", "state": state})
    assert answer["Location"] == LOGIN
    assert outcomes() == []


def test_nobody_leads_a_sign_in_to_another_site(sso: StaffProvider, ruth: Staff) -> None:
    ready(ruth)
    client = Client()
    there_and_back(client, after="https://evil.example/")
    assert client.post(SECOND, {"code": app_code(SECRET)})["Location"] == "/desk/"


def test_too_many_tries_of_one_network_wait(sso: StaffProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_provider_views, "SIGN_INS", 1)
    client = Client()
    assert go(client) != LOGIN
    assert go(client) == LOGIN
    back = "/desk/login/provider/back/?code=1&state=2"
    client.get(back)
    assert client.get(back)["Location"] == LOGIN
    assert outcomes() == [Outcome.LOCKED, Outcome.PROVIDER, Outcome.LOCKED]
