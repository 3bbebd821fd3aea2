"""Invitations and lost passwords of staff, with a real mail server."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from conftest import signed_in
from kesher.accounts.models import StaffAddress, StaffInvitation, StaffLink, StaffMail
from kesher.accounts.registrations import have_administrators_addresses
from kesher.accounts.services import add_app, staff_mail
from kesher.accounts.services.staff_mail import TRIES_MOST, proved_mail, send_due_mails
from kesher.accounts.tests.acting import app_code
from kesher.accounts.tests.staff_acting import CHOSEN, NEW_PASSWORD, NOA, SECRET, Postbox, let_days_pass, prove
from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import add_staff
from kesher.channels.models import Account
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit

# Invitations


def test_an_invited_person_chooses_a_password_and_sets_the_second_step_up(invited: str) -> None:
    client = Client()
    assert client.get(invited).status_code == 200
    assert client.post(invited, CHOSEN)["Location"] == "/desk/second/"
    assert client.get("/desk/second/")["Location"] == "/desk/second/set-up/"
    client.get("/desk/second/set-up/")
    client.post("/desk/second/set-up/", {"code": app_code(client.session["mfa.totp.secret"])})
    assert client.get("/desk/").status_code == 200
    noa = Staff.objects.get(user__username="noa")
    assert (noa.role, noa.languages) == ("manager", ["he", "ar"])


def test_the_invitation_is_in_the_language_that_was_chosen(invited: str, postbox: Postbox) -> None:
    assert postbox.got[-1]["to"] == "noa@neve-yam.example"
    assert "مدينة" in postbox.text() or "بلدية" in postbox.text()


def test_a_link_opens_once(invited: str) -> None:
    Client().post(invited, CHOSEN)
    assert Client().get(invited).status_code == 410
    assert Client().post(invited, {**CHOSEN, "username": "noa2"}).status_code == 410
    assert User.objects.filter(username__startswith="noa").count() == 1


def test_a_withdrawn_invitation_opens_nothing(invited: str, admins: Client) -> None:
    admins.post(f"/desk/staff/invitations/{StaffInvitation.objects.get().pk}/withdraw/")
    assert Client().post(invited, CHOSEN).status_code == 410
    assert not User.objects.filter(username="noa").exists()


def test_an_invitation_opens_nothing_after_three_days(invited: str) -> None:
    StaffInvitation.objects.update(expires_at=timezone.now())
    assert Client().post(invited, CHOSEN).status_code == 410


def test_the_list_says_until_when_an_invitation_is_good(invited: str, admins: Client) -> None:
    until = timezone.localtime(StaffInvitation.objects.get().expires_at)
    assert f"{date_format(until, 'DATETIME_FORMAT')}</p>" in admins.get("/desk/staff/").content.decode()


def test_an_invitation_sent_again_replaces_the_former_link(invited: str, admins: Client, postbox: Postbox) -> None:
    admins.post(f"/desk/staff/invitations/{StaffInvitation.objects.get().pk}/again/")
    send_due_mails()
    assert Client().get(invited).status_code == 410
    assert Client().get(postbox.path()).status_code == 200


def test_an_invitation_of_a_former_administrator_opens_nothing(invited: str, admin: Staff) -> None:
    Staff.objects.filter(pk=admin.pk).update(role="clerk")
    assert Client().post(invited, CHOSEN).status_code == 410


def test_neither_a_colleague_nor_an_invited_address_is_invited_again(invited: str, admins: Client, ruth: Staff) -> None:
    prove(ruth, "ruth@neve-yam.example")
    for mail in ("RUTH@neve-yam.example", "noa@neve-yam.example"):
        answer = admins.post("/desk/staff/new/", {**NOA, "mail": mail})
        assert answer.status_code == 422
    assert StaffInvitation.objects.count() == 1


def test_whoever_is_no_administrator_may_not_invite(ruths: Client, miriams: Client, sashas: Client) -> None:
    for client in (ruths, miriams, sashas):
        assert client.post("/desk/staff/new/", NOA).status_code == 403
    assert not StaffInvitation.objects.exists()


def test_another_agencys_invitation_is_out_of_reach(invited: str, town: Agency) -> None:
    assert Client(HTTP_HOST="town.example").get(invited).status_code == 410
    with scope(town):
        boss = add_staff(username="boss", name="ראש", password="a-long-password", role="admin")
    row = StaffInvitation.objects.get()
    client = Client(HTTP_HOST="town.example")
    client.cookies = signed_in(boss).cookies
    assert client.post(f"/desk/staff/invitations/{row.pk}/withdraw/").status_code == 404


def test_a_name_that_is_taken_is_not_given_again(invited: str, sasha: Staff) -> None:
    assert Client().post(invited, {**CHOSEN, "username": "Sasha"}).status_code == 422
    assert StaffInvitation.objects.get().accepted_at is None


def test_a_link_that_is_replaced_while_it_is_accepted_opens_nothing(
    invited: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = StaffInvitation.objects.select_related("invited_by__agency").get()
    StaffInvitation.objects.update(digest="of a newer link")
    monkeypatch.setattr("kesher.accounts.services.staff_invitations.find_invitation", lambda _key: row)
    assert Client().post(invited, CHOSEN).status_code == 422
    assert StaffInvitation.objects.get().accepted_at is None


def test_neither_the_link_nor_its_mail_can_be_read_in_the_database(invited: str) -> None:
    key = invited.strip("/").rpartition("/")[2]
    for table in (StaffInvitation, StaffMail):
        assert key not in str(list(table.objects.values()))
    assert key not in str(list(Audit.objects.values()))


def test_without_outgoing_mail_the_link_is_shown_once_and_proves_no_address(admins: Client) -> None:
    page = admins.post("/desk/staff/new/", NOA)
    found = re.search(r"https?://[^/\s]+(/desk/join/[^<\s]+)", page.content.decode())
    assert found
    assert found[1] not in admins.get("/desk/staff/").content.decode()
    Client().post(found[1], CHOSEN)
    assert StaffAddress.objects.get().proved_at is None


def test_invitations_to_one_address_are_limited(invited: str, admins: Client) -> None:
    for _again in range(6):
        admins.post(f"/desk/staff/invitations/{StaffInvitation.objects.get().pk}/again/")
    assert StaffMail.objects.count() == 5


def test_a_mail_that_cannot_be_sent_is_given_up_and_emptied(mailbox: Account, admins: Client) -> None:
    Account.objects.update(settings={"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_tls": "none"})
    admins.post("/desk/staff/new/", NOA)
    for _try in range(TRIES_MOST):
        StaffMail.objects.update(due_at=timezone.now())
        send_due_mails()
    mail = StaffMail.objects.get()
    assert (mail.state, mail.content) == ("failed", {})
    assert "note-box bad" in admins.get("/desk/staff/").text, "whoever invited sees it"


def test_a_mail_server_may_be_away_for_hours(mailbox: Account, admins: Client) -> None:
    Account.objects.update(settings={"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_tls": "none"})
    admins.post("/desk/staff/new/", NOA)
    began = timezone.now()
    for _try in range(TRIES_MOST - 1):
        StaffMail.objects.update(due_at=timezone.now())
        send_due_mails()
    mail = StaffMail.objects.get()
    assert mail.state == "queued"
    assert mail.due_at > began + timedelta(hours=1)


def test_a_mail_that_one_process_sends_another_does_not(
    postbox: Postbox, admins: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def send_while_another_looks(row: StaffMail) -> None:
        sent.append(row.pk)
        assert send_due_mails() == 0

    monkeypatch.setattr(staff_mail, "send_mail", send_while_another_looks)
    admins.post("/desk/staff/new/", NOA)
    assert send_due_mails() == 1
    assert len(sent) == 1


def test_a_mail_with_a_fault_does_not_stop_those_after_it(
    postbox: Postbox, admins: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(staff_mail, "post", fail)
    for mail in ("one@neve-yam.example", "two@neve-yam.example"):
        admins.post("/desk/staff/new/", {**NOA, "mail": mail})
    assert send_due_mails() == 2
    assert set(StaffMail.objects.values_list("tries", "state")) == {(1, "queued")}


# Lost passwords


@pytest.fixture
def lost(postbox: Postbox, ruth: Staff) -> str:
    """Ruth lost a password: the path of the link."""
    prove(ruth, "ruth@neve-yam.example")
    let_days_pass()
    Client().post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
    send_due_mails()
    return postbox.path()


def test_a_new_password_is_chosen_by_the_link_and_the_second_step_is_still_asked(
    lost: str, ruth: Staff, ruths: Client, postbox: Postbox
) -> None:
    add_app(ruth.user, SECRET, by=SYSTEM)
    client = Client()
    assert client.post(lost, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})["Location"] == "/desk/second/"
    assert client.get("/desk/").status_code == 302
    assert client.get("/desk/second/set-up/")["Location"] == "/desk/second/"
    assert ruths.get("/desk/").status_code == 302, "other sessions have ended"
    send_due_mails()
    assert len(postbox.got) == 2
    assert User.objects.get(username="ruth").check_password(NEW_PASSWORD)


def test_the_answer_is_the_same_whether_the_address_is_known(lost: str) -> None:
    known, unknown = (
        Client().post("/desk/password/lost/", {"mail": mail}).content
        for mail in ("ruth@neve-yam.example", "nobody@neve-yam.example")
    )
    assert known == unknown
    assert StaffMail.objects.filter(recipient="nobody@neve-yam.example").count() == 0


@pytest.mark.parametrize("spoil", ["expired", "address", "left", "used"])
def test_a_link_that_is_not_good_any_more_changes_no_password(lost: str, ruth: Staff, spoil: str) -> None:
    now = timezone.now()
    if spoil == "expired":
        StaffLink.objects.update(expires_at=now)
    elif spoil == "address":
        StaffAddress.objects.update(mail="other@neve-yam.example")
    elif spoil == "left":
        Staff.objects.filter(pk=ruth.pk).update(is_active=False)
    else:
        StaffLink.objects.update(used_at=now)
    assert Client().post(lost, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}).status_code == 410
    assert User.objects.get(username="ruth").check_password("a-long-password")


def test_a_link_changes_no_password_that_opens_another_agency(
    lost: str, ruth: Staff, admins: Client, town: Agency
) -> None:
    add_app(ruth.user, SECRET, by=SYSTEM)
    with scope(town):
        Staff.objects.create(agency=town, user=ruth.user, name="רותי", role="admin")
    assert Client().post(lost, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}).status_code == 410
    mails = StaffMail.objects.count()
    Client().post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
    admins.post(f"/desk/staff/{ruth.pk}/password/")
    assert StaffMail.objects.count() == mails
    assert User.objects.get(username="ruth").check_password("a-long-password")


def test_a_copied_invitation_opens_nothing_before_the_second_step(admins: Client) -> None:
    page = admins.post("/desk/staff/new/", NOA).content.decode()
    found = re.search(r"https?://[^/\s]+(/desk/join/[^<\s]+)", page)
    assert found
    client = Client()
    client.post(found[1], CHOSEN)
    for path in ("/desk/", "/desk/staff/", "/desk/address/"):
        assert client.get(path).status_code == 302
    client.post("/desk/login/", {"username": "noa", "password": NEW_PASSWORD})
    assert client.get("/desk/second/")["Location"] == "/desk/second/set-up/"


def test_a_weak_password_does_not_use_the_link_up(lost: str) -> None:
    assert Client().post(lost, {"password": "short", "again": "short"}).status_code == 422
    assert Client().get(lost).status_code == 200


def test_an_address_that_nobody_proved_gets_no_link(postbox: Postbox, ruth: Staff) -> None:
    prove(ruth, "ruth@neve-yam.example")
    StaffAddress.objects.update(proved_at=None)
    Client().post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
    assert not StaffMail.objects.exists()


def test_links_are_limited_by_address_and_by_network(postbox: Postbox, ruth: Staff, miriam: Staff) -> None:
    prove(ruth, "ruth@neve-yam.example")
    prove(miriam, "miriam@neve-yam.example")
    let_days_pass()
    for number in range(5):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
        StaffLink.objects.update(expires_at=F("expires_at") - timedelta(minutes=11))
    assert StaffMail.objects.count() == 3
    for _try in range(10):
        Client(REMOTE_ADDR="198.51.100.7").post("/desk/password/lost/", {"mail": "nobody@neve-yam.example"})
    Client(REMOTE_ADDR="198.51.100.7").post("/desk/password/lost/", {"mail": "miriam@neve-yam.example"})
    assert StaffMail.objects.count() == 3


def test_a_stranger_who_asks_does_not_end_the_owners_link(lost: str, ruth: Staff) -> None:
    for _try in range(3):
        Client(REMOTE_ADDR="198.51.100.7").post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
    assert StaffMail.objects.count() == 1, "once in ten minutes"
    StaffLink.objects.update(expires_at=F("expires_at") - timedelta(minutes=11))
    Client(REMOTE_ADDR="198.51.100.7").post("/desk/password/lost/", {"mail": "ruth@neve-yam.example"})
    assert StaffMail.objects.count() == 2
    assert Client().post(lost, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}).status_code == 302
    assert not StaffLink.objects.filter(used_at=None).exists(), "the other one opens nothing more"


def test_an_administrator_sees_no_link_where_it_can_be_mailed(lost: str, admins: Client, ruth: Staff) -> None:
    add_app(ruth.user, SECRET, by=SYSTEM)
    assert admins.post(f"/desk/staff/{ruth.pk}/password/").status_code == 302
    assert Audit.objects.filter(operation="accounts.send_password_link").exists()


def test_ones_own_address_counts_when_the_link_was_opened(postbox: Postbox, ruth: Staff, ruths: Client) -> None:
    ruths.post("/desk/address/", {"mail": "Ruth@home.example"})
    assert StaffAddress.objects.get().proved_at is None
    send_due_mails()
    Client().get(postbox.path())
    assert StaffAddress.objects.get().proved_at is None, "a link that a mail program opens proves nothing"
    Client().post(postbox.path())
    assert StaffAddress.objects.get().proved_at is not None


def test_a_colleagues_address_may_not_be_ones_own_and_nobody_learns_whose_it_is(
    postbox: Postbox, ruth: Staff, ruths: Client, miriam: Staff
) -> None:
    prove(miriam, "miriam@neve-yam.example")
    answers = [ruths.post("/desk/address/", {"mail": f"{who}@neve-yam.example"}) for who in ("miriam", "ruth")]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert {mail.recipient for mail in StaffMail.objects.all()} == {"ruth@neve-yam.example"}
    assert StaffAddress.objects.get(proved_at__isnull=False).staff == miriam


def test_an_address_that_a_colleague_proved_meanwhile_is_not_given_twice(
    postbox: Postbox, ruth: Staff, ruths: Client, miriam: Staff
) -> None:
    ruths.post("/desk/address/", {"mail": "desk@neve-yam.example"})
    send_due_mails()
    prove(miriam, "desk@neve-yam.example")
    assert Client().post(postbox.path()).status_code == 410
    assert StaffAddress.objects.get(proved_at__isnull=False).staff == miriam


def test_a_proved_address_stays_until_the_new_one_is_proved(postbox: Postbox, ruth: Staff, ruths: Client) -> None:
    prove(ruth, "ruth@neve-yam.example")
    ruths.post("/desk/address/", {"mail": "rut@home.example"})
    assert proved_mail(ruth) == "ruth@neve-yam.example"
    assert "rut@home.example" in ruths.get("/desk/address/").text
    assert [mail.recipient for mail in StaffMail.objects.order_by("pk")] == ["rut@home.example", proved_mail(ruth)]
    send_due_mails()
    Client().post(postbox.path(0))
    assert proved_mail(ruth) == "rut@home.example"


def test_an_address_that_was_only_entered_keeps_nobody_out(postbox: Postbox, ruths: Client, admins: Client) -> None:
    ruths.post("/desk/address/", {"mail": "noa@neve-yam.example"})
    assert admins.post("/desk/staff/new/", NOA).status_code == 302
    send_due_mails()
    assert Client().post(postbox.path(), CHOSEN).status_code == 302
    assert StaffAddress.objects.get(proved_at__isnull=False).staff.user.username == "noa"


def test_the_set_up_asks_each_administrator_for_an_address(city: Agency, admin: Staff) -> None:
    assert not have_administrators_addresses(city)
    prove(admin, "admin@neve-yam.example")
    assert have_administrators_addresses(city)
