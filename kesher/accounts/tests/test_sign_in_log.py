"""The staff's sign-in log: what is written down, who reads it, and "this was not me"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client

from conftest import signed_in
from kesher.accounts.models import StaffLink, StaffMail
from kesher.accounts.services import add_app
from kesher.accounts.services.staff_passwords import create_link
from kesher.accounts.tasks import LOGGED_FOR, forget_old_sign_ins
from kesher.accounts.tests.acting import app_code
from kesher.accounts.tests.staff_acting import SECRET, Postbox, prove
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.services import record_sign_in
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LOG, MINE = "/desk/staff/sign-ins/", "/desk/sign-ins/"
Outcome = StaffSignIn.Outcome


@pytest.fixture
def app(ruth: Staff) -> Staff:
    """Ruth has an app."""
    cache.clear()
    add_app(ruth.user, SECRET, by=SYSTEM)
    return ruth


def browser() -> Client:
    return Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=FIREFOX)


def try_in(name: str, word: str = "a-long-password") -> Client:
    client = browser()
    client.post("/desk/login/", {"username": name, "password": word})
    return client


def outcomes() -> list[str]:
    return list(StaffSignIn.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_sign_in_and_a_sign_out_are_entries_with_network_and_browser(app: Staff) -> None:
    client = try_in("ruth")
    assert outcomes() == [], "the password alone is no sign-in"
    client.post("/desk/second/", {"code": app_code(SECRET)})
    client.post("/desk/logout/")
    assert outcomes() == [Outcome.SIGNED_IN, Outcome.SIGNED_OUT]
    row = StaffSignIn.objects.first()
    assert row is not None
    assert (row.staff, row.network, row.browser) == (app, "203.0.113.0/24", "Firefox, Linux")


def test_wrong_passwords_and_second_steps_are_entries(app: Staff) -> None:
    try_in("ruth", "wrong")
    try_in("ruth").post("/desk/second/", {"code": "000000"})
    assert outcomes() == [Outcome.WRONG_PASSWORD, Outcome.WRONG_SECOND]


def test_an_account_that_is_closed_is_an_entry(app: Staff) -> None:
    Staff.objects.filter(pk=app.pk).update(is_active=False)
    try_in("ruth")
    assert outcomes() == [Outcome.CLOSED]


def test_too_many_tries_are_entries(app: Staff) -> None:
    for _try in range(11):
        try_in("ruth", "wrong")
    assert outcomes() == [Outcome.WRONG_PASSWORD] * 10 + [Outcome.LOCKED]


def test_a_name_that_nobody_has_and_a_password_are_not_stored(app: Staff, admins: Client) -> None:
    try_in("my-secret-word", "another-secret-word")
    row = StaffSignIn.objects.get()
    assert (row.staff, row.outcome) == (None, Outcome.WRONG_PASSWORD)
    for page in (LOG, f"{LOG}export/"):
        assert "secret-word" not in admins.get(page).content.decode()
    assert not Audit.objects.filter(data__icontains="secret-word").exists()


def test_one_network_fills_the_log_no_further_than_its_limit(ruth: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.agencies.sign_in_log.FAILURES_AN_HOUR", 2)
    for _try in range(4):
        try_in("nobody", "wrong")
    assert StaffSignIn.objects.count() == 2


def test_an_administrator_filters_by_person_and_outcome(ruth: Staff, miriam: Staff, admins: Client) -> None:
    record_sign_in(Outcome.SIGNED_IN, ruth)
    record_sign_in(Outcome.WRONG_SECOND, miriam)
    record_sign_in(Outcome.WRONG_PASSWORD, None)
    for query, found in (
        ("", [None, miriam, ruth]),
        (f"?person={miriam.pk}", [miriam]),
        ("?person=unknown", [None]),
        ("?outcome=signed_in", [ruth]),
        (f"?person={ruth.pk}&outcome=second", []),
        ("?person=-1&outcome=x", [None, miriam, ruth]),
    ):
        assert [row.staff for row in admins.get(LOG + query).context["entries"]] == found, query


def test_further_pages_keep_the_filter(ruth: Staff, miriam: Staff, admins: Client) -> None:
    for _entry in range(51):
        record_sign_in(Outcome.SIGNED_IN, ruth)
    record_sign_in(Outcome.SIGNED_IN, miriam)
    page = admins.get(f"{LOG}?person={ruth.pk}")
    assert len(page.context["entries"]) == 50
    assert len(admins.get(LOG + page.context["next"]).context["entries"]) == 1


def test_the_file_has_what_the_page_shows_and_reading_is_audited(ruth: Staff, miriam: Staff, admins: Client) -> None:
    record_sign_in(Outcome.SIGNED_IN, ruth, network="203.0.113.0/24", browser="=1+1")
    record_sign_in(Outcome.LOCKED, miriam)
    lines = admins.get(f"{LOG}export/?person={ruth.pk}").content.decode().splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(",'=1+1,203.0.113.0/24")
    row = Audit.objects.get(operation="agencies.read_page")
    assert (row.data["page"], row.data["asked"]) == (f"{LOG}export/", {"person": str(ruth.pk)})


def test_only_administrators_read_the_log(ruths: Client, miriams: Client, sashas: Client) -> None:
    for client in (ruths, miriams, sashas):
        assert client.get(LOG).status_code == 403
        assert client.get(f"{LOG}export/").status_code == 403


def test_entries_of_another_agency_are_not_shown(sasha: Staff, admins: Client) -> None:
    with scope(sasha.agency):
        record_sign_in(Outcome.SIGNED_IN, sasha)
    assert admins.get(LOG).context["entries"] == []
    assert admins.get(f"{LOG}?person={sasha.pk}").context["entries"] == []


def test_everybody_sees_their_own_last_ten(ruth: Staff, miriam: Staff, ruths: Client) -> None:
    record_sign_in(Outcome.SIGNED_IN, miriam)
    for _entry in range(12):
        record_sign_in(Outcome.SIGNED_IN, ruth)
    assert [row.staff_id for row in ruths.get(MINE).context["entries"]] == [ruth.pk] * 10


def test_this_was_not_me_ends_the_other_browsers_and_asks_for_a_new_password(ruth: Staff, miriams: Client) -> None:
    mine, theirs = signed_in(ruth), signed_in(ruth)
    assert mine.post(f"{MINE}not-me/")["Location"] == "/desk/password/"
    assert theirs.get(MINE).status_code == 302
    assert mine.get(MINE).status_code == 200
    assert miriams.get(MINE).status_code == 200, "a colleague stays signed in"
    assert outcomes() == [Outcome.DISOWNED]
    assert Audit.objects.get(operation="accounts.disown_sign_in").data["ended"] == 1


def test_a_stranger_disowns_nothing(ruth: Staff, ruths: Client) -> None:
    assert Client().post(f"{MINE}not-me/").status_code == 302
    assert ruths.get(f"{MINE}not-me/").status_code == 405
    assert outcomes() == []


def test_entries_are_deleted_after_180_days(ruth: Staff) -> None:
    record_sign_in(Outcome.SIGNED_IN, ruth)
    StaffSignIn.objects.update(at=F("at") - LOGGED_FOR - timedelta(hours=1))
    recent = record_sign_in(Outcome.SIGNED_OUT, ruth)
    forget_old_sign_ins()
    assert list(StaffSignIn.objects.all()) == [recent]


def test_administrators_are_told_of_a_sign_in_that_was_not_a_colleagues(
    postbox: Postbox, ruth: Staff, admin: Staff, ruths: Client
) -> None:
    prove(admin, "admin@neve-yam.example")
    prove(ruth, "ruth@neve-yam.example")
    ruths.post(f"{MINE}not-me/")
    mail = StaffMail.objects.get()
    assert mail.recipient == "admin@neve-yam.example"
    assert ruth.name in mail.content["text"]


def test_this_was_not_me_ends_links_that_were_asked_for(ruth: Staff, ruths: Client) -> None:
    for purpose in (StaffLink.Purpose.PASSWORD, StaffLink.Purpose.ADDRESS):
        create_link(ruth, purpose, mail="evil@elsewhere.example")
    ruths.post(f"{MINE}not-me/")
    assert not StaffLink.objects.exists()
