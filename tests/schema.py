"""The tables of the test database: made by the migrations, and kept in pytest's cache until a migration changes.

Migrating takes half a minute of one core; a test that one runs again and again should not wait for it. PostgreSQL's runs
are whole suites and migrate always, as does a checkout without a cache.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[1]


def kept(config: pytest.Config) -> Path:
    """Where the tables of these migrations lie, on these versions of the packages, or would lie."""
    sources = [*sorted(ROOT.glob("kesher/*/migrations/*.py")), ROOT / "requirements.txt"]
    told = sha256(b"".join(str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in sources))
    return config.cache.mkdir("schema") / f"{told.hexdigest()[:16]}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, pytestconfig: pytest.Config) -> bool:
    """Is there a database to go on with? Then it lies where pytest-django looks for it."""
    if connection.vendor != "sqlite":
        return False
    try:
        shutil.copyfile(kept(pytestconfig), connection.creation._get_test_db_name())  # type: ignore[attr-defined]
    except FileNotFoundError:
        return False
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, pytestconfig: pytest.Config) -> None:
    if connection.vendor == "sqlite" and not django_db_keepdb:
        keep(Path(connection.settings_dict["NAME"]), kept(pytestconfig))


def keep(database: Path, target: Path) -> None:
    """A copy of the tables, there at once or not at all; those of other migrations go."""
    written = target.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(written)) as copy:
        source.backup(copy)
    for old in target.parent.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    written.replace(target)
