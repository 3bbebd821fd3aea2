"""``script/bench answers [--most N]``: the quality and the cost of the answers' search.

Prints the success on the judged questions, one line for each half and class, and the cost of a question and of the
index as the answers grow; the last line is the summary.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from bench.machine import postgres


def run(most: int, url: str = "") -> None:
    """Run the child process on a new database."""
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
    """Parse the arguments, and run on SQLite or PostgreSQL."""
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
