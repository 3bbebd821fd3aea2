"""``script/bench inbox [--messages N]``: queries and time of the inbox over 100,000 stored messages."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from bench.machine import databases


def run(messages: int, url: str = "") -> None:
    """Run the child process on a new database."""
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": url, "KESHER_LOG": "WARNING", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    try:
        subprocess.run([sys.executable, "-m", "bench.inbox_child", str(messages)], env=environment, check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench inbox")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for url, _pid in databases(sqlite_only=options.sqlite_only):
        run(options.messages, url)


if __name__ == "__main__":
    main()
