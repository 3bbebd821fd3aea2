from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Counts are cached for a second, and a test is quicker."""
    cache.clear()
    yield
    cache.clear()
