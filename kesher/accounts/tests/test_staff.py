"""The second step of staff: nobody is in before it, and the first sign-in sets it up."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from conftest import signed_in
from kesher.accounts.services import add_app, new_recovery_codes
from kesher.accounts.services.mfa import TRIES
from kesher.accounts.tests.acting import app_code
from kesher.agencies.models import Agency, Staff
from kesher.agencies.staff_login import SECOND, WAITING, WAITING_SECONDS
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def app(ruth: Staff) -> Staff:
    """Ruth has an app."""
    cache.clear()  # allauth stores used codes there, and the last test used the same
    add_app(ruth.user, SECRET, by=SYSTEM)
    return ruth


def password_given(name: str = "ruth", after: str = "/desk/channels/") -> Client:
    client = Client()
    answer = client.post("/desk/login/", {"username": name, "password": "a-long-password", "next": after})
    assert answer["Location"] == "/desk/second/"
    return client


def test_a_password_alone_opens_nothing(app: Staff) -> None:
    client = password_given()
    for path in ("/desk/", "/desk/channels/", "/desk/password/", "/desk/second/keys/"):
        assert client.get(path).status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_code_opens_the_desk_and_the_trail_says_so(app: Staff) -> None:
    client = password_given()
    assert client.post("/desk/second/", {"code": app_code(SECRET)})["Location"] == "/desk/channels/"
    assert client.get("/desk/channels/").status_code == 200
    verbs = set(Audit.objects.values_list("operation", flat=True))
    assert {"accounts.use_key", "agencies.sign_in"} <= verbs


def test_a_code_opens_once(app: Staff) -> None:
    code = app_code(SECRET)
    password_given().post("/desk/second/", {"code": code})
    assert password_given().post("/desk/second/", {"code": code}).status_code == 422


def test_a_code_opens_once_even_where_another_process_forgot(app: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """allauth remembers used codes in one process; ours are remembered by the database."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda *_args: True)
    code = app_code(SECRET)
    password_given().post("/desk/second/", {"code": code})
    assert password_given().post("/desk/second/", {"code": code}).status_code == 422


def test_a_wrong_code_opens_nothing(app: Staff) -> None:
    client = password_given()
    assert client.post("/desk/second/", {"code": "000000"}).status_code == 422
    assert client.get("/desk/").status_code == 302


def test_after_many_tries_even_the_right_code_waits(app: Staff) -> None:
    client = password_given()
    for _try in range(TRIES):
        client.post("/desk/second/", {"code": "000000"})
    assert client.post("/desk/second/", {"code": app_code(SECRET)}).status_code == 422


def test_the_second_step_has_ten_minutes(app: Staff) -> None:
    client = password_given()
    session = client.session
    session[WAITING] = {**session[WAITING], "at": time.time() - WAITING_SECONDS - 1}
    session.save()
    assert "/desk/login/" in client.post("/desk/second/", {"code": app_code(SECRET)})["Location"]


