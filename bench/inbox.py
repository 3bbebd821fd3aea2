"""``script/bench inbox [--messages N]``: the clerk's inbox over a hundred thousand stored messages: queries and time."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from bench.machine import postgres


def run(messages: int, url: str = "") -> None:
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
    parser = argparse.ArgumentParser(prog="script/bench inbox")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    run(options.messages)
    if not options.sqlite_only:
        with postgres() as (url, _pid):
            run(options.messages, url)


if __name__ == "__main__":
    main()
