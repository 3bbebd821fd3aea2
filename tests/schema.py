"""The tables of the test database: migrated once, then copied; and how they are emptied.

Migrating takes half a minute of one core. The first worker migrates, the others copy. On SQLite the copy stays in pytest's
cache until a migration changes, so that repeated runs do not wait; PostgreSQL stores it as a template of the server.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

ROOT = Path(__file__).parents[1]
Tables = Callable[[str | Path], None]
# Tables with rows after migrating; all others are empty before a test.
FILLED = {"django_migrations", "django_content_type", "auth_permission"}


def fingerprint() -> str:
    """Return a digest of the migrations and the package versions."""
    sources = [*sorted(ROOT.glob("kesher/*/migrations/*.py")), ROOT / "requirements.txt"]
    told = sha256(b"".join(str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in sources))
    return told.hexdigest()[:16]


def kept(config: pytest.Config) -> Path:
    """Return the path of SQLite's template database."""
    return config.cache.mkdir("schema") / f"{fingerprint()}.sqlite3"


@pytest.fixture(scope="session")
def turn(pytestconfig: pytest.Config) -> Iterator[sqlite3.Connection]:
    """Lock among the workers of one machine; a process that dies releases it."""
    with closing(sqlite3.connect(kept(pytestconfig).with_name("turn"), timeout=600, isolation_level=None)) as lock:
        yield lock


@pytest.fixture(scope="session")
def django_db_keepdb(
    django_db_modify_db_settings: None,
    pytestconfig: pytest.Config,
    turn: sqlite3.Connection,
    django_db_blocker: DjangoDbBlocker,
) -> bool:
    """Return whether the template exists, and copy it to where pytest-django expects the database."""
    turn.execute("BEGIN EXCLUSIVE")
    with django_db_blocker.unblock():
        found = copied(kept(pytestconfig)) if connection.vendor == "sqlite" else cloned(None)
    if found:
        turn.execute("ROLLBACK")
    return found


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_keepdb: bool,
    pytestconfig: pytest.Config,
    turn: sqlite3.Connection,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            if connection.vendor == "sqlite":
                keep(Path(connection.settings_dict["NAME"]), kept(pytestconfig))
            else:
                cloned(str(connection.settings_dict["NAME"]))
        turn.execute("ROLLBACK")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())
        yield


@pytest.fixture(scope="session")
def tables(django_db_setup: None, pytestconfig: pytest.Config) -> Tables:
    """Copy SQLite's tables to a test's own installation, so that migrating has nothing to do."""

    def put(folder: str | Path) -> None:
        if (source := kept(pytestconfig)).exists():  # not on PostgreSQL
            Path(folder).mkdir(exist_ok=True)
            shutil.copyfile(source, Path(folder) / "kesher.sqlite3")

    return put


def copied(source: Path) -> bool:
    try:
        shutil.copyfile(source, connection.creation._get_test_db_name())  # type: ignore[attr-defined]
    except FileNotFoundError:
        return False
    return True


def keep(database: Path, target: Path) -> None:
    """Store a copy of the tables atomically; delete those of other migrations."""
    written = target.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(written)) as copy:
        source.backup(copy)
    for old in target.parent.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    written.replace(target)


def cloned(source: str | None) -> bool:
    """Create PostgreSQL's template from this database, or this worker's database from the template."""
    template = f"kesher_{fingerprint()}"
    target = template if source else connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    connection.close()  # a template must have no connections
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [source or template])
        if cursor.fetchone() is None:
            return False
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source or template}"')
    return True


def empty() -> None:
    """Restore the tables after a test that commits. Django would empty each of a hundred
    tables, even empty ones, and write all permissions again."""
    quote = connection.ops.quote_name
    names = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - FILLED)
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in names)
        )
        full = [name for (name,) in cursor.fetchall()]
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        for name in full:
            cursor.execute(f"DELETE FROM {quote(name)}")
        if connection.vendor == "sqlite":  # ids begin at 1, as after a rollback
            for sql in connection.ops.sequence_reset_by_name_sql(no_style(), [{"table": name} for name in full]):
                cursor.execute(sql)
