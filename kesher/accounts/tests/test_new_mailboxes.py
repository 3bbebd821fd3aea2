"""An administrator who changed the mailbox reads nobody's links."""

from __future__ import annotations

from django.test import Client

from conftest import signed_in
from kesher.accounts.models import StaffLink, StaffMail
from kesher.accounts.services import add_app
from kesher.accounts.services.staff_passwords import LOST_A_DAY, ask_for_password
from kesher.accounts.tests.staff_acting import SECRET, Postbox, let_days_pass, prove, second_admin
from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.channels.models import Account
from kesher.channels.services import change_account
from kesher.core.audit import SYSTEM


def ask(mail: str) -> None:
    """Ask for a new password on the public page."""
    Client().post("/desk/password/lost/", {"mail": mail})


def test_a_new_mailbox_sends_no_link_to_who_has_no_second_step(postbox: Postbox, admin: Staff, ruth: Staff) -> None:
    prove(ruth, "ruth@neve-yam.example")
    let_days_pass()
    change_account(Account.objects.get(), by=staff_actor(admin))
    ask("ruth@neve-yam.example")
    assert not StaffLink.objects.exists()
    assert not StaffMail.objects.exists()
    let_days_pass()
    ask("ruth@neve-yam.example")
    assert StaffLink.objects.count() == 1


def test_a_second_step_protects_the_link_of_a_new_mailbox(postbox: Postbox, admin: Staff, ruth: Staff) -> None:
    prove(ruth, "ruth@neve-yam.example")
    add_app(ruth.user, SECRET, by=SYSTEM)
    change_account(Account.objects.get(), by=staff_actor(admin))
    ask("ruth@neve-yam.example")
    assert StaffLink.objects.count() == 1


def test_who_changed_the_mailbox_does_not_close_an_account_and_open_it_again(
    postbox: Postbox, admin: Staff, admins: Client, ruth: Staff
) -> None:
    prove(ruth, "ruth@neve-yam.example")
    change_account(Account.objects.get(), by=staff_actor(admin))
    let_days_pass(40)
    admins.post(f"/desk/staff/{ruth.pk}/leave/", {"to": ""})
    admins.post(f"/desk/staff/{ruth.pk}/return/")
    assert not Staff.objects.get(pk=ruth.pk).is_active
    assert not StaffLink.objects.exists()
    signed_in(second_admin()).post(f"/desk/staff/{ruth.pk}/return/")
    assert Staff.objects.get(pk=ruth.pk).is_active


def test_who_changed_the_mailbox_waits_a_month_for_an_answer_by_mail(
    postbox: Postbox, admin: Staff, admins: Client, ruth: Staff
) -> None:
    prove(ruth, "ruth@neve-yam.example", days=60)
    add_app(ruth.user, SECRET, by=SYSTEM)
    change_account(Account.objects.get(), by=staff_actor(admin))
    for days, asked in ((2, 0), (40, 1)):
        let_days_pass(days)
        admins.post(f"/desk/staff/{ruth.pk}/second/", {"do": "ask"})
        assert StaffLink.objects.count() == asked, days


def test_one_persons_lost_passwords_do_not_use_up_the_agencys(postbox: Postbox, ruth: Staff, miriam: Staff) -> None:
    for person, name in ((ruth, "ruth"), (miriam, "miriam")):
        prove(person, f"{name}@neve-yam.example")
    let_days_pass()
    for _again in range(LOST_A_DAY + 2):
        ask_for_password("ruth@neve-yam.example")
        StaffLink.objects.all().delete()
    assert StaffMail.objects.count() == LOST_A_DAY
    ask_for_password("miriam@neve-yam.example")
    assert StaffLink.objects.get().staff == miriam
