"""Accounts that are closed and opened again."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from conftest import signed_in
from kesher.accounts.models import StaffInvitation, StaffLink
from kesher.accounts.services import add_app
from kesher.accounts.tests.staff_acting import (
    NEW_PASSWORD,
    SECRET,
    Postbox,
    let_days_pass,
    prove,
    second_admin,
)
from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.services import add_staff, staff_actor
from kesher.agencies.staff_login import AGENCY
from kesher.cases.models import Case, Draft
from kesher.cases.services import open_case, save_draft, take_case
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation
from kesher.conversations.services import assign, conversation_of
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope


@pytest.fixture
def busy(ruth: Staff, dana: Identity) -> Staff:
    """Ruth, who holds a conversation, a case and a draft."""
    conversation = conversation_of(dana.contact)
    assign(conversation, ruth, expected=None, staff=ruth)
    take_case(open_case(conversation), ruth, expected=None, staff=ruth)
    save_draft(conversation, "שלום דנה", mode="reply", staff=ruth)
    add_app(ruth.user, SECRET, by=SYSTEM)
    return ruth


def test_what_a_colleague_held_is_handed_over_and_their_account_closed(
    busy: Staff, admins: Client, miriam: Staff, dana: Identity
) -> None:
    theirs = signed_in(busy)
    assert theirs.get("/desk/").status_code == 200
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": miriam.pk})
    assert conversation_of(dana.contact).assignee == miriam
    assert Case.objects.get().assignee == miriam
    assert not Draft.objects.exists(), "only their author reads them"
    assert theirs.get("/desk/").status_code == 302
    assert not Authenticator.objects.filter(user=busy.user).exists()
    assert not Session.objects.filter(session_key=theirs.cookies["sessionid"].value).exists()


def test_without_a_taker_all_goes_back_to_the_queue(busy: Staff, admins: Client, dana: Identity) -> None:
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    assert conversation_of(dana.contact).assignee is None
    assert Case.objects.get().assignee is None
    assert not Draft.objects.exists()


def test_what_ended_keeps_no_name_of_who_left(busy: Staff, admins: Client, miriam: Staff, dana: Identity) -> None:
    case = Case.objects.get()
    Case.objects.update(state="solved", closed_at=timezone.now(), solved_at=timezone.now(), waiting_since=None)
    Conversation.objects.update(held=False, waiting_since=None)
    page = admins.get(f"/desk/staff/{busy.pk}/leave/").context["held"]
    assert (page.conversations, page.cases) == (0, 0)
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": miriam.pk})
    case.refresh_from_db()
    assert (case.assignee, conversation_of(dana.contact).assignee) == (None, None)


def test_who_leaves_is_in_no_team(busy: Staff, admins: Client, city: Agency) -> None:
    busy.teams.add(Team.objects.create(agency=city, slug="roads", names={"en": "Roads"}))
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    assert not busy.teams.exists()


def test_invitations_of_who_leaves_are_withdrawn(invited: str, admin: Staff) -> None:
    signed_in(second_admin()).post(f"/desk/staff/{admin.pk}/leave/", {"to": ""})
    assert Client().get(invited).status_code == 410
    assert StaffInvitation.objects.get().withdrawn_at is not None


def test_nobody_closes_their_own_account_or_one_of_another_agency(admin: Staff, admins: Client, sasha: Staff) -> None:
    second_admin()
    assert admins.post(f"/desk/staff/{admin.pk}/leave/", {"to": ""}).status_code == 422
    assert admins.post(f"/desk/staff/{sasha.pk}/leave/", {"to": ""}).status_code == 404
    assert Staff.objects.filter(is_active=True).count() == 2


def test_a_colleague_of_another_agency_takes_nothing_over(busy: Staff, admins: Client, sasha: Staff) -> None:
    assert admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": sasha.pk}).status_code == 422
    assert Staff.objects.get(pk=busy.pk).is_active


def test_a_manager_may_not_close_an_account(busy: Staff, miriams: Client, ruths: Client) -> None:
    for client in (miriams, ruths):
        assert client.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""}).status_code == 403
    assert Staff.objects.get(pk=busy.pk).is_active


def test_a_former_colleague_comes_back_with_a_new_password_and_a_new_second_step(busy: Staff, admins: Client) -> None:
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    assert Client().post("/desk/login/", {"username": "ruth", "password": "a-long-password"}).status_code == 422
    page = signed_in(second_admin()).post(f"/desk/staff/{busy.pk}/return/")
    found = re.search(r"(/desk/password/new/[^<\s]+)", page.content.decode())
    assert found
    client = Client()
    client.post(found[1], {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert client.get("/desk/second/")["Location"] == "/desk/second/set-up/"


def test_whoever_closed_an_account_may_not_open_it_by_a_link_of_their_own(busy: Staff, admins: Client) -> None:
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    admins.post(f"/desk/staff/{busy.pk}/return/")
    assert not Staff.objects.get(pk=busy.pk).is_active
    assert not StaffLink.objects.exists()


def test_who_closed_an_account_and_a_colleague_of_theirs_may_not_open_it_by_a_link(
    busy: Staff, admin: Staff, admins: Client
) -> None:
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    puppet = add_staff(username="noa", name="נועה", password="a-long-password", role="admin", by=staff_actor(admin))
    for _days in range(2):  # on the first day, and later
        signed_in(puppet).post(f"/desk/staff/{busy.pk}/return/")
        let_days_pass()
    assert not Staff.objects.get(pk=busy.pk).is_active
    assert not StaffLink.objects.exists()


def test_an_account_is_not_opened_by_a_mailbox_of_today(busy: Staff, admins: Client, postbox: Postbox) -> None:
    prove(busy, "ruth@neve-yam.example")
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    admins.post(f"/desk/staff/{busy.pk}/return/")
    assert not Staff.objects.get(pk=busy.pk).is_active
    let_days_pass()
    admins.post(f"/desk/staff/{busy.pk}/return/")
    assert Staff.objects.get(pk=busy.pk).is_active


def test_who_also_serves_elsewhere_keeps_password_and_keys_there(busy: Staff, admins: Client, town: Agency) -> None:
    with scope(town):
        Staff.objects.create(agency=town, user=busy.user, name="רותי")
    admins.post(f"/desk/staff/{busy.pk}/leave/", {"to": ""})
    assert User.objects.get(username="ruth").check_password("a-long-password")
    assert Authenticator.objects.filter(user=busy.user).exists()


# Sessions


def test_a_session_names_its_agency_and_an_older_one_stays_open(ruth: Staff, ruths: Client, town: Agency) -> None:
    assert AGENCY not in ruths.session
    assert ruths.get("/desk/").status_code == 200
    session = ruths.session
    session[AGENCY] = town.pk
    session.save()
    assert ruths.get("/desk/").status_code == 403
