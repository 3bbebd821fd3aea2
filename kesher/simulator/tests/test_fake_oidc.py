"""The demo's national login works with the real client, refuses wrong requests, and is a 404 where it is off."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter

from kesher.accounts.models import NationalLogin
from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.demo.people import PEOPLE
from kesher.demo.services import set_national_login
from kesher.simulator.services import PROVIDERS, point_national

HERE = "http://testserver"
NATION = f"{PROVIDERS}/nation"
pytestmark = pytest.mark.usefixtures("simulator")


class Inside(BaseAdapter):
    """Answers the client's requests by this site, without a socket."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        body = request.body or b""
        headers = {name: str(value) for name, value in request.headers.items()}
        made = Client().generic(
            str(request.method), f"{parts.path}?{parts.query}", body, headers.pop("Content-Type", ""), headers=headers
        )
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = made.status_code, made.content, str(request.url)
        answer.headers["content-type"] = made["content-type"]
        return answer

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def login(city: Agency, settings: Any, monkeypatch: pytest.MonkeyPatch) -> NationalLogin:
    settings.KESHER_PUBLIC_URL = HERE
    session = requests.Session()
    session.mount("http://", Inside())
    monkeypatch.setattr("kesher.accounts.allauth_adapters.guarded_session", lambda: session)
    point_national(HERE)
    return NationalLogin.objects.get()


def asked(client: Client) -> str:
    """Return the provider's page to which the browser is redirected."""
    where = str(client.get("/me/national/national/")["Location"])
    assert where.startswith(f"{HERE}{NATION}/authorize?")
    return where.removeprefix(HERE)


def chosen(client: Client, who: str) -> str:
    """Return the URL by which the browser comes back."""
    return str(client.get(f"{asked(client)}&who={who}")["Location"])


def test_the_page_says_in_big_letters_what_it_is_and_offers_the_made_up_people(login: NationalLogin) -> None:
    client = Client()
    page = client.get(asked(client)).content.decode()
    assert "<h1>הדגמה<br>" in page
    assert all(person.name in page for person in PEOPLE.values())


def test_a_person_comes_back_at_level_three_as_the_one_whose_phone_the_simulator_shows(login: NationalLogin) -> None:
    client = Client()
    assert client.get(chosen(client, "dana"))["Location"] == "/me/"
    page = client.get("/me/")
    assert (page.context["level"], page.context["person"]) == (
        3,
        get_or_create_identity(PEOPLE["dana"].address("tel")).contact,
    )


def test_whoever_turns_back_is_not_in(login: NationalLogin) -> None:
    client = Client()
    away = client.get(asked(client)).context["away"]
    assert client.get(away)["Location"] == "/me/sign-in/"
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redirect_uri", "https://evil.example/me/national/national/back/"),
        ("redirect_uri", f"{HERE}/me/"),
        ("redirect_uri", "javascript:alert(1)//testserver/me/national/national/back/"),
        ("client_id", "somebody"),
        ("code_challenge_method", "plain"),
        ("code_challenge", ""),
    ],
)
def test_nobody_else_is_sent_a_code(login: NationalLogin, name: str, value: str) -> None:
    client = Client()
    query = {key: values[0] for key, values in parse_qs(urlsplit(asked(client)).query).items()}
    answer = client.get(f"{NATION}/authorize", {**query, name: value, "who": "dana"})
    assert (answer.status_code, "Location" in answer) == (400, False)


def wish(login: NationalLogin) -> dict[str, str]:
    """Return the token request for this code."""
    challenge = urlsafe_b64encode(sha256(b"a-verifier").digest()).decode().rstrip("=")
    asked_for = {"client_id": login.client_id, "redirect_uri": f"{HERE}/me/national/national/back/", "who": "omar"}
    more = {"response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256"}
    back = str(Client().get(f"{NATION}/authorize", asked_for | more)["Location"])
    given = {name: asked_for[name] for name in ("client_id", "redirect_uri")}
    code = parse_qs(urlsplit(back).query)["code"][0]
    return {**given, "client_secret": login.secrets["client"], "code": code, "code_verifier": "a-verifier"}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("", "", 200),
        ("client_secret", "wrong", 401),
        ("client_secret", "", 401),
        ("client_id", "somebody", 401),
        ("code_verifier", "another", 400),
        ("redirect_uri", f"{HERE}/", 400),
        ("code", "made-up", 400),
    ],
)
def test_a_code_is_worth_something_only_to_whoever_asked(
    login: NationalLogin, name: str, value: str, status: int
) -> None:
    assert Client().post(f"{NATION}/token", {**wish(login), name: value}).status_code == status


def test_a_profile_is_for_who_has_its_token(login: NationalLogin) -> None:
    for given in ("", "Bearer made-up", "Basic made-up"):
        assert Client().get(f"{NATION}/userinfo", headers={"authorization": given}).status_code == 401


def test_everybody_is_known_there_once_however_often_the_demo_starts(login: NationalLogin) -> None:
    point_national(HERE)
    point_national("http://127.0.0.1:8055")
    assert Identity.objects.filter(scheme="idp").count() == len(PEOPLE)
    assert NationalLogin.objects.get().issuer == f"http://127.0.0.1:8055{NATION}"


def test_what_an_administrator_set_up_instead_stays(login: NationalLogin) -> None:
    NationalLogin.objects.update(client_id="real", issuer="https://login.gov.example")
    point_national(HERE)
    assert NationalLogin.objects.get().issuer == "https://login.gov.example"


def test_without_the_simulator_it_is_not_there_and_its_row_is_off(login: NationalLogin, settings: Any) -> None:
    settings.KESHER_SIMULATOR = False
    for path in ("", "/.well-known/openid-configuration", "/keys", "/authorize", "/token", "/userinfo"):
        assert Client().get(f"{NATION}{path}").status_code == 404
        assert Client().post(f"{NATION}{path}").status_code == 404
    set_national_login()
    assert not NationalLogin.objects.get().is_active
