"""The table of who may do what, and the guard that asks it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kesher.agencies.models import Agency, Role, Staff
from kesher.agencies.rules import RIGHTS, has_right, staff_only
from kesher.agencies.staff_login import SECOND

CLERKS = {"desk", "reply", "note", "assign", "move", "merge", "block", "log_call", "see_channels"}
CLERKS |= {"see_records", "grant_mandates", "listen"}
MANAGERS = CLERKS | {"overview", "broadcast", "moderate", "ready_answers", "erase", "change_settings", "replay"}
MANAGERS |= {"change_watches"}
ADMINS = MANAGERS | {"change_channels", "change_staff", "change_limits", "change_sources"}


@pytest.mark.parametrize(("role", "rights"), [("clerk", CLERKS), ("manager", MANAGERS), ("admin", ADMINS)])
def test_a_role_has_its_rights_and_no_other(role: str, rights: set[str]) -> None:
    staff = Staff(role=role)
    assert {right for right in RIGHTS if has_right(staff, right)} == rights


def test_the_table_knows_every_role_and_no_other() -> None:
    assert set().union(*RIGHTS.values()) == set(Role)


@pytest.mark.parametrize("right", sorted(RIGHTS))
def test_nobody_and_whoever_left_may_do_nothing(right: str) -> None:
    assert not has_right(None, right)
    assert not has_right(Staff(role=Role.ADMIN, is_active=False), right)


def test_a_right_that_is_not_in_the_table_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        has_right(Staff(role=Role.ADMIN), "fly")
    with pytest.raises(AssertionError):
        staff_only("fly")


@staff_only("overview")
def overview(request: HttpRequest) -> HttpResponse:
    return HttpResponse("numbers")


def asked_by(staff: Staff | None, signed_in: bool = True, method: str = "get", second: bool = True) -> Any:
    request = getattr(RequestFactory(), method)("/desk/overview/?page=2")
    request.user = SimpleNamespace(is_authenticated=True) if signed_in else AnonymousUser()
    request.staff = staff
    request.session = {SECOND: {"at": 0}} if second else {}
    return overview(request)


def test_a_page_of_the_staff_opens_to_whoever_may(city: Agency) -> None:
    assert asked_by(Staff(role=Role.MANAGER)).status_code == 200


def test_a_password_alone_leads_to_the_login_whoever_it_is() -> None:
    assert "/desk/login/" in asked_by(Staff(role=Role.ADMIN), second=False)["Location"]


@pytest.mark.parametrize("staff", [Staff(role=Role.CLERK), None, Staff(role=Role.MANAGER, is_active=False)])
def test_a_page_of_the_staff_stays_closed_to_others(staff: Staff | None) -> None:
    with pytest.raises(PermissionDenied):
        asked_by(staff)
