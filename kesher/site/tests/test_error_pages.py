"""The page of the desk that somebody may not open: it says whom to ask, and how to reach them."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from kesher.accounts.models import StaffAddress
from kesher.agencies.models import Staff


def test_an_administrator_with_a_proved_address_can_be_written_to(ruths: Client, admin: Staff) -> None:
    StaffAddress.objects.create(
        agency=admin.agency, staff=admin, mail="it@city.example", set_by=admin, set_at=timezone.now()
    )
    page = ruths.get("/desk/staff/")
    assert page.status_code == 403
    assert admin.name in page.text
    assert "it@city.example" not in page.text  # not proved to be theirs
    StaffAddress.objects.update(proved_at=timezone.now())
    assert 'href="mailto:it@city.example"' in ruths.get("/desk/staff/").text
