"""Everything of an installation in one file: the database, people's files, and the keys without which neither is read.

The archive holds citizens' data and the keys to it: it is written for its owner alone, and belongs on another machine.
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
    """This is no archive of ours, or one of another database."""


def pack(target: Path) -> int:
    """Writes the archive while the server runs; returns its size. Raises OSError, CalledProcessError from pg_dump."""
    draft = target.with_name(f".{target.name}.draft")
    with tempfile.TemporaryDirectory(prefix="kesher-backup-") as folder:
        dump = Path(folder) / DATABASES[connection.vendor]
        dump_database(dump)
        try:
            with (
                open(draft, "xb", opener=private) as raw,
                tarfile.open(fileobj=raw, mode="w:gz", compresslevel=5) as tar,
            ):
                add(tar, "manifest.json", json.dumps(manifest()).encode())
                for name, value in keys().items():
                    add(tar, f"keys/{name}.key", value.encode())
                tar.add(dump, dump.name)
                if Path(settings.MEDIA_ROOT).is_dir():
                    tar.add(settings.MEDIA_ROOT, "files", filter=unfinished)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return target.stat().st_size


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def unfinished(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Half-written files stay out."""
    return None if Path(entry.name).name.startswith(".") else entry


def manifest() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": version("kesher"),
        "database": connection.vendor,
        "at": timezone.now().isoformat(),
    }


def keys() -> dict[str, str]:
    """The secrets of this installation, wherever they came from."""
    found = {name: getattr(settings, setting) for name, setting in KEYS.items()}
    return {name: value if isinstance(value, str) else ",".join(value) for name, value in found.items()}


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = len(content), 0o600, int(timezone.now().timestamp())
        tar.addfile(entry, file)


def dump_database(target: Path) -> None:
    """A consistent copy at one moment, without stopping anybody."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)
        return
    command = [tool("pg_dump"), "--clean", "--if-exists", "--no-owner", "--no-privileges", "--file", str(target)]
    subprocess.run(command, check=True, env=postgres_environment())  # noqa: S603 (no shell, our own arguments)


def tool(name: str) -> str:
    """PostgreSQL's program of that name. Raises FileNotFoundError with what to do."""
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    if found is None:
        raise FileNotFoundError(f"{name} was not found: install PostgreSQL's client programs")
    return found


def postgres_environment() -> dict[str, str]:
    """The database's address for PostgreSQL's programs; the password never stands in a command line."""
    values = connection.settings_dict
    named = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    return {**os.environ, **{name: str(values[key]) for name, key in named.items() if values.get(key)}}


@contextmanager
def opened(source: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, Any]]]:
    """An archive and its manifest. Raises BadArchive."""
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


def unpack(tar: tarfile.TarFile) -> None:
    """Puts everything back. The server must not be running. Names that lead out of the archive are refused by tarfile's
    own filter; what is there already is replaced."""
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
    connection.close()
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for ending in ("-wal", "-shm"):
            name.with_name(name.name + ending).unlink(missing_ok=True)
        shutil.copyfile(dump, name)
        return
    command = [
        tool("psql"),
        "--quiet",
        "--no-psqlrc",
        "--set",
        "ON_ERROR_STOP=1",
        "--single-transaction",
        "--file",
        str(dump),
    ]
    subprocess.run(command, check=True, env=postgres_environment(), stdout=subprocess.DEVNULL)  # noqa: S603
