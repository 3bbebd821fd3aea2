"""The national login, against a provider that runs here: real redirects, real tokens, real signatures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import oidc_provider_mock
import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from kesher.accounts.models import NationalLogin, SignIn
from kesher.accounts.provider import NationAuth, nonce_of
from kesher.accounts.services import enter_by_national, save_national_login
from kesher.accounts.services.oidc import national_address
from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.models import Audit

NAMES = {"he": "הזדהות לאומית", "en": "National login"}


@pytest.fixture
def provider() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        url = f"http://localhost:{server.server_port}"
        people = {"dana": "דנה לוי", "omar": "عمر حداد"}
        for subject, name in people.items():
            httpx.put(f"{url}/users/{subject}", json={"sub": subject, "name": name}).raise_for_status()
        yield url


@pytest.fixture
def login(city: Agency, provider: str, settings: Any) -> NationalLogin:
    settings.KESHER_SSRF_ALLOW = [urlsplit(provider).netloc]
    return save_national_login(
        key="gov", issuer=provider, client_id="kesher", client_secret="s", names=NAMES, by=SYSTEM
    )


def to_provider(client: Client, after: str = "") -> str:
    """Where the browser is sent."""
    answer = client.get("/me/national/gov/", {"next": after})
    assert answer.status_code == 302
    return str(answer["Location"])


def at_provider(address: str, subject: str = "dana") -> str:
    """The person signs in there: the address to come back by."""
    reply = httpx.post(address, data={"sub": subject})
    assert reply.status_code in (302, 303), reply.text
    parts = urlsplit(reply.headers["location"])
    return f"{parts.path}?{parts.query}"


def there_and_back(client: Client, subject: str = "dana", after: str = "") -> Any:
    return client.get(at_provider(to_provider(client, after), subject))


def test_a_person_comes_back_at_level_three(login: NationalLogin) -> None:
    client = Client()
    assert there_and_back(client, after="/me/keys/")["Location"] == "/me/keys/"
    page = client.get("/me/")
    assert (page.context["level"], page.context["person"].name) == (3, "דנה לוי")
    assert Identity.objects.get(scheme="idp").assurance == 3
    assert Audit.objects.filter(operation="accounts.enter", data__way="national").exists()


def test_the_second_time_it_is_the_same_person(login: NationalLogin) -> None:
    for _time in range(2):
        there_and_back(Client())
    assert Identity.objects.filter(scheme="idp").count() == 1
    assert len({row.contact_id for row in SignIn.objects.all()}) == 1


def test_what_is_sent_binds_the_answer_to_this_browser(login: NationalLogin) -> None:
    query = parse_qs(urlsplit(to_provider(Client())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["nonce"] == [nonce_of(query["state"][0])]
    assert query["redirect_uri"][0].endswith("/me/national/gov/back/")


def test_nobody_can_ask_the_provider_for_more_by_our_link(login: NationalLogin) -> None:
    answer = Client().get("/me/national/gov/", {"auth_params": "prompt=none", "scope": "all"})
    assert "prompt" not in answer["Location"]
    assert set(parse_qs(urlsplit(answer["Location"]).query)["scope"][0].split()) == {"openid", "profile"}


def test_an_answer_opens_nothing_in_another_browser_and_nothing_twice(login: NationalLogin) -> None:
    mine, other = Client(), Client()
    back = at_provider(to_provider(mine))
    assert other.get(back)["Location"] == "/me/sign-in/"
    assert mine.get(back)["Location"] == "/me/"
    assert mine.get(back)["Location"] == "/me/sign-in/"
    assert SignIn.objects.count() == 1


def test_a_provider_that_was_switched_off_leads_nowhere(login: NationalLogin) -> None:
    NationalLogin.objects.update(is_active=False)
    assert Client().get("/me/national/gov/").status_code == 404
    assert Client().get("/me/national/gov/back/?code=1&state=2").status_code == 404


def test_another_bodys_provider_is_not_ours(login: NationalLogin, town: Agency) -> None:
    assert Client().get("/me/national/gov/", headers={"host": "town.example"}).status_code == 404


def test_whoever_turned_back_is_told_and_is_not_in(login: NationalLogin) -> None:
    client = Client()
    state = parse_qs(urlsplit(to_provider(client)).query)["state"][0]
    answer = client.get("/me/national/gov/back/", {"error": "access_denied", "state": state})
    assert answer["Location"] == "/me/sign-in/"
    assert not SignIn.objects.exists()


def test_the_guard_stands_before_the_provider_too(login: NationalLogin, settings: Any) -> None:
    settings.KESHER_SSRF_ALLOW = []
    assert Client().get("/me/national/gov/")["Location"] == "/me/sign-in/"


def test_another_issuer_than_was_set_up_is_refused(login: NationalLogin, provider: str) -> None:
    NationalLogin.objects.update(issuer=f"{provider}/.well-known/openid-configuration")
    assert Client().get("/me/national/gov/")["Location"] == "/me/sign-in/"


def test_a_lower_level_than_was_asked_for_is_refused(login: NationalLogin) -> None:
    NationalLogin.objects.update(acr="urn:eid:high")
    client = Client()
    assert "acr_values=urn" in to_provider(client)
    assert there_and_back(client)["Location"] == "/me/sign-in/"
    assert not SignIn.objects.exists()


class Forged:
    """The provider's answer, signed by somebody else."""

    def __init__(self, provider: str, **claims: Any) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        now = int(time.time())
        self.claims = {"iss": provider, "aud": "kesher", "sub": "dana", "iat": now, "exp": now + 60, **claims}

    def token(self, algorithm: str = "RS256") -> str:
        key: Any = "" if algorithm == "none" else self.key if algorithm == "RS256" else "s" * 32
        return jwt.encode(self.claims, key, algorithm=algorithm, headers={"kid": "1"})


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "none"])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    login: NationalLogin, provider: str, rf: Any, city: Agency, algorithm: str
) -> None:
    request = rf.get("/me/national/gov/back/")
    trip, forged = NationAuth(request, "gov"), Forged(provider, nonce=nonce_of("s"))
    with pytest.raises(OAuth2Error):
        trip.claims(trip.get_provider().app, forged.token(algorithm), "s")


