"""Start and stop the servers of others for the walks of this folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 30.0


def need(program: str) -> str:
    """Return the path of a program; skip the test, by name, where the machine does not have it."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@contextmanager
def running(command: Sequence[str], log: Path, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, from when its port answers to the end of the block; its output goes to `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            wait_for_port(process, log, host, port)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_port(process: subprocess.Popen[bytes], log: Path, host: str, port: int) -> None:
    """Return when the port answers; fail with the end of the log if the server ends or takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{host}:{port} does not answer: {log.read_text(errors='replace')[-2000:]}")
