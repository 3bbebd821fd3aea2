"""The data folder is closed to other users, and never used by a server and a restore at once."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from kesher.site import data_folder
from kesher.site.backup_archive import pack_archive
from tests.end_to_end import ServerFolder, free_port, until


def environment(data: Path) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("KESHER_", "DATABASE_URL"))}
    return {**keep, "KESHER_DATA": str(data), "KESHER_PUBLIC_URL": "https://a.example", "PORT": str(free_port())}


def kesher(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the real command under umask 0."""
    command = [sys.executable, "-m", "kesher.site.cli", *arguments]
    known = {**environment(data), **more}
    return subprocess.run(command, env=known, umask=0, capture_output=True, text=True, timeout=60, check=False)


def open_to_others(folder: Path) -> list[str]:
    """Return the entries that others than the owner may read."""
    return [str(path) for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & 0o077]


@pytest.mark.slow
def test_no_umask_opens_the_data_to_others(tmp_path: Path, tables: Callable[[Path], None]) -> None:
    data = tmp_path / "data"
    tables(data)
    data.chmod(0o755)
    (data / "kesher.sqlite3").chmod(0o644)  # as a version before this one left it
    assert kesher(data, "up", "--prepare-only").returncode == 0
    assert (data / "in-use.lock").exists()
    assert open_to_others(data) == []


@pytest.mark.slow
def test_a_restore_refuses_while_any_process_of_a_server_lives(tmp_path: Path, tables: Callable[[Path], None]) -> None:
    data, archive = tmp_path / "data", tmp_path / "all.tar.gz"
    tables(data)
    assert kesher(data, "backup", str(archive)).returncode == 0
    before = (data / "kesher.sqlite3").stat().st_mtime_ns
    for role in ("web", "worker"):
        with serving(data, role):
            done = kesher(data, "restore", "--yes", str(archive))
            assert done.returncode == 1
            assert "systemctl stop kesher" in done.stderr
            assert (data / "kesher.sqlite3").stat().st_mtime_ns == before
    assert kesher(data, "restore", "--yes", str(archive)).returncode == 0  # a killed process holds no lock


def is_in_use(data: Path) -> bool:
    try:
        data_folder.lock_folder(data, fcntl.LOCK_EX, "").close()
    except data_folder.InUse:
        return True
    return False


@contextmanager
def serving(data: Path, role: str) -> Iterator[None]:
    """A running role, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kesher.site.cli", "serve", "--only", role], env=environment(data)
    )
    try:
        until(lambda: is_in_use(data))
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_server_does_not_start_while_a_restore_runs(tmp_path: Path) -> None:
    with override_settings(DATA=tmp_path / "data"), data_folder.lock_folder(tmp_path / "data", fcntl.LOCK_EX, ""):
        done = kesher(tmp_path / "data", "up")
    assert done.returncode == 1
    assert "A restore is under way" in done.stderr
    assert not (tmp_path / "data" / "kesher.sqlite3").exists()


def test_servers_share_the_folder_and_a_restore_does_not(tmp_path: Path) -> None:
    one = data_folder.lock_folder(tmp_path, fcntl.LOCK_SH, "")
    two = data_folder.lock_folder(tmp_path, fcntl.LOCK_SH, "")
    with pytest.raises(data_folder.InUse, match="no"):
        data_folder.lock_folder(tmp_path, fcntl.LOCK_EX, "no")
    one.close()
    two.close()
    data_folder.lock_folder(tmp_path, fcntl.LOCK_EX, "").close()


@pytest.mark.django_db(transaction=True)
def test_a_restore_sees_a_server_on_another_machine(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """PostgreSQL: the data folder may be another one."""
    if connection.vendor != "postgresql":
        return
    folder: ServerFolder = request.getfixturevalue("kesher_server").place
    pack_archive(tmp_path / "all.tar.gz")
    url = folder.environment["DATABASE_URL"]
    done = kesher(tmp_path / "other", "restore", "--yes", str(tmp_path / "all.tar.gz"), DATABASE_URL=url)
    assert done.returncode == 1
    assert "A server uses this installation" in done.stderr
