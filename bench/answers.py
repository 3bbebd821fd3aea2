"""``script/bench answers [--most N]``: how well the judged questions are answered, and what a question and the index cost as
the answers grow. Both halves and every class on lines of their own; the last line is the summary."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from bench.machine import postgres


def run(most: int, url: str = "") -> None:
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": url, "KESHER_LOG": "ERROR", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    try:
        subprocess.run([sys.executable, "-m", "bench.answers_child", str(most)], env=environment, check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench answers")
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    options = parser.parse_args()
    if not options.postgres:
        run(options.most)
        return
    with postgres() as (url, _pid):
        run(options.most, url)


if __name__ == "__main__":
    main()
