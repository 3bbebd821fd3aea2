"""An administrator connects, changes, rotates and removes accounts; nobody else may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.business_hours import is_open
from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Address, BadSignature, Event, Kind
from kesher.channels.meta.webhooks import SIGNATURE, signature
from kesher.channels.models import Account, Template
from kesher.channels.services import OVERLAP, connect_account, open_account, rotate_secret
from kesher.channels.services.accounts import OLD_SECRETS_MOST
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnn"
BOT = {"address": "@city_bot", "token": TOKEN}
META = {
    "shown_address": "+972 3 555 0100", "address": "1122334455667", "waba_id": "998877665544", "token": "E" * 40,
    "secret": "a-secret-of-meta",
}  # fmt: skip


def test_an_administrator_connects_a_bot_and_its_token_is_never_shown(city: Agency, admins: Client) -> None:
    assert "BotFather" in admins.get("/desk/channels/new/telegram/").content.decode()
    assert admins.post("/desk/channels/new/telegram/", BOT).status_code == 302
    account = Account.objects.get()
    assert (account.address, account.info().token) == ("city_bot", TOKEN)
    assert len(account.info().secrets[0]) >= 32
    for page in (f"/desk/channels/{account.pk}/", f"/desk/channels/{account.pk}/edit/", "/desk/channels/"):
        shown = admins.get(page).content.decode()
        assert TOKEN not in shown
        assert account.info().secrets[0] not in shown
    assert TOKEN not in str([row.data for row in Audit.objects.all()])


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("telegram", {"token": "my token"}), ("telegram", {"address": "x"}), ("whatsapp", {"address": "+972 3 555 0100"}),
     ("whatsapp", {"secret": ""}), ("whatsapp", {"waba_id": "abc"})],
)  # fmt: skip
def test_what_has_the_wrong_form_is_not_stored(city: Agency, admins: Client, kind: str, wrong: dict[str, str]) -> None:
    values = (BOT if kind == "telegram" else META) | wrong
    assert admins.post(f"/desk/channels/new/{kind}/", values).status_code == 422
    assert not Account.objects.exists()


def test_only_an_administrator_connects(city: Agency, ruths: Client, miriams: Client, sashas: Client) -> None:
    for browser in (ruths, miriams, sashas):
        assert browser.post("/desk/channels/new/telegram/", BOT).status_code == 403
    assert not Account.objects.exists()


def test_nobody_else_changes_removes_or_rotates(telegram: Account, miriams: Client, sashas: Client) -> None:
    before = telegram.info()
    for browser in (miriams, sashas):
        for step in ("edit", "remove", "rotate", "webhook", "probe", "test", "templates"):
            assert browser.post(f"/desk/channels/{telegram.pk}/{step}/", BOT).status_code == 403
    assert telegram.again().info() == before
    assert not Audit.objects.filter(operation__startswith="channels.re").exists()


def test_another_agencys_account_is_not_found(town: Agency, admins: Client) -> None:
    with scope(town):
        theirs = open_account("telegram", address="har_tavor_bot", token=TOKEN)
    assert admins.get(f"/desk/channels/{theirs.pk}/").status_code == 404
    assert admins.post(f"/desk/channels/{theirs.pk}/remove/").status_code == 404
    with scope(town):
        assert theirs.again().is_active


def test_the_same_account_is_not_connected_twice(city: Agency, admins: Client) -> None:
    admins.post("/desk/channels/new/whatsapp/", META)
    assert admins.post("/desk/channels/new/whatsapp/", META).status_code == 422
    assert Account.objects.count() == 1


def test_an_empty_secret_keeps_the_stored_one(city: Agency, admins: Client) -> None:
    admins.post("/desk/channels/new/whatsapp/", META)
    account = Account.objects.get()
    before = account.info()
    page = f"/desk/channels/{account.pk}/edit/"
    assert admins.post(page, META | {"token": "", "secret": "", "waba_id": "111111"}).status_code == 302
    after = account.again().info()
    assert (after.token, after.secrets, after.settings["waba_id"]) == (before.token, before.secrets, "111111")
    assert after.settings["verify_token"] == before.settings["verify_token"]


def passes(account: Account, secret: str) -> bool:
    """Return whether a message signed with this secret is let in."""
    info = account.info()
    sender = Address("tel", "+972505550142")
    signed = account.adapter.simulate(sender, {"text": "x", "id": "1"}, account.info())
    assert signed is not None
    headers = {SIGNATURE: signature(secret, signed.body).decode()}
    try:
        account.adapter.verify(type(signed)("POST", "/", "", headers, signed.body), info)
    except BadSignature:
        return False
    return True


def test_the_secret_before_is_accepted_for_a_day(city: Agency, admins: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    admins.post("/desk/channels/new/whatsapp/", META)
    account = Account.objects.get()
    admins.post(f"/desk/channels/{account.pk}/edit/", META | {"secret": "another-secret"})
    account = account.again()
    assert passes(account, "another-secret")
    assert passes(account, "a-secret-of-meta")
    assert not passes(account, "no-secret-of-ours")
    later = timezone.now() + OVERLAP + timedelta(minutes=1)
    monkeypatch.setattr("kesher.channels.models.timezone.now", lambda: later)
    assert not passes(account, "a-secret-of-meta")
    assert passes(account, "another-secret")


def test_a_rotated_secret_is_shown_once(city: Agency, admins: Client) -> None:
    values = {
        "address": "+97235550102", "sendsms_url": "http://10.0.0.5:13013", "username": "city", "token": "secret-word",
        "allowed_ips": "10.0.0.5",
    }  # fmt: skip
    shown = admins.post("/desk/channels/new/kannel/", values).content.decode()
    account = Account.objects.get()
    secret = account.info().secrets[0]
    assert f"/in/kannel/{account.key}/{secret}" in shown
    again = admins.post(f"/desk/channels/{account.pk}/rotate/").content.decode()
    newest, before = account.again().info().secrets
    assert before == secret != newest
    assert newest in again
    assert newest not in admins.get(f"/desk/channels/{account.pk}/").content.decode()


def test_what_is_dangerous_asks_first_and_says_what_will_happen(
    whatsapp: Account, dana: Any, admins: Client, ruth: Staff
) -> None:
    event = Event(Kind.MESSAGE, "k1", sender=Address("tel", dana.address), text="שלום")
    receive(whatsapp, event, received=timezone.now())
    for step in ("off", "remove"):
        page = admins.get(f"/desk/channels/{whatsapp.pk}/confirm/{step}/").content.decode()
        assert "אדם אחד כתב כאן" in page
        assert whatsapp.again().is_active
    assert admins.get(f"/desk/channels/{whatsapp.pk}/confirm/nothing/").status_code == 404


def test_a_removed_account_keeps_its_messages_and_can_be_connected_again(
    city: Agency, admins: Client, dana: Any
) -> None:
    admins.post("/desk/channels/new/whatsapp/", META)
    account = Account.objects.get()
    event = Event(Kind.MESSAGE, "k1", sender=Address("tel", dana.address), text="שלום")
    receive(account, event, received=timezone.now())
    admins.post(f"/desk/channels/{account.pk}/remove/")
    gone = account.again()
    assert (gone.is_active, gone.info().token, gone.info().secrets) == (False, "", ())
    assert admins.get(f"/desk/channels/{account.pk}/").status_code == 404
    assert admins.post("/desk/channels/new/whatsapp/", META).status_code == 302
    back = Account.objects.get()
    assert (back.pk, back.is_active, back.info().token) == (account.pk, True, META["token"])
    assert Message.objects.filter(account=back).exists()


def test_the_page_waits_for_the_first_event_and_says_when_it_came(whatsapp: Account, dana: Any, ruths: Client) -> None:
    page = f"/desk/channels/{whatsapp.pk}/"
    assert "בהמתנה להודעה הראשונה" in ruths.get(page).content.decode()
    event = Event(Kind.MESSAGE, "k1", sender=Address("tel", dana.address), text="שלום")
    receive(whatsapp, event, received=timezone.now())
    part = ruths.get(page, headers={"HX-Request": "true", "HX-Target": "arrival"}).content.decode()
    assert "התקבל. הודעה אחרונה" in part
    assert "<h1" not in part


def test_a_failed_message_is_named_with_its_reason_and_its_person(
    sms: Account, dana: Any, admins: Client, ruths: Client
) -> None:
    admins.post(f"/desk/channels/{sms.pk}/test/", {"address": "+972505550142"})
    Delivery.objects.update(state="failed", error="30003 unreachable")
    page = ruths.get(f"/desk/channels/{sms.pk}/").content.decode()
    assert "30003 unreachable" in page
    assert f"/desk/people/{Message.objects.get().conversation.contact.key}/" in page
    assert f"/desk/channels/{sms.pk}/#failed" in ruths.get("/desk/channels/").content.decode()


def test_a_test_message_goes_the_ordinary_way_and_its_state_is_shown(sms: Account, admins: Client) -> None:
    page = admins.post(f"/desk/channels/{sms.pk}/test/", {"address": "050-555-0142"}, follow=True).content.decode()
    assert Delivery.objects.get().payload["to"]["address"] == "+972505550142"
    assert "ממתינה לשליחה" in page
    Delivery.objects.update(state="delivered")
    assert "נמסרה" in admins.get(f"/desk/channels/{sms.pk}/").content.decode()
    assert Audit.objects.filter(operation="channels.send_test", actor_kind="staff").count() == 1


def test_a_test_is_refused_where_nobody_may_be_written_to_first(
    whatsapp: Account, telegram: Account, admins: Client
) -> None:
    for account, address in ((whatsapp, "+972505550142"), (telegram, "5550142"), (telegram, "no number")):
        admins.post(f"/desk/channels/{account.pk}/test/", {"address": address})
    assert not Message.objects.exists()
    assert not Audit.objects.filter(operation="channels.send_test").exists()


def test_tests_are_limited_a_day(sms: Account, admins: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.conversations.services.channel_tests.TESTS_A_DAY", 2)
    for _number in range(3):
        admins.post(f"/desk/channels/{sms.pk}/test/", {"address": "+972505550142"})
    assert Message.objects.count() == 2


def test_a_wrong_token_is_a_line_for_administrators_only(whatsapp: Account, admins: Client, ruths: Client) -> None:
    probe = {
        "state": "wrong",
        "words": "Meta does not accept the access token. Create a new one for the system user, and replace it here.",
    }
    Account.objects.filter(pk=whatsapp.pk).update(probe={**probe, "values": {}, "facts": [], "since": ""})
    words = "הספק לא מקבל את החיבור שלנו"
    assert words in admins.get("/desk/").content.decode()
    assert words not in ruths.get("/desk/").content.decode()
    page = ruths.get("/desk/channels/").content.decode()
    assert "לא מקבלת את אסימון הגישה" in page
    assert "לא יכול לפעול" in page


def test_a_provider_that_is_away_for_a_moment_alarms_nobody(telegram: Account, admins: Client) -> None:
    for hours, shown in ((0, False), (3, True)):
        since = (timezone.now() - timedelta(hours=hours)).isoformat()
        probe = {"state": "away", "words": "The provider did not answer.", "values": {}, "facts": [], "since": since}
        Account.objects.filter(pk=telegram.pk).update(probe=probe)
        assert telegram.again().is_probe_bad is shown


ENTRY = {"purpose": "דיווחים", "tone": "קצר", "review_on": "2026-01-01", "own_hours": "on", "day_6_0_from": "10:00",
         "day_6_0_to": "12:00"}  # fmt: skip


def test_the_register_says_who_looks_after_a_channel_and_when_to_look_again(
    sms: Account, admins: Client, ruth: Staff, miriam: Staff
) -> None:
    page = f"/desk/channels/{sms.pk}/register/"
    assert admins.post(page, ENTRY | {"owner": ruth.pk, "deputy": ruth.pk}).status_code == 422
    assert admins.post(page, ENTRY | {"owner": ruth.pk, "deputy": miriam.pk}).status_code == 302
    assert (sms.again().owner, sms.again().hours) == (ruth, {"6": [["10:00", "12:00"]]})
    assert "הגיע מועד הבדיקה" in admins.get("/desk/channels/").content.decode()
    lines = admins.get("/desk/channels/register.csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "דיווחים" in lines[1]
    assert ruth.name in lines[1]


def test_a_channel_with_its_own_hours_is_open_then(sms: Account, city: Agency) -> None:
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)  # 14:00 in Israel
    assert is_open(sms.calendar(city), sunday)
    sms.hours = {"6": [["10:00", "12:00"]]}
    assert not is_open(sms.calendar(city), sunday)
    assert is_open(city, sunday)


def test_the_page_shows_why_a_template_was_rejected(whatsapp: Account, ruths: Client) -> None:
    Template.objects.create(
        agency=whatsapp.agency, account=whatsapp, name="news", language="he", body="חדשות", state="rejected",
        reason="Meta found the words promotional; the category must be marketing.",
    )  # fmt: skip
    assert "הקטגוריה צריכה להיות שיווק" in ruths.get(f"/desk/channels/{whatsapp.pk}/").content.decode()


def test_channels_for_trials_are_offered_only_with_the_simulator(city: Agency, admins: Client, settings: Any) -> None:
    settings.KESHER_SIMULATOR = False
    assert admins.get("/desk/channels/new/demo/").status_code == 404
    assert "demo/" not in admins.get("/desk/channels/new/").content.decode()


def test_the_web_chat_needs_nothing(city: Agency, admins: Client) -> None:
    assert admins.post("/desk/channels/new/webchat/", {}).status_code == 302
    assert Account.objects.get().info().secrets


def test_a_provider_that_has_the_first_secret_is_heard_after_two_rotations(city: Agency) -> None:
    account, _secret = connect_account("webchat", {}, by=SYSTEM)
    first = account.info().secrets[0]
    rotate_secret(account, by=SYSTEM)
    rotate_secret(account, by=SYSTEM)
    assert first in account.again().info().secrets
    for _again in range(OLD_SECRETS_MOST):
        rotate_secret(account, by=SYSTEM)
    assert first not in account.again().info().secrets
    assert len(account.info().secrets) == 1 + OLD_SECRETS_MOST
