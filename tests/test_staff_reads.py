"""Every page or file of the desk with a citizen's data adds an audit entry: who read it, and about whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.core.models import Audit
from tests.permissions import TABLE
from tests.test_permissions import addresses, fill, sample

__all__ = ["sample"]  # the fixture

MARKS = ("דנה לוי", "0505550142", "50-555-0142", "505550142", "הפח ברחוב הגפן", "חושך")
# URLs of one person, with an audit entry that the person sees on their page.
ONE_PERSON = {"cases:conversation", "reports:desk_report"}


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode("utf-8-sig", "replace"))


@pytest.fixture
def pages(sample: dict[str, str]) -> dict[str, str]:
    """Return every page of the desk, and searches that find somebody."""
    found = {name: fill(name, route, sample) for name, route in addresses().items() if route.startswith("desk/")}
    return found | {f"cases:inbox {asked}": f"/desk/?q={asked}" for asked in ("0505550142", "דנה", "הפח")}


def test_what_shows_a_citizen_to_staff_is_written_down(
    pages: dict[str, str], admins: Client, admin: Staff, dana: Identity
) -> None:
    shown, unwritten = set(), []
    for name, url in pages.items():
        with transaction.atomic():
            response = admins.get(url)
            rows = Audit.objects.filter(actor_kind="staff", actor_id=admin.pk)
            if response.status_code == 200 and any(mark in text_of(response) for mark in MARKS):
                shown.add(name)
                about = rows.filter(subject_type="contacts.contact", subject_id=str(dana.contact_id))
                if not rows.filter(operation="agencies.read_page", data__page=url.partition("?")[0]).exists() or (
                    name in ONE_PERSON and not about.exists()
                ):
                    unwritten.append(name)
            transaction.set_rollback(True)
    assert not unwritten
    assert shown >= {*ONE_PERSON, "cases:inbox", "reports:desk", "reports:desk_export", "cases:inbox 0505550142"}


def test_a_list_says_what_was_searched_and_its_live_updates_say_nothing(
    admins: Client, admin: Staff, dana: Identity
) -> None:
    admins.get("/desk/?q=arnona&tab=all")
    admins.get("/desk/?tab=all", headers={"HX-Request": "true"})
    [row] = Audit.objects.filter(operation="agencies.read_page", actor_id=admin.pk)
    assert row.data == {"page": "/desk/", "asked": {"q": "arnona", "tab": "all"}}
    admins.get("/desk/?q=050-555-0142", headers={"HX-Request": "true"})
    assert Audit.objects.filter(operation="agencies.read_page").count() == 2


def test_nobody_who_may_not_read_leaves_a_row_of_reading(sashas: Client, client: Client, dana: Identity) -> None:
    for browser in (sashas, client):
        assert browser.get("/desk/").status_code in (302, 403)
    assert not Audit.objects.filter(operation="agencies.read_page").exists()


def test_the_table_knows_every_page_of_one_person() -> None:
    assert set(TABLE) >= ONE_PERSON
