"""The app is there where the setting says so, and nowhere else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands

from kesher.channels.models import Account
from kesher.simulator.models import SimulatedMessage
from kesher.site.tests.conftest import Listener

LOOK = """
import django, json
django.setup()
from django.apps import apps
from django.core.management import get_commands
from django.template.loader import get_template
from django.urls import Resolver404, resolve
from kesher.cases.desk_panels import LINKS
from kesher.core.periodic_jobs import JOBS
get_template("page.html")
try:
    page = bool(resolve("/simulator/"))
except Resolver404:
    page = False
print(json.dumps({
    "app": apps.is_installed("kesher.simulator"), "page": page, "menu": "simulator:phones" in LINKS,
    "job": any(name.startswith("kesher.simulator") for name in JOBS), "demo": get_commands()["demo"],
}))
"""


def installed(tmp_path: Path, simulator: str) -> dict[str, Any]:
    """Return what an installation with this setting has of the simulator."""
    environment = {**os.environ, "KESHER_SIMULATOR": simulator, "KESHER_APPS": "", "KESHER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_real_installation_has_nothing_of_it(tmp_path: Path) -> None:
    nothing = {"app": False, "page": False, "menu": False, "job": False, "demo": "kesher.site"}
    assert installed(tmp_path, "0") == nothing


def test_the_setting_installs_it(tmp_path: Path) -> None:
    assert installed(tmp_path, "1") == {
        "app": True, "page": True, "menu": True, "job": True, "demo": "kesher.simulator",
    }  # fmt: skip


@pytest.mark.django_db
def test_its_migrations_make_its_model() -> None:
    call_command("makemigrations", "simulator", "kesher_site", check=True, dry_run=True, stdout=io.StringIO())


def test_send_as_shows_on_the_simulated_phone(sms: Account, intake: Listener) -> None:
    assert get_commands()["send-as"] == "kesher.simulator"
    call_command("send-as", "sms", "0505550142", "שלום", stdout=io.StringIO())
    assert SimulatedMessage.objects.get().address == "+972505550142"
