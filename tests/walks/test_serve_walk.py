"""``kesher serve`` runs three processes, restarts one that dies, and leaves none behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

import kesher
from tests.end_to_end import free_port, until
from tests.schema import Tables

SET_UP = """
import django; django.setup()
from django.core.management import call_command
from kesher.agencies.services import create_agency
call_command("migrate", verbosity=0)
create_agency(slug="neve-yam", names={"he": "עיריית נווה־ים"}, languages=["he", "en"])
"""
NAMES = ["kesher-sender", "kesher-web", "kesher-worker"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in Linux's /proc"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DATABASE_URL": "", "KESHER_DATA": str(tmp_path), "KESHER_DEBUG": "1"}
    command = [sys.executable, "-m", "kesher.site.cli", "serve", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # it logs that there are no tables
    yield process
    process.kill()
    process.wait()


def children(tree: subprocess.Popen[bytes]) -> dict[str, int]:
    """Return the tree's processes by name."""
    pids = Path(f"/proc/{tree.pid}/task/{tree.pid}/children").read_text().split()
    return {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid) for pid in pids}


def test_a_process_that_dies_is_started_again(tree: subprocess.Popen[bytes]) -> None:
    until(lambda: sorted(children(tree)) == NAMES, 30)
    before = children(tree)
    os.kill(before["kesher-worker"], signal.SIGKILL)
    until(lambda: children(tree).get("kesher-worker", before["kesher-worker"]) != before["kesher-worker"], 30)
    assert children(tree)["kesher-web"] == before["kesher-web"]
    tree.terminate()
    tree.wait(30)


def test_nothing_is_left_behind(tree: subprocess.Popen[bytes]) -> None:
    until(lambda: sorted(children(tree)) == NAMES, 30)
    pids = children(tree).values()
    tree.terminate()
    assert tree.wait(30) == 0
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_the_very_first_start_speaks_hebrew(tmp_path: Path, tables: Tables) -> None:
    """Start from a new clone, in which nothing is compiled."""
    clone, port = tmp_path / "clone", free_port()
    shutil.copytree(
        Path(kesher.__file__).parent, clone / "kesher", ignore=shutil.ignore_patterns("*.mo", "__pycache__")
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(clone),
        "DATABASE_URL": "",
        "KESHER_DATA": str(tmp_path / "data"),
        "KESHER_SIMULATOR": "0",
        "KESHER_APPS": "",  # a real installation, without optional apps
    }
    tables(tmp_path / "data")
    subprocess.run([sys.executable, "-c", SET_UP], cwd=clone, env=environment, check=True)
    command = [sys.executable, "-m", "kesher.site.cli", "up", "--port", str(port)]
    tree = subprocess.Popen(command, cwd=clone, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        page = until(lambda: words_at(f"http://127.0.0.1:{port}/desk/login/"), 60)
    finally:
        tree.terminate()
        tree.wait(30)
    assert "דילוג לתוכן" in page  # a text of ours; many are also in Django's catalogue


def words_at(url: str) -> str:
    with suppress(httpx.TransportError):
        return httpx.get(url, headers={"accept-language": "he"}, trust_env=False, follow_redirects=True).text
    return ""
