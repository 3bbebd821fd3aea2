"""The upgrade of the days within which the law wants an answer: they stay in Israel, and where somebody set them."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from kesher.agencies.models import Agency
from kesher.agencies.services import create_agency
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope

migration: Any = import_module("kesher.agencies.migrations.0008_statutory_days_by_country")


def make_upgraded(**fields: Any) -> Agency:
    """Return an agency as it was before the upgrade, with the former default."""
    return create_agency(slug="old", names={"en": "Old"}, statutory_days=45, **fields)


def days_after_upgrade(agency: Agency) -> int:
    """Return an agency's days after the upgrade."""
    with everywhere("a migration's models have no scope"):
        migration.clear_outside_israel(apps, SimpleNamespace(connection=connection))
    agency.refresh_from_db()
    return agency.statutory_days


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({}, 45),
        ({"contact": {"country": "IL"}, "timezone": "Europe/Berlin"}, 45),
        ({"contact": {"country": "DE"}}, 0),
        ({"timezone": "Europe/London"}, 0),
    ],
)
def test_an_upgraded_agency_keeps_its_days_in_israel_only(fields: dict[str, Any], days: int) -> None:
    assert days_after_upgrade(make_upgraded(**fields)) == days


@pytest.mark.django_db
def test_an_upgraded_agency_keeps_the_days_that_somebody_set() -> None:
    agency = make_upgraded(contact={"country": "DE"})
    with scope(agency):
        audit("site.save_profile", by=SYSTEM, subject=None, before={"statutory_days": 30}, after={"statutory_days": 45})
    assert days_after_upgrade(agency) == 45
