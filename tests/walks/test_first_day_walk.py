"""The first day of a public body: from an empty folder to an answered report, on pages alone, in each language."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from kesher.accounts.tests.acting import app_code
from kesher.channels.base import AccountInfo, Address
from kesher.channels.registry import get_channel
from tests.chromium import CHROMIUM, started
from tests.end_to_end import free_port, until
from tests.schema import Tables

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine"),
]

FIRST_DAY = Path(__file__).parents[2] / "kesher/site/static/site/first-day"
MOST_PRESSES = 120  # clicks and filled fields; twelve minutes of a person's time
LINK = re.compile(r"http://localhost:\d+/first-setup/\w+/")
JOIN = re.compile(r"http://localhost:\d+/desk/join/\w+/")
PROOF = re.compile(r"http://localhost:\d+/desk/address/\w+/")
PASSWORD = "bright-lamp-at-noon"
WHATSAPP = {
    "shown_address": "+972 3 555 0100",
    "address": "1122334455667",
    "waba_id": "998877665544",
    "token": "EAAfirstdaytoken0123456789",
    "secret": "first-day-app-secret",
}
TELEGRAM = {"address": "neve_yam_bot", "token": "123456789:AAfirst-day-token-0123456789"}
DANA = Address("tel", "+972505550142", "דנה לוי")
NAMES = {"he": "נווה ים", "ar": "نافيه يام", "ru": "Неве-Ям", "en": "Neve Yam"}
ADDRESSES = {"he": "רחוב הרצל 1", "ar": "شارع هرتسل 1", "ru": "улица Герцля, 1", "en": "1 Herzl Street"}
# What Dana writes after the topic: the place, what happened, and that there is no photo; and what Ruth answers.
REPORTS = {
    "he": ("דיווח", ["הרצל 12", "יש בור בכביש", "דילוג"], "תודה, הצוות יוצא לשם היום."),
    "ar": ("بلاغ", ["شارع هرتسل 12", "توجد حفرة في الشارع", "تخطي"], "شكرًا، الفريق في طريقه اليوم."),
    "ru": ("заявка", ["Герцля 12", "яма на дороге", "пропустить"], "Спасибо, бригада выезжает сегодня."),
    "en": ("report", ["12 Herzl Street", "a hole in the road", "skip"], "Thank you, a team is on its way."),
}
STARTER_SET = Path(__file__).parents[2] / "kesher/cases/data/starter_sets/municipality.yaml"


@dataclass
class Installation:
    """A running Kesher that began in an empty folder, with the simulator's providers and without its demo."""

    url: str
    folder: Path
    printed: Path

    def payloads(self, channel: str, address: str) -> list[Any]:
        """Return what the simulated provider was given for this address, the oldest first."""
        with closing(sqlite3.connect(self.folder / "kesher.sqlite3")) as database:
            rows = database.execute(
                "select payload from kesher_site_simulatedmessage where channel = ? and address = ? and not mine order by id",
                [channel, address],
            ).fetchall()
        return [json.loads(row[0]) for row in rows]


class Person:
    """Somebody at a browser, who counts what they press."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Open a page."""
        self.page: Page = context.new_page()
        self.url = url
        self.presses = 0

    def open(self, path: str) -> None:
        """Follow a link to this path; one press."""
        self.presses += 1
        found = self.page.goto(path if path.startswith("http") else self.url + path)
        assert found is not None
        assert found.ok, (path, found.status)

    def fill(self, **fields: str) -> None:
        """Fill fields by name: one press each."""
        for name, value in fields.items():
            self.presses += 1
            self.page.locator(f"main [name={name}]").first.fill(value)

    def choose(self, **fields: str) -> None:
        """Choose from lists by name: one press each."""
        for name, value in fields.items():
            self.presses += 1
            self.page.locator(f"main select[name={name}]").select_option(value)

    def press(self, selector: str) -> None:
        """Press what this selector finds, and wait for the page that follows."""
        self.presses += 1
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state("load")

    def picture(self, name: str, lang: str) -> None:
        """Store what the person sees for the page of the first day, where ``KESHER_PICTURES`` is set."""
        if "KESHER_PICTURES" in os.environ:
            with Image.open(BytesIO(self.page.screenshot())) as shot:
                shot.resize((960, 600)).save(FIRST_DAY / f"{name}-{lang}.webp", quality=75, method=6)

    def submit(self, form: str = "main form.form") -> None:
        """Send a form, and fail where the page comes back with errors."""
        self.press(f"{form} .actions button[type=submit]")
        errors = self.page.locator("main .error:visible, main .errors:visible").all_inner_texts()
        assert not errors, (self.page.url, errors)

    def set_second_step_up(self) -> None:
        """Set an authenticator app up, and keep the recovery codes."""
        secret = self.page.locator("code.secret").first.text_content() or ""
        self.fill(code=app_code(secret.replace(" ", "")))
        self.submit()
        self.press("main a.big-button")


