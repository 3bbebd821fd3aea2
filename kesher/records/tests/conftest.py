"""Sources of the tests, and a browser in which Dana is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.accounts.tests.acting import browser_of
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.records.sources.fetcher import BREAKERS
from kesher.records.tests.factories import a_source, agree


@pytest.fixture(autouse=True)
def fresh_breakers() -> None:
    """What failed in one test rests in no other."""
    BREAKERS.of.clear()


@pytest.fixture
def danas(dana: Identity) -> Client:
    """Dana's browser, after a code."""
    return browser_of(dana, level=2)


@pytest.fixture
def policy() -> dict[str, Any]:
    return {
        "key": "p1",
        "title": "ביטוח דירה",
        "kind": "insurance",
        "provider": "מגדלור",
        "amount": "90",
        "starts": "-100",
        "ends": "+200",
    }


@pytest.fixture
def father(sms: Account) -> Identity:
    """Somebody's father, who agreed to two sources."""
    found = get_or_create_identity(Address("tel", "+972505550150", "משה לוי"), assurance=2, language="he")
    agree(found.contact, a_source("policies"), a_source("fines"))
    return found
