"""``script/bench understand [--sets open] [--misses]``: what messages mean, how well it is found and what it costs.

On SQLite, and on PostgreSQL where it is installed, in the demo municipality: trains a model, judges the messages of
`tests/judged/messages/`, and measures time and memory at 1,000 titles and 1,000 answers. The last lines are the
summaries, one a database. Of the kept sets nothing is printed but figures.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.machine import databases, postgres


def run(options: argparse.Namespace, url: str) -> str:
    """Run the child process on a new database; print its table and return its summary."""
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": url, "KESHER_LOG": "ERROR", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    if options.data and not url:
        copy_data(Path(options.data), Path(folder))
    flags = ["--misses"] if options.misses else ["--language-unknown"] if options.language_unknown else []
    command = [sys.executable, "-m", "bench.understand_child", options.sets, *flags]
    summary = ""
    try:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith("{"):
                    summary = line.strip()
                else:
                    print(line, end="", flush=True)
        if child.returncode:
            raise SystemExit(child.returncode)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return summary


def copy_data(source: Path, target: Path) -> None:
    """Copy a data folder's database and keys; the original stays as it is."""
    with (
        contextlib.closing(sqlite3.connect(source / "kesher.sqlite3")) as given,
        contextlib.closing(sqlite3.connect(target / "kesher.sqlite3")) as copy,
    ):
        given.backup(copy)
    for key in source.glob("*.key"):
        shutil.copyfile(key, target / key.name)


def has_postgres() -> bool:
    """Return whether PostgreSQL is installed."""
    try:
        with postgres():
            return True
    except SystemExit:
        print("PostgreSQL is not installed: SQLite alone", flush=True)
        return False


def main() -> None:
    """Parse the arguments, and run on each database."""
    parser = argparse.ArgumentParser(prog="script/bench understand")
    parser.add_argument("--sets", choices=("kept", "open"), default="kept")
    parser.add_argument("--misses", action="store_true", help="list what was wrong, of the open sets only")
    parser.add_argument("--language-unknown", action="store_true", help="do not say which language the person uses")
    parser.add_argument("--data", default="", help="a data folder with the demo on SQLite, copied instead of made anew")
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    if options.misses and options.sets != "open":
        parser.error("--misses is for --sets open: the kept sets are never looked at")
    sqlite_only = options.sqlite_only or not has_postgres()
    summaries = [run(options, url) for url, _pid in databases(sqlite_only=sqlite_only)]
    for summary in summaries:
        print(summary, flush=True)


if __name__ == "__main__":
    main()