@pytest.fixture
def installation(tmp_path: Path, tables: Tables) -> Iterator[Installation]:
    """Run ``kesher up`` in an empty folder."""
    port = free_port()
    made = Installation(f"http://localhost:{port}", tmp_path / "data", tmp_path / "printed.txt")
    environment = {
        **os.environ,
        "DATABASE_URL": "",
        "KESHER_DATA": str(made.folder),
        "KESHER_APPS": "",
        "KESHER_SIMULATOR": "1",
        "KESHER_DEMO": "0",
        "KESHER_SECOND_FACTOR": "1",
        "KESHER_PUBLIC_URL": made.url,
        "KESHER_SSRF_ALLOW": f"127.0.0.1:{port},localhost:{port}",
        "KESHER_UNDO_SECONDS": "0",
    }
    tables(made.folder)
    command = [sys.executable, "-m", "kesher.site.cli", "up", "--port", str(port)]
    with made.printed.open("wb") as out:
        tree = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        until(lambda: answers(made.url), 180)
        yield made
    finally:
        tree.terminate()
        tree.wait(30)


def answers(url: str) -> bool:
    """Return whether a server answers here."""
    try:
        return httpx.get(f"{url}/desk/login/", trust_env=False).status_code > 0
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_a_body_starts_without_a_shell(installation: Installation, chromium: Browser, lang: str) -> None:
    context = chromium.new_context(locale=lang, viewport={"width": 1280, "height": 800})
    colleagues = chromium.new_context(locale=lang, viewport={"width": 1280, "height": 800})
    try:
        miriam, ruth = Person(context, installation.url), Person(colleagues, installation.url)
        set_the_body_up(miriam, installation, lang)
        hook = connect_channels(miriam)
        prove_address(miriam, installation)
        invite(miriam, ruth, installation, lang)
        verb, messages, answer = REPORTS[lang]
        topic = next(one for one in yaml.safe_load(STARTER_SET.read_text())["topics"] if one["code"] == "pothole")
        report(installation, hook, [verb, topic["names"][lang], *messages])
        reply_as(ruth, messages[1], answer)
        until(lambda: any(answer in json.dumps(one, ensure_ascii=False) for one in heard_by_dana(installation)), 30)
        ruth.picture("answer", lang)
        miriam.open("/desk/requests/")
        assert miriam.page.locator("main table tbody tr, main .request-row").count() == 1
        miriam.open("/desk/setup/")
        left = miriam.page.locator(".setup-steps li:not(.done)").all_inner_texts()
        assert left == []
        assert miriam.presses + ruth.presses <= MOST_PRESSES
    finally:
        context.close()
        colleagues.close()


def set_the_body_up(miriam: Person, installation: Installation, lang: str) -> None:
    """Follow the printed link, set the second step up, then name the body, its topics, a team and its hours."""
    link = until(lambda: LINK.search(installation.printed.read_text()), 30)
    miriam.open(link[0])
    miriam.picture("link", lang)
    miriam.fill(**{f"name_{code}": name for code, name in NAMES.items()})
    miriam.choose(language=lang)
    miriam.fill(name="Miriam", username="miriam@neve-yam.example", password=PASSWORD, again=PASSWORD)
    miriam.submit()
    miriam.set_second_step_up()
    miriam.open("/desk/setup/")
    assert miriam.page.locator(".setup-steps li").count() >= 8
    miriam.picture("list", lang)
    miriam.open("/desk/body/")
    miriam.fill(**{f"address_{code}": text for code, text in ADDRESSES.items()})
    miriam.fill(
        phone="+972 3 555 0101",
        privacy="privacy@neve-yam.example",
        coordinator="Omar",
        coordinator_phone="+972 3 555 0102",
    )
    miriam.submit()
    miriam.open("/desk/topics/")
    miriam.press("form[action$='/municipality/'] button")
    assert miriam.page.locator("main table tbody tr").count() == 40
    miriam.open("/desk/teams/")
    miriam.press("main a[href^='/desk/teams/']:not([href$='/new/'])")
    miriam.press("main [name=members]")
    miriam.submit()
    miriam.open("/desk/hours/")
    miriam.submit()


