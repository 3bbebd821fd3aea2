from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from kesher.agencies.models import Agency
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """The count is cached for a second, and a test is quicker."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def petition(city: Agency) -> Petition:
    """Shade for the playgrounds, open, number 48213."""
    return a_petition(code="48213")
