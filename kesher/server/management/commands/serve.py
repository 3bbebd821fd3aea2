"""The command ``kesher serve``: run web, worker and sender as one process tree on one port."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import time
from argparse import ArgumentParser
from importlib import import_module
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import django
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from kesher.site.data_folder import InUse, keep_in_use

# Each module has ``main(host, port)``, and is imported in its own process only.
ROLES = {
    "web": "kesher.server.web",
    "worker": "kesher.conversations.intake.worker",
    "sender": "kesher.conversations.delivery.sender",
}


# Forked where possible: the code is loaded once for all three.
PROCESSES = get_context("fork" if "fork" in get_all_start_methods() else None)


class Command(BaseCommand):
    """Run Kesher."""

    requires_system_checks: list[str] = []  # `kesher check` runs them; a start must be fast
    help = "Runs Kesher: the web lanes, the receiving worker and the sender, restarted should one of them die."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--host", default=os.environ.get("KESHER_BIND", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--only", choices=list(ROLES), help="one role in this process, for a process manager of your own"
        )

    def handle(self, **options: Any) -> None:
        """Run one server role in this process, or all roles in child processes."""
        role = options["only"]
        hold_data_folder()
        if role is None:
            Tree(options["host"], options["port"]).run()
        else:
            run_role(role, options["host"], options["port"])


def hold_data_folder() -> None:
    """Lock the data folder against a restore. Raise CommandError while a restore runs."""
    try:
        keep_in_use()
    except InUse as error:
        raise CommandError(str(error)) from error


def run_role(role: str, host: str, port: int) -> None:
    """Run one server role, such as the web server, in this process until SIGTERM."""
    django.setup()  # needed where processes are spawned, not forked
    os.umask(0o077)
    keep_in_use()
    main = import_module(ROLES[role]).main
    gc.collect()
    gc.freeze()  # loaded objects live as long as the process; collections skip them (saves 70 ms each)
    main(host, port)


def run_forked_role(role: str, host: str, port: int) -> None:
    """Run one server role in a child process that is named after it in ``ps`` and ``top``."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # drop the parent's handlers
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"kesher-{role}")
    run_role(role, host, port)


class Tree:
    """The three processes and their supervisor."""

    def __init__(self, host: str, port: int) -> None:
        """Start without child processes; host and port are the web server's."""
        self.where = (host, port)
        self.children: dict[str, BaseProcess] = {}
        self.started: dict[str, float] = {}
        self.running = True

    def run(self) -> None:
        """Run every server role in a child process until SIGTERM or SIGINT; restart those that die."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        connections.close_all()  # processes must not share a connection
        while self.running:
            for role in ROLES:
                child = self.children.get(role)
                if child is None or not child.is_alive():
                    self.start(role)
            time.sleep(0.2)
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + 25
        for child in self.children.values():
            child.join(max(0.1, deadline - time.monotonic()))
            child.kill()

    def start(self, role: str) -> None:
        """Start a role's child process, unless it was started less than a second ago."""
        if time.monotonic() - self.started.get(role, -10) < 1:
            return
        self.started[role] = time.monotonic()
        self.children[role] = PROCESSES.Process(target=run_forked_role, args=(role, *self.where), name=f"kesher-{role}")
        self.children[role].start()

    def stop(self, *_signal: Any) -> None:
        """End the loop that watches the child processes (a signal handler)."""
        self.running = False
