"""Resets of the second step by two, and what an unlocked computer cannot do."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.test import Client

from conftest import signed_in
from kesher.accounts.models import FactorReset, StaffAddress, StaffLink, StaffMail
from kesher.accounts.services import add_app
from kesher.accounts.services.factor_resets import ask_factor_reset
from kesher.accounts.services.staff_mail import send_due_mails
from kesher.accounts.tests.staff_acting import (
    CHOSEN,
    NOA,
    SECRET,
    Postbox,
    lately_unlocked,
    let_days_pass,
    prove,
    second_admin,
)
from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import add_staff, change_staff, staff_actor
from kesher.channels.models import Account
from kesher.channels.services import set_active
from kesher.core.audit import SYSTEM
from kesher.core.models import Audit


@pytest.fixture
def phone(ruth: Staff) -> Staff:
    """Ruth, who has an authenticator app and has lost it."""
    add_app(ruth.user, SECRET, by=SYSTEM)
    return ruth


def reset_by(client: Client, person: Staff, do: str) -> None:
    client.post(f"/desk/staff/{person.pk}/second/", {"do": do})


def test_two_administrators_reset_a_second_step(phone: Staff, admin: Staff) -> None:
    tamar = second_admin()
    reset_by(signed_in(admin), phone, "ask")
    assert Authenticator.objects.filter(user=phone.user).exists()
    reset_by(signed_in(tamar), phone, "agree")
    assert not Authenticator.objects.filter(user=phone.user).exists()
    done = {"accounts.ask_factor_reset", "accounts.confirm_factor_reset"}
    assert done <= set(Audit.objects.values_list("operation", flat=True))


def test_whoever_asked_may_not_agree(phone: Staff, admin: Staff) -> None:
    second_admin()
    for do in ("ask", "agree", "agree"):
        reset_by(signed_in(admin), phone, do)
    assert Authenticator.objects.filter(user=phone.user).exists()
    assert FactorReset.objects.get().state == "open"


def test_a_manager_or_the_person_may_not_agree(phone: Staff, admin: Staff, miriam: Staff, sasha: Staff) -> None:
    second_admin()
    reset_by(signed_in(admin), phone, "ask")
    for who in (miriam, phone, sasha):
        reset_by(signed_in(who), phone, "agree")
    assert Authenticator.objects.filter(user=phone.user).exists()


def test_the_database_refuses_a_reset_by_one(phone: Staff, admin: Staff) -> None:
    second_admin()
    row = ask_factor_reset(phone, by=admin)
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.filter(pk=row.pk).update(decided_by=admin)


def test_a_single_administrator_without_the_persons_mail_may_not_even_ask(phone: Staff, admin: Staff) -> None:
    reset_by(signed_in(admin), phone, "ask")
    assert not FactorReset.objects.exists()


def test_where_there_is_one_administrator_the_person_agrees_by_mail(
    phone: Staff, admin: Staff, postbox: Postbox
) -> None:
    let_days_pass()
    prove(phone, "ruth@neve-yam.example")
    reset_by(signed_in(admin), phone, "ask")
    send_due_mails()
    assert Client().post(postbox.path(), {"do": "agree"}).status_code == 200
    assert not Authenticator.objects.filter(user=phone.user).exists()


@pytest.mark.parametrize("spoil", ["young", "entered by the asker", "unproved"])
def test_an_address_that_may_be_the_askers_does_not_count(
    phone: Staff, admin: Staff, postbox: Postbox, spoil: str
) -> None:
    let_days_pass()
    row = prove(phone, "ruth@neve-yam.example", days=0 if spoil == "young" else 2)
    if spoil == "entered by the asker":
        StaffAddress.objects.update(set_by=admin)
    elif spoil == "unproved":
        StaffAddress.objects.filter(pk=row.pk).update(proved_at=None)
    reset_by(signed_in(admin), phone, "ask")
    assert not FactorReset.objects.exists()


def test_a_mail_that_has_not_gone_out_does_not_count(phone: Staff, admin: Staff, postbox: Postbox) -> None:
    let_days_pass()
    prove(phone, "ruth@neve-yam.example")
    reset_by(signed_in(admin), phone, "ask")
    send_due_mails()
    StaffMail.objects.update(state="failed")
    assert Client().post(postbox.path(), {"do": "agree"}).status_code == 422
    assert Authenticator.objects.filter(user=phone.user).exists()


def test_the_person_stops_it_by_the_mail(phone: Staff, admin: Staff, postbox: Postbox) -> None:
    prove(phone, "ruth@neve-yam.example")
    tamar = second_admin()
    reset_by(signed_in(admin), phone, "ask")
    send_due_mails()
    assert Client().post(postbox.path(), {"do": "stop"}).status_code == 200
    reset_by(signed_in(tamar), phone, "agree")
    assert Authenticator.objects.filter(user=phone.user).exists()


def test_where_there_are_two_administrators_the_mailed_link_only_stops(
    phone: Staff, admin: Staff, postbox: Postbox
) -> None:
    prove(phone, "ruth@neve-yam.example")
    second_admin()
    reset_by(signed_in(admin), phone, "ask")
    send_due_mails()
    assert Client().post(postbox.path(), {"do": "agree"}).status_code == 422
    assert Authenticator.objects.filter(user=phone.user).exists()


def test_whoever_saw_a_link_for_the_password_has_no_part_in_the_reset(phone: Staff, admin: Staff) -> None:
    tamar = second_admin()
    page = signed_in(admin).post(f"/desk/staff/{phone.pk}/password/")
    assert b"/desk/password/new/" in page.content
    reset_by(signed_in(admin), phone, "ask")
    assert not FactorReset.objects.exists()
    reset_by(signed_in(tamar), phone, "ask")
    reset_by(signed_in(admin), phone, "agree")
    assert FactorReset.objects.get().state == "open"


def test_whoever_had_a_part_in_the_reset_sees_no_link_for_the_password(phone: Staff, admin: Staff) -> None:
    tamar = second_admin()
    reset_by(signed_in(admin), phone, "ask")
    reset_by(signed_in(tamar), phone, "agree")
    for who in (admin, tamar):
        assert signed_in(who).post(f"/desk/staff/{phone.pk}/password/").status_code == 302
    assert not StaffLink.objects.exists()


def open_resets() -> int:
    return FactorReset.objects.filter(state="open").count()


def test_a_new_administrator_may_neither_ask_nor_agree(phone: Staff, admin: Staff, town: Agency) -> None:
    tamar = second_admin()
    new = add_staff(username="new", name="חדש", password="a-long-password", role="admin")
    reset_by(signed_in(new), phone, "ask")
    assert not FactorReset.objects.exists()
    reset_by(signed_in(admin), phone, "ask")
    reset_by(signed_in(new), phone, "agree")
    assert open_resets() == 1
    reset_by(signed_in(tamar), phone, "agree")
    assert open_resets() == 0


@pytest.mark.parametrize("how", ["invited", "promoted", "added"])
def test_two_administrators_of_whom_one_let_the_other_in_are_not_two(
    phone: Staff, admin: Staff, postbox: Postbox, how: str
) -> None:
    """One person with two mailboxes could be both."""
    second_admin()
    if how == "invited":
        signed_in(admin).post("/desk/staff/new/", {**NOA, "role": "admin"})
        send_due_mails()
        Client().post(postbox.path(), CHOSEN)
        puppet = Staff.objects.get(user__username="noa")
    else:
        by = staff_actor(admin) if how == "added" else SYSTEM
        puppet = add_staff(username="noa", name="נועה", password="a-long-password", role="clerk", by=by)
        change_staff(puppet, by=staff_actor(admin), role="admin")
    let_days_pass()
    for asker, other in ((admin, puppet), (puppet, admin)):
        reset_by(signed_in(asker), phone, "ask")
        reset_by(signed_in(other), phone, "agree")
        assert open_resets() == 1
        reset_by(signed_in(asker), phone, "stop")
    assert Authenticator.objects.filter(user=phone.user).exists()


def test_whom_somebody_let_in_by_another_is_not_a_second(phone: Staff, admin: Staff) -> None:
    """The administrator added one account, and by that one a third."""
    by, rows = staff_actor(admin), []
    for name in ("one", "two"):
        rows.append(add_staff(username=name, name=name, password="a-long-password", role="admin", by=by))
        by = staff_actor(rows[-1])
    second_admin()
    reset_by(signed_in(admin), phone, "ask")
    reset_by(signed_in(rows[1]), phone, "agree")
    assert open_resets() == 1


def test_the_person_and_all_administrators_get_a_mail(phone: Staff, admin: Staff, postbox: Postbox) -> None:
    tamar = second_admin()
    for who, name in ((phone, "ruth"), (admin, "admin"), (tamar, "tamar")):
        prove(who, f"{name}@neve-yam.example")
    reset_by(signed_in(admin), phone, "ask")
    told = {f"{name}@neve-yam.example" for name in ("ruth", "admin", "tamar")}
    assert {mail.recipient for mail in StaffMail.objects.all()} == told
    reset_by(signed_in(tamar), phone, "agree")
    assert StaffMail.objects.count() == 6


def test_nobody_agrees_by_mail_on_the_day_after_the_mailbox_was_changed(
    phone: Staff, admin: Staff, miriam: Staff, postbox: Postbox
) -> None:
    prove(phone, "ruth@neve-yam.example")
    let_days_pass()
    reset_by(signed_in(admin), phone, "ask")
    send_due_mails()
    box = Account.objects.get()
    set_active(box, False, by=staff_actor(miriam))
    set_active(box, True, by=staff_actor(miriam))
    assert Client().post(postbox.path(), {"do": "agree"}).status_code == 422
    assert Authenticator.objects.filter(user=phone.user).exists()
    let_days_pass()
    assert Client().post(postbox.path(), {"do": "agree"}).status_code == 200


def test_nobody_asks_for_a_link_into_an_account_without_a_second_step(ruth: Staff, admin: Staff, miriam: Staff) -> None:
    second_admin()
    for person in (ruth, miriam):
        assert signed_in(admin).post(f"/desk/staff/{person.pk}/password/").status_code == 302
    assert not StaffLink.objects.exists()


def test_a_link_for_a_password_ends_with_the_second_step(phone: Staff, admin: Staff, postbox: Postbox) -> None:
    prove(phone, "ruth@neve-yam.example")
    tamar, noa = second_admin(), add_staff(username="noa", name="נועה", password="a-long-password", role="admin")
    let_days_pass()
    signed_in(noa).post(f"/desk/staff/{phone.pk}/password/")
    send_due_mails()
    link = postbox.path()
    reset_by(signed_in(admin), phone, "ask")
    reset_by(signed_in(tamar), phone, "agree")
    assert Client().get(link).status_code == 410


# An unlocked computer


def test_an_unlocked_computer_makes_opens_and_closes_no_account(phone: Staff, admin: Staff) -> None:
    second_admin()
    client = lately_unlocked(admin)
    page = f"/desk/staff/{phone.pk}/"
    tried = {
        "/desk/staff/new/": NOA,
        page: {"name": phone.name, "role": "admin", "languages": ["he"]},
        f"{page}second/": {"do": "ask"},
        f"{page}leave/": {"to": ""},
        f"{page}return/": {},
        f"{page}password/": {},
    }
    before = Audit.objects.count()
    for path, data in tried.items():
        assert client.post(path, data)["Location"].startswith("/desk/second/?next=%2Fdesk%2Fstaff%2F")
    assert Audit.objects.count() == before


def test_an_unlocked_computer_connects_no_mailbox_no_login_and_no_register(postbox: Postbox, admin: Staff) -> None:
    client, box = lately_unlocked(admin), Account.objects.get()
    before = Audit.objects.count()
    tried = [
        *(f"/desk/channels/{box.pk}/{step}/" for step in ("edit", "switch", "remove", "rotate")),
        "/desk/channels/new/email/",
        "/desk/national/new/",
        "/desk/records/new/",
    ]
    for path in tried:
        assert client.post(path, {"active": "no"})["Location"].startswith("/desk/second/?next=%2Fdesk%2F"), path
    assert Audit.objects.count() == before


def test_an_open_reset_is_stopped_without_another_step(phone: Staff, admin: Staff) -> None:
    tamar = second_admin()
    reset_by(signed_in(tamar), phone, "ask")
    reset_by(lately_unlocked(admin), phone, "agree")
    assert open_resets() == 1
    reset_by(lately_unlocked(admin), phone, "stop")
    assert open_resets() == 0
