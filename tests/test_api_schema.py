"""Every operation of the API holds what its document says, for requests that schemathesis makes up.

Each runs in the demo municipality, and what it changes is undone. All checks of schemathesis are on. `script/bench api`
makes up more requests, on both databases.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi import definitions

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.participation.open_data_document import write_rows
from kesher.verbs.openapi import find_document
from tests.api_requests import find_faults, operations, signed_in_headers
from tests.test_browser import kept, load_demo

__all__ = ["kept"]  # a fixture
SHARES = 4
EXAMPLES = 50
ONCE = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="once is enough here; script/bench api runs on both"
)


@pytest.fixture
def demo_city(
    transactional_db: None,
    kept: Path,
    turn: sqlite3.Connection,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Agency]:
    """The demo municipality, where one address may try as often as it likes."""
    settings.MEDIA_ROOT = tmp_path / "files"
    turn.execute("BEGIN EXCLUSIVE")
    try:
        load_demo(kept, tmp_path / "files")
    finally:
        turn.execute("ROLLBACK")
    write_rows()
    monkeypatch.setattr("kesher.participation.rate_limits.TRIES", 10**9)
    agency = Agency.objects.get()
    with scope(agency):
        yield agency


def test_the_document_is_valid_openapi(city: Agency) -> None:
    definitions.OPENAPI_31_VALIDATOR.validate(find_document(city))


@ONCE
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # schemathesis leaves a CSV file open
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("signed_in", [False, True], ids=["stranger", "signed-in"])
def test_an_operation_holds_what_its_document_says(demo_city: Agency, signed_in: bool, share: int) -> None:
    headers, statuses = signed_in_headers() if signed_in else {}, Counter[int]()
    found = operations(demo_city)[share::SHARES]
    faults = [fault for one in found for fault in find_faults(one, headers, EXAMPLES, statuses)]
    assert not faults, "\n".join(faults)
    assert sum(statuses[status] for status in (200, 201, 202)) > EXAMPLES
