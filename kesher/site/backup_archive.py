"""Back up an installation to one archive file (database, uploaded files, keys), and restore it.

The archive holds personal data and the keys to it. It is readable by its owner only, and belongs on another machine.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

FORMAT = 1
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.sql"}
KEYS = {"kesher-secret": "SECRET_KEY", "kesher-vault": "KESHER_VAULT_KEYS"}


class BadArchive(ValueError):
    """The file is not a Kesher archive, or it is from another database engine."""


def pack_archive(target: Path) -> int:
    """Write a backup archive to `target` while the server runs, and return its size in bytes.

    Raise OSError, and CalledProcessError where pg_dump fails.
    """
    draft = target.with_name(f".{target.name}.draft")
    with tempfile.TemporaryDirectory(prefix="kesher-backup-") as folder:
        dump = Path(folder) / DATABASES[connection.vendor]
        dump_database(dump)
        try:
            with (
                open(draft, "xb", opener=open_private) as raw,
                tarfile.open(fileobj=raw, mode="w:gz", compresslevel=5) as tar,
            ):
                add_file(tar, "manifest.json", json.dumps(make_manifest()).encode())
                for name, value in secret_keys().items():
                    add_file(tar, f"keys/{name}.key", value.encode())
                tar.add(dump, dump.name)
                if Path(settings.MEDIA_ROOT).is_dir():
                    tar.add(settings.MEDIA_ROOT, "files", filter=skip_unfinished)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return target.stat().st_size


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner can read; an opener for ``open``, which returns the descriptor."""
    return os.open(path, flags, 0o600)


def skip_unfinished(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return the entry, or None to leave a half-written file out of the archive (a filter for tarfile)."""
    return None if Path(entry.name).name.startswith(".") else entry


def make_manifest() -> dict[str, Any]:
    """Return the description of a backup archive: format, version, database engine and time."""
    return {
        "format": FORMAT,
        "version": version("kesher"),
        "database": connection.vendor,
        "at": timezone.now().isoformat(),
    }


def secret_keys() -> dict[str, str]:
    """Return the installation's secret keys by file name, from environment variables or files."""
    found = {name: getattr(settings, setting) for name, setting in KEYS.items()}
    return {name: value if isinstance(value, str) else ",".join(value) for name, value in found.items()}


def add_file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file with this content to the archive."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = len(content), 0o600, int(timezone.now().timestamp())
        tar.addfile(entry, file)


def dump_database(target: Path) -> None:
    """Write a consistent copy of the database to this file while it is in use."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)
        return
    command = [find_tool("pg_dump"), "--clean", "--if-exists", "--no-owner", "--no-privileges", "--file", str(target)]
    subprocess.run(command, check=True, env=postgres_environment())  # noqa: S603 (no shell, our own arguments)


def find_tool(name: str) -> str:
    """Return the path of a PostgreSQL program. Raise FileNotFoundError with advice."""
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    if found is None:
        raise FileNotFoundError(f"{name} was not found: install PostgreSQL's client programs")
    return found


def postgres_environment() -> dict[str, str]:
    """Return the environment variables for PostgreSQL's programs to connect to the database."""
    values = connection.settings_dict
    named = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    return {**os.environ, **{name: str(values[key]) for name, key in named.items() if values.get(key)}}


@contextmanager
def open_archive(source: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, Any]]]:
    """Yield a backup archive, open, and its manifest. Raise BadArchive."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            file = tar.extractfile("manifest.json")
            found = json.loads(file.read()) if file else {}
            if found.get("format") != FORMAT:
                raise BadArchive(f"{source}: not a backup that this version reads")
            if found.get("database") != connection.vendor:
                raise BadArchive(f"{source}: a backup of {found.get('database')}, and this is {connection.vendor}")
            yield tar, found
    except (tarfile.TarError, KeyError, json.JSONDecodeError, EOFError) as error:
        raise BadArchive(f"{source}: {error}") from error


def unpack_archive(tar: tarfile.TarFile) -> None:
    """Restore files, keys and database from a backup archive; existing files are replaced.

    The server must not be running. tarfile's data filter refuses names that lead out of the archive.
    """
    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as folder:
        tar.extractall(folder, filter="data")
        inside = Path(folder)
        restore_database(inside / DATABASES[connection.vendor])
        for key in (inside / "keys").glob("*.key"):
            if key.stem in KEYS:
                key.chmod(0o600)
                key.replace(data / key.name)
        files = inside / "files"
        if files.is_dir():
            shutil.copytree(files, settings.MEDIA_ROOT, dirs_exist_ok=True)


def restore_database(dump: Path) -> None:
    """Replace the contents of the database by those of this dump."""
    connection.close()
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for ending in ("-wal", "-shm"):
            name.with_name(name.name + ending).unlink(missing_ok=True)
        shutil.copyfile(dump, name)
        return
    command = [
        find_tool("psql"),
        "--quiet",
        "--no-psqlrc",
        "--set",
        "ON_ERROR_STOP=1",
        "--single-transaction",
        "--file",
        str(dump),
    ]
    subprocess.run(command, check=True, env=postgres_environment(), stdout=subprocess.DEVNULL)  # noqa: S603
