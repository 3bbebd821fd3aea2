"""Another resident whom the tests of communities know by a telephone number."""

from __future__ import annotations

import pytest

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address


@pytest.fixture
def tamar(city: Agency) -> Identity:
    """A resident on the telephone, who can sign in."""
    return get_or_create_identity(Address("tel", "+972505550188", "תמר כץ"), assurance=1, language="he")