def test_whoever_left_between_the_steps_is_not_let_in(app: Staff) -> None:
    client = password_given()
    Staff.objects.filter(pk=app.pk).update(is_active=False)
    assert client.post("/desk/second/", {"code": app_code(SECRET)}).status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_session_has_a_new_name_after_each_step(app: Staff) -> None:
    client = Client()
    client.get("/desk/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    assert session.session_key
    client.cookies["sessionid"] = session.session_key
    client.post("/desk/login/", {"username": "ruth", "password": "a-long-password"})
    between = client.session.session_key
    assert between != session.session_key
    assert "planted" not in client.session
    client.post("/desk/second/", {"code": app_code(SECRET)})
    assert client.session.session_key != between


def test_a_session_without_the_second_step_is_nobodys(app: Staff) -> None:
    client = Client()
    client.force_login(app.user)
    assert "/desk/login/" in client.get("/desk/channels/")["Location"]
    assert SECOND not in client.session


def test_the_first_sign_in_sets_the_second_step_up(ruth: Staff) -> None:
    client = password_given()
    assert client.get("/desk/second/")["Location"] == "/desk/second/set-up/"
    page = client.get("/desk/second/set-up/")
    assert b'class="qr"' in page.content
    done = client.post("/desk/second/set-up/", {"code": app_code(client.session["mfa.totp.secret"])})
    assert len(done.context["codes"]) == 10
    assert client.get("/desk/channels/").status_code == 200
    assert Authenticator.objects.filter(user=ruth.user).count() == 2


def test_whoever_has_a_key_cannot_set_another_up_with_the_password_alone(app: Staff) -> None:
    client = password_given()
    assert client.get("/desk/second/set-up/")["Location"] == "/desk/second/"
    client.post("/desk/second/set-up/", {"code": app_code(SECRET)})
    assert Authenticator.objects.count() == 1
    assert client.get("/desk/").status_code == 302


def test_the_secrets_are_encrypted(app: Staff) -> None:
    new_recovery_codes(app.user, by=SYSTEM)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept
    assert kept.count("gAAAA") == 2  # Fernet


def test_a_recovery_code_opens_once(app: Staff) -> None:
    code = new_recovery_codes(app.user, by=SYSTEM)[0]
    assert password_given().post("/desk/second/", {"code": code}).status_code == 302
    assert password_given().post("/desk/second/", {"code": code}).status_code == 422


def test_new_recovery_codes_make_the_old_ones_worthless(app: Staff) -> None:
    old = new_recovery_codes(app.user, by=SYSTEM)[0]
    new_recovery_codes(app.user, by=SYSTEM)
    assert password_given().post("/desk/second/", {"code": old}).status_code == 422


def test_keys_are_changed_only_by_whoever_has_just_shown_one(app: Staff) -> None:
    client = signed_in(app)
    session = client.session
    session[SECOND] = {"way": "app", "at": time.time() - 3600}
    session.save()
    for path in ("/desk/second/codes/", f"/desk/second/keys/{Authenticator.objects.get().pk}/remove/"):
        assert client.post(path)["Location"] == "/desk/second/?next=%2Fdesk%2Fsecond%2Fkeys%2F"
    assert client.get("/desk/second/set-up/")["Location"].startswith("/desk/second/?next=")
    client.post("/desk/second/", {"code": app_code(SECRET), "next": "/desk/second/keys/"})
    assert client.post("/desk/second/codes/").status_code == 200


def test_the_last_key_stays(app: Staff) -> None:
    signed_in(app).post(f"/desk/second/keys/{Authenticator.objects.get().pk}/remove/")
    assert Authenticator.objects.count() == 1


def test_nobody_removes_a_colleagues_key(app: Staff, miriam: Staff) -> None:
    for number in ("1", "2"):
        Authenticator.objects.create(user=miriam.user, type="webauthn", data={"name": number})
    theirs = Authenticator.objects.get(user=app.user)
    assert signed_in(miriam).post(f"/desk/second/keys/{theirs.pk}/remove/").status_code == 404


def test_others_may_not_and_he_may_not_his_own(app: Staff, miriam: Staff, admin: Staff, sasha: Staff) -> None:
    add_app(admin.user, SECRET, by=SYSTEM)
    for who, whose in ((miriam, app), (app, app), (sasha, app), (admin, admin)):
        signed_in(who).post(f"/desk/staff/{whose.pk}/second/", {"do": "ask"})
    assert Authenticator.objects.count() == 2


def test_the_keys_of_who_also_serves_elsewhere_are_not_forgotten_here(app: Staff, admin: Staff, town: Agency) -> None:
    with scope(town):
        Staff.objects.create(agency=town, user=app.user, name="רותי")
    signed_in(admin).post(f"/desk/staff/{app.pk}/second/", {"do": "ask"})
    assert Authenticator.objects.count() == 1


NEW = {"name_he": "הזדהות", "key": "gov", "issuer": "https://id.example", "client_id": "kesher", "client_secret": "s",
       "scope": "openid", "is_active": "on"}  # fmt: skip


def test_an_administrator_sets_a_national_login_up(admin: Staff) -> None:
    client = signed_in(admin)
    assert client.post("/desk/national/new/", NEW)["Location"] == "/desk/national/"
    assert "הזדהות" in client.get("/desk/national/").content.decode()
    assert Audit.objects.filter(operation="accounts.set_up_national").exists()


def test_a_provider_without_tls_may_not_be_set_up(admin: Staff) -> None:
    assert signed_in(admin).post("/desk/national/new/", {**NEW, "issuer": "http://id.example"}).status_code == 422


def test_a_manager_may_not_set_a_national_login_up(miriam: Staff) -> None:
    assert signed_in(miriam).post("/desk/national/new/", NEW).status_code == 403
