"""The ``kesher`` commands: setup, replay, send-as, channels, backup and restore."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.core.db.agency_scope import everywhere
from kesher.core.files.attachments import store_bytes
from kesher.site import deploy_checks
from kesher.site.backup_archive import pack_archive
from kesher.site.tests.conftest import Listener

KEYS = {
    "kind",
    "account",
    "external_id",
    "dedup_key",
    "sender",
    "text",
    "at",
    "media",
    "choice_id",
    "target",
    "status",
    "data",
}
BODY = {"update_id": 7, "message": {"message_id": 7, "date": 1735689600, "text": "שלום",
        "chat": {"id": 5550143, "type": "private"}, "from": {"id": 5550143, "is_bot": False, "first_name": "עומר"}}}  # fmt: skip


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_replay_prints_each_event_with_the_promised_keys(tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text(json.dumps(BODY))
    event = json.loads(run("replay", "telegram", str(tmp_path / "text.json")))
    assert set(event) >= KEYS
    assert event["sender"] == {"scheme": "tg", "address": "5550143"}
    assert (event["kind"], event["text"], event["at"]) == ("message", "שלום", "2025-01-01T00:00:00Z")


def test_replay_reads_captures_of_several_requests(tmp_path: Path) -> None:
    lines = [json.dumps({"path": "/in/telegram/x", "headers": {}, "body": json.dumps(BODY)})] * 2
    (tmp_path / "many.jsonl").write_text("\n".join(lines))
    assert len(run("replay", "telegram", str(tmp_path / "many.jsonl")).splitlines()) == 2


def test_replay_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text(json.dumps(BODY))  # without a database, so that a query would fail
    assert run("replay", "telegram", str(tmp_path / "text.json"))


@pytest.mark.parametrize(("channel", "file"), [("nosuch", "x"), ("telegram", "/no/such/file")])
def test_replay_says_what_is_wrong(channel: str, file: str) -> None:
    with pytest.raises(CommandError):
        run("replay", channel, file)


def test_send_as_goes_through_the_intake(sms: Account, intake: Listener) -> None:
    run("send-as", "sms", "050-555-0142", "לחתום 48213")
    _method, path, headers, body = intake.got[0]
    assert path == f"/in/sms/{sms.key}"
    assert "x-twilio-signature" in headers
    assert b"%2B972505550142" in body


@pytest.mark.parametrize("arguments", [("telegram", "1", "x"), ("sms", "not a number", "x")])
def test_send_as_says_what_is_wrong(sms: Account, intake: Listener, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("send-as", *arguments)
    assert not intake.got


def test_send_as_says_that_nobody_listens(sms: Account) -> None:
    with pytest.raises(CommandError, match="Connect"):
        run("send-as", "sms", "0505550142", "שלום", server="http://127.0.0.1:9")


def channels() -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("channels", stdout=out)
    return int(str(end.value.code)), out.getvalue()


def test_channels_lists_what_is_well(sms: Account) -> None:
    code, words = channels()
    assert code == 0
    assert f"/in/sms/{sms.key}" in words
    assert "well" in words


def test_channels_names_what_is_missing(sms: Account) -> None:
    Account.objects.filter(pk=sms.pk).update(settings={})
    code, words = channels()
    assert code == 1
    assert "account_sid" in words


def test_channels_shows_no_secret(sms: Account) -> None:
    assert "sms-auth-token" not in channels()[1]


def setup(tmp_path: Path, **options: str) -> str:
    (tmp_path / "password").write_text("a-long-password")
    values = {"name": "עיריית הגפן", "url": "https://gefen.example", "admin": "rina", "slug": "gefen"}
    return run("setup", **{**values, **options}, password_file=str(tmp_path / "password"))


def test_setup_makes_a_body_an_administrator_and_a_chat(db: None, tmp_path: Path) -> None:
    words = setup(tmp_path)
    assert "https://gefen.example/desk/" in words
    agency = Agency.objects.get()
    with everywhere("test"):
        assert Staff.objects.get().role == "admin"
        assert Account.objects.get().channel == "webchat"
    assert (agency.host, agency.public_url) == ("", "https://gefen.example")
    assert User.objects.get(username="rina").check_password("a-long-password")


def test_a_second_body_is_told_by_its_host(town: Agency, tmp_path: Path) -> None:
    setup(tmp_path)
    assert Agency.objects.get(slug="gefen").host == "gefen.example"


def test_setup_does_nothing_twice(db: None, tmp_path: Path) -> None:
    setup(tmp_path)
    with pytest.raises(CommandError, match="already"):
        setup(tmp_path)
    assert Agency.objects.count() == 1


@pytest.mark.parametrize("options", [{"url": "gefen"}, {"url": "https://gefen.example/path"}])
def test_setup_refuses_an_address_that_is_none(db: None, tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        setup(tmp_path, **options)
    assert not Agency.objects.exists()


def test_setup_refuses_a_short_password(db: None, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("1234")
    with pytest.raises(CommandError):
        run("setup", name="עיר", url="https://a.example", admin="a", slug="a", password_file=str(tmp_path / "short"))
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_archive_holds_database_files_and_keys(city: Agency, tmp_path: Path) -> None:
    digest = store_bytes(b"a citizen's picture")
    target = tmp_path / "all.tar.gz"
    pack_archive(target)
    with tarfile.open(target) as tar:
        names = set(tar.getnames())
    dump = {"sqlite": "database.sqlite3", "postgresql": "database.sql"}[connection.vendor]
    assert names >= {"manifest.json", dump, "keys/kesher-vault.key", "keys/kesher-secret.key"}
    assert any(name.endswith(digest) for name in names)
    assert target.stat().st_mode & 0o077 == 0


def test_a_backup_replaces_no_file_by_itself(city: Agency, tmp_path: Path) -> None:
    (tmp_path / "mine.tar.gz").write_text("mine")
    with pytest.raises(CommandError, match="--yes"):
        run("backup", str(tmp_path / "mine.tar.gz"))
    assert (tmp_path / "mine.tar.gz").read_text() == "mine"


@pytest.mark.django_db(transaction=True)
def test_a_restore_overwrites_nothing_by_itself(city: Agency, tmp_path: Path) -> None:
    pack_archive(tmp_path / "all.tar.gz")
    with pytest.raises(CommandError, match="--yes"):
        run("restore", str(tmp_path / "all.tar.gz"))


def test_what_is_no_archive_is_not_restored(db: None, tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"not an archive")
    with pytest.raises(CommandError, match="Nothing was restored"):
        run("restore", str(tmp_path / "x.tar.gz"), yes=True)


@pytest.mark.slow
def test_a_town_moves_to_another_machine(tmp_path: Path, tables: Callable[[Path], None]) -> None:
    (tmp_path / "password").write_text("a-long-password")
    old, new, archive = tmp_path / "old", tmp_path / "new", str(tmp_path / "all.tar.gz")
    tables(old)
    kesher(old, "migrate", "--verbosity=0")
    kesher(
        old,
        "setup",
        "--name=עיר",
        "--url=https://a.example",
        "--admin=rina",
        "--slug=a",
        f"--password-file={tmp_path}/password",
    )
    kesher(old, "backup", archive)
    kesher(new, "restore", archive)
    assert (new / "kesher-vault.key").read_text() == (old / "kesher-vault.key").read_text()
    assert "webchat" in kesher(new, "channels")


PRODUCTION = Path(__file__).parents[3] / "docs" / "production.md"


@pytest.mark.slow
def test_the_set_up_of_the_handbook_passes_its_own_check(tmp_path: Path) -> None:
    lines = re.search(r"kesher\.env`.*?```sh\n(.*?)```", PRODUCTION.read_text(encoding="utf-8"), re.DOTALL)
    assert lines
    told = dict(line.split("=", 1) for line in lines[1].split())
    assert told.pop("KESHER_TRUST_PROXY") == "1"
    right = checked(tmp_path, {**told, "KESHER_TRUST_PROXY": "1"})
    assert right.returncode == 0, right.stderr
    assert "no issues" in right.stdout
    for wrong in ({}, {"KESHER_TRUST_PROXY": "1", "KESHER_PROXY_IPS": ""}):
        done = checked(tmp_path, {**told, **wrong})
        assert done.returncode == 1
        assert "KESHER_TRUST_PROXY=1" in done.stderr


def checked(data: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    ours = ("KESHER_", "DATABASE_URL", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-m", "kesher.site.cli", "check", "--deploy"]
    known = {**kept, **environment, "KESHER_DATA": str(data)}
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False, timeout=60)


def kesher(data: Path, *arguments: str) -> str:
    """Run the real command on an installation of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("KESHER_", "DATABASE_URL"))
    }
    environment |= {"KESHER_DATA": str(data), "KESHER_PUBLIC_URL": "https://a.example"}
    command = [sys.executable, "-m", "kesher.site.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_real_installation_has_no_simulator(settings: Any) -> None:
    settings.KESHER_SIMULATOR = True
    assert [error.id for error in deploy_checks.no_simulator(None)] == ["kesher.E001"]
    settings.KESHER_SIMULATOR = False
    assert deploy_checks.no_simulator(None) == []


def test_a_real_installation_has_no_hole_in_its_guard(settings: Any) -> None:
    settings.KESHER_SSRF_ALLOW = ["127.0.0.1:8000"]
    assert [error.id for error in deploy_checks.no_open_guard(None)] == ["kesher.E002"]


def test_a_public_address_without_tls_is_warned_about(settings: Any) -> None:
    settings.KESHER_PUBLIC_URL = "http://city.example"
    assert [error.id for error in deploy_checks.public_over_tls(None)] == ["kesher.W001"]


def test_switching_the_second_step_off_is_refused_on_a_real_installation(settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    assert [error.id for error in deploy_checks.second_step_of_staff(None)] == ["kesher.E003"]
    settings.KESHER_SECOND_FACTOR = True
    assert not deploy_checks.second_step_of_staff(None)