def test_a_token_of_another_sign_in_is_refused(login: NationalLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    back = at_provider(to_provider(client))
    monkeypatch.setattr("kesher.accounts.provider.nonce_of", lambda state: "another")
    assert client.get(back)["Location"] == "/me/sign-in/"


def test_the_number_in_the_register_is_not_kept(login: NationalLogin) -> None:
    address = national_address(login, "000000018")
    assert "000000018" not in address.address
    assert (
        national_address(
            save_national_login(key="other", issuer="https://x.example", client_id="k", client_secret="s", by=SYSTEM),
            "000000018",
        )
        != address
    )


def test_the_clients_secret_is_not_in_the_table(login: NationalLogin) -> None:
    raw = NationalLogin.objects.extra(select={"raw": "secrets"}).values_list("raw", flat=True)
    assert login.secrets["client"] == "s"
    assert "client" not in str(raw[0])


def test_stepping_up_keeps_the_person(login: NationalLogin, dana: Identity) -> None:
    client = browser_of(dana)
    there_and_back(client)
    assert client.get("/me/").context["level"] == 3
    assert Identity.objects.get(scheme="idp").contact_id == dana.contact_id


def test_a_browser_known_by_a_link_alone_gives_nobody_a_national_name(login: NationalLogin, dana: Identity) -> None:
    """The link may have been passed on: whoever opened it is not to become its owner."""
    client = browser_of(dana, level=1)
    there_and_back(client, "omar")
    assert Identity.objects.get(scheme="idp").contact_id != dana.contact_id
    assert client.get("/me/").context["person"].name == "عمر حداد"


def test_nobody_has_two_names_at_one_provider(login: NationalLogin, dana: Identity) -> None:
    client = browser_of(dana)
    there_and_back(client)
    there_and_back(client, "omar")
    assert client.get("/me/").context["person"].pk != dana.contact_id
    dana.contact.refresh_from_db()
    assert dana.contact.merged_into is None


def test_a_number_in_doubt_is_its_old_owners_where_the_provider_says_so(login: NationalLogin, dana: Identity) -> None:
    enter_by_national(login, "dana", before=None)
    Identity.objects.filter(scheme="idp").update(contact=dana.contact)
    client = browser_of(dana, level=1, held=True)
    there_and_back(client)
    assert client.get("/me/").context["person"].pk == dana.contact_id


def test_a_number_in_doubt_gives_its_new_owner_nothing_of_the_old_one(login: NationalLogin, dana: Identity) -> None:
    client = browser_of(dana, level=1, held=True)
    there_and_back(client, "omar")
    assert client.get("/me/").context["person"].pk != dana.contact_id
    assert get_or_create_identity(Address("tel", dana.address)).contact_id == dana.contact_id
