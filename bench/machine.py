"""Tools for all benchmarks: server processes, databases, CPU seconds by process."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """Return the user and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tree_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and its children (PostgreSQL's backends), ended ones included."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            fields = path.read_text().rpartition(")")[2].split()
            own = int(path.parent.name)
            if own == pid or int(fields[1]) == pid:
                total += (
                    int(fields[11]) + int(fields[12]) + (int(fields[13]) + int(fields[14]) if own == pid else 0)
                ) / TICKS
    return total


@contextlib.contextmanager
def process(*arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python process inside the block."""
    child = subprocess.Popen([sys.executable, *arguments], env=environment)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()


def wait_for(url: str, seconds: float = 90) -> None:
    """Wait until the URL answers anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at {url}")


@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, int]]:
    """Run a private PostgreSQL on a socket; yield (DATABASE_URL, the postmaster's pid).

    Raise SystemExit where PostgreSQL is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if not initdb:
        raise SystemExit("PostgreSQL's programs were not found")
    programs = Path(initdb).parent
    folder = tempfile.mkdtemp(prefix="kesher-pg-", dir="/tmp")
    prefix: list[str] = []
    if os.getuid() == 0:
        user = (
            "postgres"
            if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0
            else "nobody"
        )
        shutil.chown(folder, user)
        prefix = ["runuser", "-u", user, "--"]
    data = f"{folder}/db"
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    subprocess.run([*prefix, initdb, "-D", data, "-U", "kesher", "-A", "trust", "-E", "UTF8", "--locale=C"], **quiet)  # type: ignore[call-overload]
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c shared_buffers=256MB"
    control = [*prefix, str(programs / "pg_ctl"), "-D", data]
    subprocess.run([*control, "-w", "-o", options, "-l", f"{folder}/log", "start"], **quiet)  # type: ignore[call-overload]
    try:
        pid = int(Path(f"{data}/postmaster.pid").read_text().split("\n")[0])
        yield f"postgres://kesher@/postgres?host={folder}", pid
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def databases(*, sqlite_only: bool) -> Iterator[tuple[str, int | None]]:
    """Yield ("", None) for SQLite; then, where asked for, the URL and the postmaster's pid of a private PostgreSQL."""
    yield "", None
    if not sqlite_only:
        with postgres() as (url, pid):
            yield url, pid


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share lies; 0 for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
