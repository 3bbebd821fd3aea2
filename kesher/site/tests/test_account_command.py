"""``kesher account`` opens an account and changes its secrets without secrets in the shell's history."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.core.models import Audit


def run(*words: str) -> str:
    out = StringIO()
    call_command("account", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("an-app-secret\n")
    return file


def test_an_account_is_opened_with_its_webhook_and_what_is_missing(city: Agency, secret: Path) -> None:
    told = run("add", "whatsapp", "--address", "1122334455667", "--secret-file", str(secret))
    account = Account.objects.get(channel="whatsapp")
    assert account.info().secrets == ("an-app-secret",)
    assert f"/in/whatsapp/{account.key}" in told
    assert "MISSING verify_token" in told
    assert "an-app-secret" not in told


def test_a_secret_is_rotated_the_old_one_behind_the_new(whatsapp: Account, secret: Path) -> None:
    run("change", "whatsapp", "--secret-file", str(secret), "--keep-secrets")
    changed = Account.objects.get(pk=whatsapp.pk).info()
    assert changed.secrets == ("an-app-secret", "wa-app-secret")
    assert (changed.token, changed.settings) == ("wa-token", {"verify_token": "verify-me"})
    assert "an-app-secret" not in str(Audit.objects.get(operation="channels.change_account").data)


def test_settings_are_words_truths_or_json(whatsapp: Account) -> None:
    run("change", "whatsapp:1122334455667", "--set", "verify_token=1234", "--set", "rate:=40", "--set", "verp=false")
    assert Account.objects.get(pk=whatsapp.pk).settings == {"verify_token": "1234", "rate": 40, "verp": False}


@pytest.mark.parametrize(
    "words",
    [
        ("add", "pigeon"),
        ("add", "whatsapp", "--address", "1122334455667"),
        ("add", "sms", "--set", "broken"),
        ("add", "sms", "--set", "rate:={"),
        ("add", "sms", "--token-file", "/nowhere/token"),
        ("change", "telegram"),
        ("add", "sms", "--agency", "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_and_not_done(whatsapp: Account, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert list(Account.objects.all()) == [whatsapp]


def test_of_several_agencies_one_must_be_named(town: Agency) -> None:
    with pytest.raises(CommandError, match="--agency"):
        run("add", "webchat")
