"""``script/bench slots [--data FILE-OR-FOLDER] [--misses]``: what is found of topic, place, dates and numbers.

In the demo municipality, on SQLite: trains a model, judges the messages of `tests/judged/slots/open/` (or of the files
that ``--data`` names; of those nothing is printed but figures), and measures how much longer a message takes at 500
places. ``--data`` with a folder copies its demo and model instead of making them anew. The last line is the summary.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.judged_slots import SETS
from bench.understand import copy_data


def main() -> None:
    """Parse the arguments, and run the child process on a new data folder."""
    parser = argparse.ArgumentParser(prog="script/bench slots")
    parser.add_argument("--data", action="append", default=[], help="a judged file, or a data folder with the demo")
    parser.add_argument("--misses", action="store_true", help="list what was wrong, of the open set only")
    options = parser.parse_args()
    given = [Path(path) for path in options.data]
    files = [path for path in given if path.is_file()]
    if options.misses and files:
        parser.error("--misses is for the open set: others are never looked at")
    missing = [path for path in given if not path.exists()]
    if missing:
        parser.error(f"there is no {missing[0]}")
    folder = Path(tempfile.mkdtemp(prefix="kesher-bench-"))
    for source in given:
        if source.is_dir():
            copy_data(source, folder)
            if (source / "understanding").is_dir():
                shutil.copytree(source / "understanding", folder / "understanding")
    environment = {
        **os.environ, "KESHER_DATA": str(folder), "DATABASE_URL": "", "KESHER_LOG": "ERROR", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    judged = files or sorted((SETS / "open").glob("*.jsonl"))
    command = [sys.executable, "-m", "bench.slots_child", *map(str, judged), *(["--misses"] if options.misses else [])]
    try:
        ended = subprocess.run(command, env=environment, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(ended.returncode)


if __name__ == "__main__":
    main()
