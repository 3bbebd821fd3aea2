from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from kesher.agencies.models import Agency
from kesher.purchases.models import Purchase
from kesher.purchases.tests.factories import a_purchase


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """The numbers are cached for a second, and a test is quicker."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def purchase(city: Agency) -> Purchase:
    """Solar water heaters, open: ₪5,200 each, 4,800 from ten, 4,200 from twenty; number 52712."""
    return a_purchase(code="52712", minimum=4)
