"""The administrators' page of single sign-on: who may change it, what a change does, and who has to agree."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from conftest import signed_in
from kesher.accounts.models import NationalLogin, StaffMail, StaffProvider, StaffSubject
from kesher.accounts.provider import find_fault
from kesher.accounts.services import save_national_login, save_staff_provider
from kesher.accounts.services.staff_mail import send_due_mails
from kesher.accounts.tests.provider_acting import FORM, at_work, operations, ready, set_up, there_and_back
from kesher.accounts.tests.staff_acting import Postbox, lately_unlocked, let_days_pass, prove, second_admin
from kesher.agencies.models import Staff
from kesher.channels.services import provider_calls
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.models import Audit

PAGE = "/desk/single-sign-on/"
AGREE, TEST = f"{PAGE}agree/", f"{PAGE}test/"


@pytest.fixture
def asked(provider: str, admin: Staff) -> StaffProvider:
    """The administrator wants the provider's second step to replace ours."""
    row = set_up(provider, admin, asks_second=True)
    let_days_pass()
    return row


def tell(client: Client, path: str = PAGE) -> str:
    """Return what the next page says."""
    return str([str(message) for message in client.get(path).context["messages"]])


def test_an_administrator_sets_it_up_and_the_secret_is_never_shown(admins: Client, provider: str) -> None:
    form = {**FORM, "issuer": provider, "client_secret": "top-secret-value"}
    assert admins.post(PAGE, form)["Location"] == PAGE
    row = StaffProvider.objects.get()
    assert (row.issuer, row.secrets["client"], row.replaces_second) == (provider, "top-secret-value", False)
    page = admins.get(PAGE).content.decode()
    assert "http://testserver/desk/login/provider/back/" in page
    assert "top-secret-value" not in page
    raw = StaffProvider.objects.extra(select={"raw": "secrets"}).values_list("raw", flat=True)
    assert "top-secret-value" not in str(raw[0])
    assert not Audit.objects.filter(data__icontains="top-secret-value").exists()


@pytest.mark.parametrize("path", [PAGE, TEST, AGREE, f"{PAGE}1/separate/"])
def test_clerks_managers_and_strangers_may_not(
    asked: StaffProvider, ruths: Client, miriams: Client, sashas: Client, path: str
) -> None:
    before = Audit.objects.count()
    for client in (ruths, miriams, sashas):
        assert client.post(path, {**FORM, "issuer": asked.issuer, "as_of": asked.version}).status_code == 403
    assert "/desk/login/" in Client().post(path)["Location"]
    assert Audit.objects.count() == before


