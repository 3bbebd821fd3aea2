"""``kesher serve``: one command, one port, one process tree (web, worker, sender)."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

# Each has a ``main(host, port)``. Imported by its own process only: whoever watches them needs none of it.
ROLES = {"web": "kesher.site.web", "worker": "kesher.conversations.worker", "sender": "kesher.conversations.sender"}


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # `kesher check` is for that; a start should be quick
    help = "Runs Kesher: the web lanes, the receiving worker and the sender, restarted should one of them die."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("KESHER_BIND", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--only", choices=list(ROLES), help="one role in this process, for a process manager of your own"
        )

    def handle(self, **options: Any) -> None:
        role = options["only"]
        if role is None:
            Tree(options["host"], options["port"]).run()
        else:
            main = import_module(ROLES[role]).main
            gc.collect()
            gc.freeze()  # what is loaded now lives as long as the process: no collection walks it (70 ms each time)
            main(options["host"], options["port"])


class Tree:
    """The three processes, watched."""

    def __init__(self, host: str, port: int) -> None:
        self.arguments = ["--host", host, "--port", str(port)]
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}
        self.running = True

    def run(self) -> None:
        """Until SIGTERM or SIGINT; a child that dies is started again, at most once a second."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while self.running:
            for role in ROLES:
                child = self.children.get(role)
                if child is None or child.poll() is not None:
                    self.start(role)
            time.sleep(0.2)
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + 25
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()

    def start(self, role: str) -> None:
        if time.monotonic() - self.started.get(role, -10) < 1:
            return
        self.started[role] = time.monotonic()
        command = [sys.executable, "-m", "kesher.site.cli", "serve", "--only", role, *self.arguments]
        self.children[role] = subprocess.Popen(command)  # noqa: S603  # our own command

    def stop(self, *_signal: Any) -> None:
        self.running = False
