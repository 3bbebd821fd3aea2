"""``script/bench api [--examples N] [--sqlite-only]``: does every operation of the API hold what its document says?

schemathesis makes up requests for each operation in the demo municipality, from strangers and from somebody who is
signed in, with all of its checks. ``failures`` lists what it finds: there must be none.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from bench.machine import databases


def bench(examples: int, url: str = "") -> dict[str, Any]:
    """Run once on one database, and return the summary."""
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    environment = {**os.environ, "KESHER_DATA": folder, "KESHER_APPS": "tests.suggestions", "DATABASE_URL": url}
    try:
        command = [sys.executable, "-m", "bench.api_child", str(examples)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return {"bench": "api", "database": "postgresql" if url else "sqlite", **json.loads(done.stdout.splitlines()[-1])}


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench api")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for url, _pid in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.examples, url)), flush=True)


if __name__ == "__main__":
    main()
