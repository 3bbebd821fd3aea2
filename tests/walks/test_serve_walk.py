"""``kesher serve`` runs three processes, restarts one that dies, and leaves none behind."""

from __future__ import annotations

import os
import re
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

LINK = re.compile(r"http://localhost:\d+(/first-setup/\w+/)")
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


def test_the_very_first_start_speaks_hebrew_and_prints_a_link_that_works_once(tmp_path: Path, tables: Tables) -> None:
    """Start from a new clone, in which nothing is compiled, with an empty folder."""
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
        "KESHER_PUBLIC_URL": f"http://localhost:{port}",
    }
    tables(tmp_path / "data")
    command = [sys.executable, "-m", "kesher.site.cli", "up", "--port", str(port)]
    printed = tmp_path / "printed.txt"
    with printed.open("wb") as out:
        tree = subprocess.Popen(command, cwd=clone, env=environment, stdout=out, stderr=subprocess.DEVNULL)
    try:
        page = until(lambda: words_at(f"http://localhost:{port}/desk/login/"), 60)
        link = LINK.search(printed.read_text())
        assert link is not None
        first, second = (post_setup(f"http://localhost:{port}", link[1], name) for name in ("miriam", "omar"))
    finally:
        tree.terminate()
        tree.wait(30)
    assert "דילוג לתוכן" in page  # a text of ours; many are also in Django's catalogue
    assert (first.status_code, first.headers["location"], second.status_code) == (302, "/desk/second/", 410)


def post_setup(site: str, path: str, username: str) -> httpx.Response:
    """Send the form of the first setup, as a browser does."""
    password = "bright-lamp-at-noon"
    form = {
        "name_he": "עיריית נווה־ים",
        "language": "he",
        "country": "IL",
        "name": "מרים",
        "username": username,
        "password": password,
        "again": password,
    }
    return httpx.post(site + path, data=form, headers={"origin": site}, timeout=60, trust_env=False)


def words_at(url: str) -> str:
    with suppress(httpx.TransportError):
        return httpx.get(url, headers={"accept-language": "he"}, trust_env=False, follow_redirects=True).text
    return ""
