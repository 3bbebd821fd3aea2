"""Providers are asked about accounts: in five seconds, with every answer, and without losing a secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels import services
from kesher.channels.base import AccountInfo, Channel, ChannelError, Client, ListedTemplate, Probe, TemplateListing
from kesher.channels.models import Account, Template
from kesher.channels.registry import channels
from kesher.channels.services import probes, provider_calls
from kesher.core.audit import SYSTEM, Actor
from kesher.core.models import Audit

STAFF = Actor("staff", 1, "desk")
INFO = AccountInfo(
    "k", "x", address="1122334455667", secrets=("s" * 16,), token="123456789:AAbbCCddEEffGGhhIIjjKK",
    settings={"waba_id": "99887766", "verify_token": "v", "account_sid": "AC1", "smtp_host": "", "sendsms_url": "http://x"},
    public_url="https://city.example/in/x/k",
)  # fmt: skip


class Provider:
    """A client that gives the same answer to everything, and remembers what was asked."""

    def __init__(self, status: int = 200, body: bytes = b"{}", error: ChannelError | None = None) -> None:
        self.status, self.body, self.error = status, body, error
        self.asked: list[tuple[str, str, Any]] = []

    async def request(self, method: str, url: str, **given: Any) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((method, url, given.get("json")))
        if self.error:
            raise self.error
        return self.status, {}, self.body


ANSWERS = [
    Provider(status, body)
    for status in (200, 201, 400, 401, 403, 404, 429, 500, 503)
    for body in (b"", b"{", b"[]", b"null", b"7", b'{"ok": true, "result": []}', b'{"ok": true, "result": {"url": 7}}',
                 b'{"error": 1}', b'{"error": {"code": "190"}}', b'{"data": [1, {"components": [1]}]}', b'{"data": {}}',
                 b'{"status": 3, "code": []}', "אין".encode("windows-1255"))
]  # fmt: skip
ERRORS = [
    Provider(error=ChannelError("net: ConnectError", code="network")),
    Provider(error=ChannelError("inner", permanent=True, code="refused")),
    Provider(error=ChannelError("slow", unknown=True)),
]


@pytest.mark.parametrize("name", channels())
def test_a_probe_is_total_and_names_no_secret(name: str) -> None:
    adapter = channels()[name]
    for provider in [*ANSWERS, *ERRORS]:
        found = asyncio.run(adapter.probe(INFO, provider))
        assert found is None or isinstance(found, Probe)
        assert INFO.token not in str(found)
        assert found is None or found.words % found.values
        json.dumps([found.values, found.facts] if found else None)


@pytest.mark.parametrize("name", channels())
def test_a_channel_declares_what_its_connect_page_needs(name: str) -> None:
    connection = channels()[name].connection
    assert connection.summary
    assert connection.steps
    names = [field.name for field in connection.fields]
    assert len(names) == len(set(names))
    known = {"address", "shown_address", "token", "secret", *channels()[name].settings}
    assert set(names) <= known, "a field is a column, a secret, or a setting that the channel describes"
    assert all(field.label for field in connection.fields)
    assert all(field.wrong for field in connection.fields if field.pattern)
    assert all(field.secret for field in connection.fields if field.name in ("token", "secret"))


@pytest.mark.parametrize("provider", [Provider(401, b'{"ok": false, "error_code": 401}'), Provider(404, b"{}")])
def test_a_wrong_token_of_a_bot_is_said_as_wrong(provider: Provider) -> None:
    found = asyncio.run(channels()["telegram"].probe(INFO, provider))
    assert found is not None
    assert (found.state, "token" in found.words) == ("wrong", True)


def test_a_provider_that_does_not_answer_is_away_and_not_wrong() -> None:
    found = asyncio.run(channels()["whatsapp"].probe(INFO, Provider(error=ChannelError("x", code="network"))))
    assert found is not None
    assert found.state == "away"


def test_a_webhook_is_set_with_our_address_and_secret() -> None:
    provider = Provider(200, b'{"ok": true, "result": true}')
    assert asyncio.run(channels()["telegram"].set_webhook(INFO, provider)).state == "well"
    [(method, url, body)] = provider.asked
    assert (method, url.endswith("/setWebhook")) == ("POST", True)
    assert (body["url"], body["secret_token"]) == (INFO.public_url, INFO.secrets[0])
    assert "my_chat_member" in body["allowed_updates"]


def test_a_call_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_client: Client) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(provider_calls, "PATIENCE", 0.01)
    with pytest.raises(ChannelError, match="no answer in time"):
        provider_calls.call_provider(hang)


def answering(monkeypatch: pytest.MonkeyPatch, kind: str, **methods: Any) -> Channel:
    """Replace methods of a channel by functions that return these values, or raise them."""
    adapter = channels()[kind]
    for name, value in methods.items():

        async def answer(*_args: Any, value: Any = value) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        monkeypatch.setattr(type(adapter), name, answer)
    return adapter


def test_what_a_provider_says_is_stored_without_our_secrets(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(
        monkeypatch, "whatsapp", probe=Probe("wrong", "The provider refused: %(reason)s", {"reason": "no wa-token"})
    )
    services.probe_account(whatsapp, by=STAFF)
    row = whatsapp.again()
    assert row.probe["state"] == "wrong"
    assert "wa-token" not in str(row.probe)
    assert row.probed_at is not None
    assert Audit.objects.filter(operation="channels.probe_account").count() == 1


def test_since_when_it_is_wrong_stays_until_it_is_well(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "whatsapp", probe=Probe("away", "x"))
    services.probe_account(whatsapp)
    since = whatsapp.again().probe["since"]
    services.probe_account(whatsapp)
    assert whatsapp.again().probe["since"] == since
    answering(monkeypatch, "whatsapp", probe=Probe("well", "x"))
    services.probe_account(whatsapp)
    assert whatsapp.again().probe["since"] > since


def test_the_hourly_job_asks_complete_accounts_of_every_agency_and_goes_on_after_a_failure(
    whatsapp: Account, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "whatsapp", probe=Probe("well", "x"), list_templates=ChannelError("x", permanent=True))
    answering(monkeypatch, "sms", probe=Probe("well", "x"))
    services.open_account("whatsapp", address="unfinished")
    assert services.probe_all() == 2
    assert sms.again().probe["state"] == "well"
    assert not Audit.objects.filter(operation="channels.probe_account").exists()


@pytest.mark.parametrize("error", [TypeError("odd"), IntegrityError("twice"), RecursionError("deep")])
def test_one_accounts_exception_does_not_stop_the_others(
    whatsapp: Account, sms: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    answering(monkeypatch, "whatsapp", probe=error)
    answering(monkeypatch, "sms", probe=Probe("well", "x"))
    services.probe_all()
    assert sms.again().probe["state"] == "well"
    assert whatsapp.again().probed_at is not None, "it does not come first again"
    assert type(error).__name__ in caplog.text


def test_a_run_ends_in_time_and_the_next_goes_on_with_who_waits_longest(
    whatsapp: Account, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 1000, 12))  # seconds: each account takes twelve
    monkeypatch.setattr(probes, "monotonic", lambda: next(ticks))
    for kind in ("whatsapp", "sms"):
        answering(monkeypatch, kind, probe=Probe("away", "x"))
    Account.objects.filter(pk=whatsapp.pk).update(probed_at=timezone.now() - timedelta(hours=2))
    assert probes.BUDGET + 2 * provider_calls.PATIENCE < 60, "the lease of the slow jobs"
    assert [services.probe_all(), whatsapp.again().probe] == [1, {}]
    assert [services.probe_all(), whatsapp.again().probe["state"]] == [1, "away"]
    assert services.probe_all() == 0, "all were asked within the hour"


def listed(body: str, state: str = "approved", **more: str) -> ListedTemplate:
    return ListedTemplate("case_update", "he", body, state, **more)


def listing(*templates: ListedTemplate, is_whole: bool = True) -> TemplateListing:
    return TemplateListing(templates, is_whole)


def test_templates_are_as_the_provider_lists_them(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    services.approve_template(whatsapp, name="case_update", language="he", body="פנייה {{1}}")
    services.approve_template(whatsapp, name="old", language="he", body="ישן")
    answering(monkeypatch, "whatsapp", list_templates=listing(listed("פנייה {{1}} עודכנה", "rejected", reason="SCAM")))
    assert services.sync_templates(whatsapp, by=STAFF) == 1
    states = {(row.name, row.version): row.state for row in Template.objects.all()}
    assert states == {("case_update", 1): "gone", ("case_update", 2): "rejected", ("old", 1): "gone"}
    answering(monkeypatch, "whatsapp", list_templates=listing(listed("פנייה {{1}} עודכנה")))
    services.sync_templates(whatsapp, by=SYSTEM)
    row = Template.objects.get(version=2)
    assert (row.state, row.reason) == ("approved", "")


def test_templates_stay_where_the_provider_cannot_be_asked(whatsapp: Account) -> None:
    services.approve_template(whatsapp, name="case_update", language="he", body="פנייה {{1}}")
    with pytest.raises(ChannelError):
        services.sync_templates(whatsapp)
    assert Template.objects.get().state == "approved"


@pytest.mark.parametrize("body", ["פנייה {{1}}", "אחר"])
def test_a_list_with_parts_missing_changes_no_approved_template(
    whatsapp: Account, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    for name in ("case_update", "other"):
        services.approve_template(whatsapp, name=name, language="he", body="פנייה {{1}}")
    answering(monkeypatch, "whatsapp", list_templates=listing(listed(body, "paused"), is_whole=False))
    services.sync_templates(whatsapp)
    services.sync_templates(whatsapp)
    assert {(row.version, row.state) for row in Template.objects.all()} == {(1, "approved")}


def test_an_empty_list_counts_the_second_time_in_a_row(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    services.approve_template(whatsapp, name="case_update", language="he", body="פנייה {{1}}")
    for answer in (listing(), listing(is_whole=False), listing()):
        answering(monkeypatch, "whatsapp", list_templates=answer)
        services.sync_templates(whatsapp)
        assert Template.objects.get().state == "approved"
    services.sync_templates(whatsapp.again())
    assert Template.objects.get().state == "gone"


def test_a_template_that_is_listed_twice_is_stored_once(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "whatsapp", list_templates=listing(listed("פנייה {{1}}"), listed("פנייה {{1}}")))
    services.sync_templates(whatsapp)
    assert [row.version for row in Template.objects.all()] == [1]


BODY = {"type": "BODY", "text": "שלום {{1}}"}
ENTRY = {"name": "a", "language": "he", "status": "APPROVED", "category": "UTILITY", "components": [BODY]}


@pytest.mark.parametrize(
    ("answer", "count", "is_whole"),
    [({"data": [ENTRY]}, 1, True), ({"data": []}, 0, True), ({}, 0, False), ({"data": {}}, 0, False),
     ({"data": [ENTRY, 7]}, 1, False), ({"data": [ENTRY, ENTRY | {"components": None}]}, 1, False),
     ({"data": [ENTRY, ENTRY | {"name": "a" * 81}, ENTRY | {"language": "zh_Hant_TW"}]}, 1, True),
     ({"data": [ENTRY], "paging": {"next": "https://x"}}, 1, False),
     ({"data": [ENTRY], "paging": {"next": "https://x", "cursors": {"after": "x"}}}, 60, False)],
)  # fmt: skip
def test_meta_answered_a_whole_list_only_if_each_page_was_read(answer: Any, count: int, is_whole: bool) -> None:
    provider = Provider(200, json.dumps(answer).encode())
    found = asyncio.run(channels()["whatsapp"].list_templates(INFO, provider))
    assert (len(found.templates), found.is_whole) == (count, is_whole)


def test_metas_templates_are_read_with_their_reasons(city: Agency) -> None:
    body = {"type": "BODY", "text": "שלום {{1}}"}
    rows = [
        {"name": "a", "language": "he", "status": "APPROVED", "category": "UTILITY", "components": [body]},
        {"name": "b", "language": "he", "status": "REJECTED", "category": "MARKETING", "rejected_reason": "SCAM",
         "components": [body]},
        {"name": "c", "language": "he", "status": "APPROVED", "category": "UTILITY",
         "components": [body, {"type": "HEADER", "format": "IMAGE"}]},
        {"name": "no text", "language": "he", "status": "APPROVED", "components": []},
    ]  # fmt: skip
    provider = Provider(200, json.dumps({"data": rows}).encode())
    found = asyncio.run(channels()["whatsapp"].list_templates(INFO, provider)).templates
    assert [(one.name, one.state, one.purpose, bool(one.reason)) for one in found] == [
        ("a", "approved", "service", False), ("b", "rejected", "promotion", True), ("c", "unfit", "service", True)
    ]  # fmt: skip
