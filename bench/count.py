"""``script/bench count [--seconds N] [--writers N] [--sqlite-only]``: is every signature counted exactly once?

Sixteen processes sign, withdraw, void and re-instate on one petition, often for the same people, while the counting
worker is killed (SIGKILL) twice. Then it checks: every answered signature is stored, nobody counts twice, and the
tallies equal the rows within five seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

from bench.intake import SERVE, Run
from bench.machine import databases

PETITION = """
from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.petitions.services import create_petition
with scope(1):
    p = create_petition(titles={'he': 'שביל'}, demands={'he': 'שביל לאופניים'}, published=True)
    print(p.code)
"""


def start_worker(run: Run) -> subprocess.Popen[bytes]:
    """Start the counting worker."""
    return subprocess.Popen([sys.executable, *SERVE, "worker"], env=run.environment)


def hammer(run: Run, code: str, writers: int) -> dict[str, Any]:
    """Run the writers; kill the worker after a third and after two thirds of the time."""
    environment = {**run.environment, "DJANGO_SETTINGS_MODULE": "kesher.site.settings"}
    worker = start_worker(run)
    command = [sys.executable, "-m", "bench.writers", code, str(writers), str(run.seconds)]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        for _kill in range(2):
            time.sleep(run.seconds / 3)
            worker.kill()
            worker.wait()
            worker = start_worker(run)
        out, _err = child.communicate(timeout=run.seconds + 300)
    finally:
        child.kill()
        worker.terminate()
        worker.wait()
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def bench(seconds: float, writers: int, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run once on one database, and return the summary."""
    run = Run(seconds, url, postmaster)
    try:
        run.prepare()
        found = hammer(run, run.manage(PETITION).splitlines()[-1], writers)
        return {
            "bench": "count", "database": "postgresql" if url else "sqlite", "writers": writers, "seconds": seconds,
            "cores": os.cpu_count(), "killed": 2, "verbs_per_s": round(found["verbs"] / seconds), **found,
        }  # fmt: skip
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench count")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.seconds, options.writers, *database)), flush=True)


if __name__ == "__main__":
    main()
