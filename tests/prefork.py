"""Kesher's processes for end-to-end tests, forked from one with everything loaded, as ``kesher serve`` does.

Started one by one, the three processes of a test would load the same thousand modules, which takes four seconds of a core.
The parent also does whatever else each of them would do again: read dictionaries, compile patterns, sort garbage.
This module is both ends: the parent process (reads "role port" lines, answers with process ids), and `Forks`, which starts
it and talks to it.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module

import django
from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import translation

from kesher.channels.registry import channels
from kesher.language.word_matching import word_features
from kesher.server.management.commands.serve import ROLES, run_forked_role


class Process:
    """A forked process with the used methods of ``subprocess.Popen``; as a grandchild it cannot be waited for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while self.lives():
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", seconds)
            time.sleep(0.01)

    def lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Forks:
    """Starts processes in this fixed environment."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.loaded = subprocess.Popen(
            [sys.executable, "-m", "tests.prefork"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, role: str, port: int) -> Process:
        assert self.loaded.stdin
        assert self.loaded.stdout
        self.loaded.stdin.write(f"{role} {port}\n".encode())
        self.loaded.stdin.flush()
        return Process(int(self.loaded.stdout.readline()))

    def close(self) -> None:
        self.loaded.communicate(timeout=20)


def main() -> None:
    django.setup()
    for module in ROLES.values():
        import_module(module)
    channels()  # imports every adapter
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            reverse("site:home")  # imports every view, and prepares the URLs in this language
    for word in ("מילה", "كلمة", "слово", "word"):
        word_features(word)  # reads the language's dictionary
    connections.close_all()
    gc.collect()
    gc.freeze()  # each process would look through all of it once more, and so copy its memory
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    for line in sys.stdin:
        role, port = line.split()
        if (pid := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(2, 1)  # only the ids go to the caller
            os.close(0)
            run_forked_role(role, "127.0.0.1", int(port))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
