"""``script/bench listen [--posts N] [--stored N] [--texts FILE]``: the whole pipeline of listening on one core and SQLite.

A generated stream (`bench.post_stream`) runs through queries, language, masking, duplicates, sentiment, topics, three
windows of bursts and storing, with ``synchronous=FULL`` and one commit a batch. First a process is killed in mid-stream
and started again: nothing may be lost or stored twice. Then the speed is measured on an empty table, and again over
``--stored`` mentions; ``growth`` is the second speed as a share of the first. Stages are in microseconds for each post.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

TEXTS: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "listening" / "omilab" / "token_train.tsv"
KILLED_POSTS: Final = 20_000
BATCH: Final = 1_000


def child(environment: dict[str, str], verb: str, *arguments: object) -> dict[str, Any]:
    """Run a command of `bench.listen_child` in a process of its own, and return what it prints last."""
    command = [sys.executable, "-m", "bench.listen_child", verb, *map(str, arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def kill_in_mid_stream(environment: dict[str, str], posts: int) -> int:
    """Let a process store batches, kill it (SIGKILL) several times, and let the last one finish; return how many kills.

    It is killed a little after it said that a batch is stored: in the middle of the next one.
    """
    command = [sys.executable, "-m", "bench.listen_child", "hear", "0", str(posts), str(BATCH // 5)]
    kills = 0
    for batches in (3, 7, 11):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            for number, _line in enumerate(running.stdout):
                if number == batches:
                    running.kill()
                    kills += 1
                    break
    child(environment, "hear", 0, posts, BATCH // 5)
    return kills


def bench(options: argparse.Namespace, folder: str) -> dict[str, Any]:
    """Run all in one folder and return the summary."""
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": "", "KESHER_LOG": "ERROR", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    model = child(environment, "prepare", options.texts)
    kills = kill_in_mid_stream(environment, KILLED_POSTS)
    kept = child(environment, "check", KILLED_POSTS)
    first = child(environment, "hear", KILLED_POSTS, KILLED_POSTS + options.posts, BATCH)
    child(environment, "fill", options.stored)
    second = child(environment, "hear", KILLED_POSTS + options.posts, KILLED_POSTS + 2 * options.posts, BATCH)
    after = child(environment, "check", KILLED_POSTS + 2 * options.posts)
    return {
        "bench": "listen", "database": "sqlite", "posts_per_s": first["posts_per_s"],
        "stages": first["stages"], "growth": round(second["posts_per_s"] / first["posts_per_s"], 2),
        "lost": kept["lost"] + after["lost"], "duplicated": kept["duplicated"] + after["duplicated"],
        "cpu_posts_per_s": first["cpu_posts_per_s"],
        "cpu_growth": round(second["cpu_posts_per_s"] / first["cpu_posts_per_s"], 2),
        "posts": options.posts, "stored": options.stored, "kills": kills, "batch": BATCH,
        "copies": after["copies"], "topics": after["topics"], "signals": after["signals"], **model,
    }  # fmt: skip


def main() -> None:
    """Parse the arguments, run, and print the summary."""
    parser = argparse.ArgumentParser(prog="script/bench listen")
    parser.add_argument("--posts", type=int, default=60_000, help="posts in each of the two measured runs")
    parser.add_argument("--stored", type=int, default=200_000, help="mentions that are stored before the second run")
    parser.add_argument("--texts", default=str(TEXTS), help="labelled texts from which the model of sentiment learns")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    try:
        print(json.dumps(bench(options, folder), ensure_ascii=False), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