def connect_channels(miriam: Person) -> str:
    """Connect a mailbox, Telegram and WhatsApp, each checked by its provider; return WhatsApp's webhook address."""
    miriam.open("/desk/channels/new/email/")
    miriam.fill(address="moked@neve-yam.example", smtp_host="smtp.neve-yam.example")
    miriam.submit()
    miriam.press("main .actions a.button")
    for kind, fields in (("telegram", TELEGRAM), ("whatsapp", WHATSAPP)):
        miriam.open(f"/desk/channels/new/{kind}/")
        miriam.fill(**fields)
        miriam.submit()
        miriam.press("form[action$='/webhook/'] button")
        miriam.press("form[action$='/probe/'] button")
        assert miriam.page.locator("main .bad-line").all_inner_texts() == []
    miriam.picture("channel", miriam.page.locator("html").get_attribute("lang") or "en")
    return miriam.page.locator("#hook").input_value()


def invite(miriam: Person, ruth: Person, installation: Installation, lang: str) -> None:
    """Invite a colleague by mail, who chooses a password and sets the second step up."""
    miriam.open("/desk/staff/new/")
    miriam.fill(name="Ruth", mail="ruth@neve-yam.example")
    miriam.press(f"main [name=language][value={lang}]")
    miriam.submit()
    mails = until(lambda: installation.payloads("email", "ruth@neve-yam.example"), 60)
    ruth.open(link_in(mails[-1], JOIN))
    ruth.fill(username="ruth", password=PASSWORD, again=PASSWORD)
    ruth.submit()
    ruth.set_second_step_up()


def prove_address(miriam: Person, installation: Installation) -> None:
    """Confirm one's own mail address by the link that was mailed to it."""
    miriam.open("/desk/address/")
    miriam.submit()
    mails = until(lambda: installation.payloads("email", "miriam@neve-yam.example"), 60)
    miriam.open(link_in(mails[-1], PROOF))
    miriam.press("main form button[type=submit]")


def link_in(mail: Any, pattern: re.Pattern[str]) -> str:
    """Return the link of this form that a mail has."""
    found = pattern.search(json.dumps(mail))
    assert found is not None, mail
    return found[0]


def report(installation: Installation, hook: str, messages: list[str]) -> None:
    """Write each message when the one before was answered."""
    for message in messages:
        before = len(heard_by_dana(installation))
        write(hook, message)
        until(lambda: len(heard_by_dana(installation)) > before, 30)  # noqa: B023


def write(hook: str, said: str) -> None:
    """Write to the body by WhatsApp, in a payload signed as Meta signs."""
    key = hook.rstrip("/").rsplit("/", 1)[-1]
    info = AccountInfo(key, "whatsapp", WHATSAPP["address"], (WHATSAPP["secret"],), public_url=hook)
    made = get_channel("whatsapp").simulate(DANA, {"text": said}, info)
    assert made is not None
    answer = httpx.post(hook, content=made.body, headers=dict(made.headers), trust_env=False)
    assert answer.status_code == 200, answer.text


def heard_by_dana(installation: Installation) -> list[Any]:
    """Return what WhatsApp was given for Dana."""
    return installation.payloads("whatsapp", DANA.address)


def reply_as(ruth: Person, said: str, answer: str) -> None:
    """Open the conversation in which this was said, and answer."""
    ruth.open("/desk/?show=all")
    ruth.press("a[data-item]")
    assert said in ruth.page.locator("main").inner_text()
    ruth.presses += 1
    ruth.page.locator("#words").fill(answer)
    ruth.press("#composer button[name=send_on]")