def test_every_step_asks_for_a_fresh_second_step(asked: StaffProvider) -> None:
    ready(ruth := Staff.objects.get())
    there_and_back(Client())
    bound = StaffSubject.objects.get(staff=ruth)
    client = lately_unlocked(second_admin())
    for path in (TEST, AGREE, f"{PAGE}{bound.pk}/separate/", PAGE):
        answer = client.post(path, {**FORM, "issuer": "https://evil.example", "client_secret": "x"})
        assert answer["Location"].startswith("/desk/second/")
    assert client.get(PAGE)["Location"].startswith("/desk/second/")
    assert StaffProvider.objects.get().issuer == asked.issuer
    assert StaffSubject.objects.filter(pk=bound.pk).exists()


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "https:/id", "javascript:alert(1)", "http://localhost.evil.example", ""]
)
def test_an_issuer_has_to_be_https(admins: Client, provider: str, issuer: str) -> None:
    answer = admins.post(PAGE, {**FORM, "issuer": issuer, "client_secret": "s"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["issuer"])
    assert not StaffProvider.objects.exists()


def test_a_host_that_begins_like_a_permitted_one_is_another(admins: Client, provider: str) -> None:
    answer = admins.post(PAGE, {**FORM, "issuer": f"{provider}.evil.example", "client_secret": "s"})
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_what_the_provider_names_has_to_be_https_too(name: str) -> None:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    config = {"issuer": "https://id.example", **{one: f"https://id.example/{one}" for one in names}}
    assert find_fault(config, "https://id.example/") == ""
    assert find_fault({**config, name: "http://id.example/x"}, "https://id.example") == f"{name} is not https"
    assert "another issuer" in find_fault(config, "https://other.example")


@pytest.mark.parametrize("change", [{"issuer": "https://other.example"}, {"client_id": "other"}])
def test_another_provider_or_client_needs_the_secret_again_and_knows_nobody(
    sso: StaffProvider, ruth: Staff, admin: Staff, admins: Client, change: dict[str, str]
) -> None:
    ready(ruth)
    there_and_back(Client())
    form = {**FORM, "issuer": sso.issuer, **change}
    assert list(admins.post(PAGE, form).context["form"].errors) == ["client_secret"]
    with pytest.raises(Refused):
        save_staff_provider(client_secret="", by=admin, **change)
    assert StaffSubject.objects.count() == 1
    assert admins.post(PAGE, {**form, "client_secret": "new"}).status_code == 302
    assert not StaffSubject.objects.exists()
    assert StaffProvider.objects.get().secrets["client"] == "new"


def test_another_name_keeps_secret_and_people(sso: StaffProvider, ruth: Staff, admins: Client) -> None:
    ready(ruth)
    there_and_back(Client())
    assert admins.post(PAGE, {**FORM, "name": "Town hall", "issuer": sso.issuer}).status_code == 302
    row = StaffProvider.objects.get()
    assert (row.name, row.secrets) == ("Town hall", sso.secrets)
    assert StaffSubject.objects.count() == 1


def test_a_new_provider_needs_a_secret(admins: Client, provider: str) -> None:
    assert list(admins.post(PAGE, {**FORM, "issuer": provider}).context["form"].errors) == ["client_secret"]


def test_the_secret_of_a_national_login_stays_with_its_provider_too(admins: Client, provider: str) -> None:
    values = {"issuer": provider, "client_id": "kesher", "scope": "openid"}
    row = save_national_login(key="gov", client_secret="s", names={"he": "הזדהות"}, by=SYSTEM, **values)
    form = {**values, "name_he": "הזדהות", "is_active": "on"}
    page = f"/desk/national/{row.pk}/"
    for change in ({"issuer": "https://other.example"}, {"client_id": "other"}):
        assert list(admins.post(page, {**form, **change}).context["form"].errors) == ["client_secret"]
        with pytest.raises(Refused):
            save_national_login(key="gov", client_secret="", by=SYSTEM, **change)
    assert NationalLogin.objects.get().issuer == provider
    assert admins.post(page, {**form, "client_id": "other", "client_secret": "new"}).status_code == 302
    assert admins.post(page, {**form, "client_id": "other", "scope": "openid profile"}).status_code == 302
    assert NationalLogin.objects.get().secrets["client"] == "new"


def test_a_second_administrator_agrees_and_only_for_what_they_saw(asked: StaffProvider, admins: Client) -> None:
    tamar = signed_in(second_admin())
    assert AGREE not in admins.get(PAGE).content.decode()
    assert AGREE in tamar.get(PAGE).content.decode()
    tamar.post(AGREE, {"as_of": "2026-01-01T00:00:00+00:00"})
    assert not StaffProvider.objects.get().replaces_second
    tamar.post(AGREE, {"as_of": asked.version})
    assert StaffProvider.objects.get().replaces_second
    admins.post(PAGE, {**FORM, "issuer": asked.issuer, "acr": "low", "asks_second": "on"})
    assert not StaffProvider.objects.get().replaces_second, "another level is another agreement"
    assert {"accounts.set_up_staff_provider", "accounts.agree_to_second_step"} <= operations()


def test_nobody_agrees_with_themselves(asked: StaffProvider, admins: Client) -> None:
    admins.post(AGREE, {"as_of": asked.version})
    assert not StaffProvider.objects.get().replaces_second


def test_an_administrator_of_today_does_not_count(asked: StaffProvider) -> None:
    signed_in(second_admin(days=0)).post(AGREE, {"as_of": asked.version})
    assert not StaffProvider.objects.get().replaces_second


def test_whom_the_asker_let_in_does_not_count(asked: StaffProvider, admin: Staff) -> None:
    tamar = second_admin()
    Audit.objects.filter(operation="agencies.add_staff", subject_id=str(tamar.pk)).update(
        actor_kind="staff", actor_id=admin.pk
    )
    signed_in(tamar).post(AGREE, {"as_of": asked.version})
    assert not StaffProvider.objects.get().replaces_second


def test_what_a_former_administrator_asked_for_nobody_agrees_to(asked: StaffProvider, admin: Staff) -> None:
    tamar = signed_in(second_admin())
    Staff.objects.filter(pk=admin.pk).update(role="clerk")
    tamar.post(AGREE, {"as_of": asked.version})
    assert not StaffProvider.objects.get().replaces_second


def test_the_other_administrators_get_a_mail(postbox: Postbox, provider: str, admin: Staff) -> None:
    prove(admin, "admin@neve-yam.example")
    prove(tamar := second_admin(), "tamar@neve-yam.example")
    row = set_up(provider, admin)
    send_due_mails()
    assert [mail["To"] for mail in postbox.got] == ["tamar@neve-yam.example"]
    assert postbox.path() == PAGE
    save_staff_provider(client_secret="", by=tamar, name="Town hall")
    assert StaffMail.objects.count() == 1, "a name changes nothing of how people sign in"
    assert row.changed_by == admin


def test_a_colleague_is_separated_and_found_by_mail_again(sso: StaffProvider, ruth: Staff, admins: Client) -> None:
    ready(ruth)
    there_and_back(Client())
    at_work(sso.issuer, "r-2")
    bound = StaffSubject.objects.get()
    assert ruth.name in admins.get(PAGE).content.decode()
    admins.post(f"{PAGE}{bound.pk}/separate/")
    assert not StaffSubject.objects.exists()
    assert there_and_back(Client(), "r-2")["Location"] == "/desk/second/"
    assert "accounts.unbind_staff" in operations()


def test_the_connection_is_checked_by_the_guarded_client(sso: StaffProvider, admins: Client, settings: Any) -> None:
    StaffProvider.objects.update(is_active=False)  # before it is switched on
    admins.post(TEST)
    good = tell(admins)
    settings.KESHER_SSRF_ALLOW = []
    admins.post(TEST)
    bad = tell(admins)
    assert "localhost" in bad
    assert "localhost" not in good
    assert len(good) > 5


def test_another_issuer_is_told_by_the_check(sso: StaffProvider, admins: Client) -> None:
    StaffProvider.objects.update(issuer=f"{sso.issuer}/.well-known/openid-configuration")
    admins.post(TEST)
    assert "another issuer" in tell(admins)


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_provider_that_says_nothing_has_five_seconds(
    admins: Client, admin: Staff, silent: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider_calls.PATIENCE == 5
    monkeypatch.setattr(provider_calls, "PATIENCE", 0.05)
    settings.KESHER_SSRF_ALLOW = [silent]
    set_up(f"http://{silent}", admin)
    admins.post(TEST)
    assert "no answer in time" in tell(admins)
