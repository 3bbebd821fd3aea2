"""The people of the tests: Dana and Omar, citizens; Ruth, clerk, and Miriam, manager; Sasha, clerk of another town."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.services import add_staff, create_agency
from kesher.agencies.staff_login import mark_second_step
from kesher.channels.agency_addresses import AGENCY_ADDRESSES
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.db.agency_scope import scope

pytest_plugins = ["tests.schema", "tests.end_to_end", "tests.api_answers"]
# The same examples in every run: a failure means that the code changed.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--touching-database", action="store_true", help="only the tests that touch the database")
    parser.addoption("--peers", action="store_true", help="the walks with real servers of others, and only these")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of whole servers as slow."""
    if "server_folder" in getattr(item, "fixturenames", ()):
        item.add_marker("slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave walks with real peers to --peers, and tests without a database to the first of two databases."""
    wanted = bool(config.getoption("--peers"))
    keep(config, items, lambda item: bool(item.get_closest_marker("peers")) == wanted)
    if config.getoption("--touching-database"):
        keep(config, items, touches_database)
    items[:] = slowest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    """Deselect the tests that are not wanted."""
    apart = [item for item in items if not wanted(item)]
    if apart:
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if wanted(item)]


def pytest_collection_finish() -> None:
    """Exclude what is loaded now from garbage collection, which saves a tenth of a run."""
    gc.collect()
    gc.freeze()


def slowest_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Sort slow tests to the beginnings of the workers' parts, because a slow test at the end leaves other workers idle.

    A worker begins with its part of the list and takes the others' work from the end: browser tests begin the last part,
    other slow tests the first.
    """
    browsers = [item for item in items if item.get_closest_marker("browser")]
    walks = [item for item in items if is_slow(item) and not item.get_closest_marker("browser")]
    rest = [item for item in items if not is_slow(item)]
    middle = max(0, len(items) * (workers - 1) // workers - len(walks))  # the last worker's part begins there
    return [*walks, *rest[:middle], *browsers, *rest[middle:]]


def is_slow(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("slow") or item.get_closest_marker("browser"))


def touches_database(item: pytest.Item) -> bool:
    wanted = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in wanted or "transactional_db" in wanted


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test, created only when something is written into it.

    pytest's ``tmp_path`` creates one each time, and first lists thousands.
    """
    base = tmp_path_factory.mktemp("kesher")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def quiet_settings(settings: Any, folders: Iterator[Path]) -> None:
    """Give each test its own files, no manifest of static files, and a fast password hasher."""
    own = next(folders)
    settings.MEDIA_ROOT = own / "files"
    settings.KESHER_SPOOL = own / "spool"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def no_accounts_before() -> None:
    """Clear the cached accounts of the previous test."""
    AGENCY_ADDRESSES.begin()


@pytest.fixture(autouse=True)
def in_hebrew() -> Iterator[None]:
    with translation.override("he"):
        yield


@pytest.fixture(autouse=True)
def whole_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count rate limits from a test's beginning, so that no minute changes within one."""
    began = int(time.time())
    monkeypatch.setattr(
        "kesher.core.http.throttle.window_end",
        lambda seconds: began + ((int(time.time()) - began) // seconds + 1) * seconds,
    )


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Set the time of broadcasts to noon on a working day, outside quiet hours."""
    moment = datetime(2026, 11, 25, 10, tzinfo=UTC)
    module = import_module("kesher.conversations.services.broadcasts")  # `services.broadcasts` may be a function
    monkeypatch.setattr(module, "timezone", SimpleNamespace(now=lambda: moment))
    return moment


@pytest.fixture
def city(db: None) -> Iterator[Agency]:
    """The agency of most tests, with its scope open."""
    names = {"he": "עיריית נווה־ים", "ar": "بلدية نفيه يام", "ru": "Мэрия Неве-Ям", "en": "City of Neve Yam"}
    agency = create_agency(slug="neve-yam", names=names, languages=["he", "ar", "ru", "en"], numbers={"case": 20400})
    with scope(agency):
        yield agency


@pytest.fixture
def town(city: Agency) -> Agency:
    """Another agency, whose rows the city's staff may not see."""
    return create_agency(slug="har-tavor", names={"he": "מועצת הר־תבור"}, host="town.example")


@pytest.fixture
def team(city: Agency) -> Team:
    return Team.objects.create(agency=city, slug="roads", names={"he": "תשתיות", "en": "Roads"})


@pytest.fixture
def ruth(city: Agency) -> Staff:
    return add_staff(username="ruth", name="רותי כהן", password="a-long-password")


@pytest.fixture
def miriam(city: Agency) -> Staff:
    return add_staff(username="miriam", name="מרים אזולאי", password="a-long-password", role="manager")


@pytest.fixture
def admin(city: Agency) -> Staff:
    return add_staff(username="admin", name="מנהלת המערכת", password="a-long-password", role="admin")


@pytest.fixture
def sasha(town: Agency) -> Staff:
    with scope(town):
        return add_staff(username="sasha", name="סשה לוין", password="a-long-password")


@pytest.fixture
def dana(city: Agency) -> Identity:
    """A citizen on WhatsApp."""
    return get_or_create_identity(Address("tel", "+972505550142", "דנה לוי"), assurance=1, language="he")


@pytest.fixture
def omar(city: Agency) -> Identity:
    """Another citizen, on Telegram."""
    return get_or_create_identity(Address("tg", "5550143", "عمر حداد"), assurance=1, language="ar")


@pytest.fixture
def whatsapp(city: Agency) -> Account:
    return open_account(
        "whatsapp", address="1122334455667", secrets=("wa-app-secret",), token="wa-token", shown_address="+97235550100",
        settings={"verify_token": "verify-me"},
    )  # fmt: skip


@pytest.fixture
def sms(city: Agency) -> Account:
    return open_account(
        "sms", address="+97235550101", secrets=("sms-auth-token",), token="sms-auth-token", shown_address="+97235550101",
        settings={"account_sid": "AC00000000000000000000000000000001"},
    )  # fmt: skip


@pytest.fixture
def telegram(city: Agency) -> Account:
    return open_account("telegram", address="neve_yam_bot", secrets=("tg-secret",), token="1234:tg-token")


@pytest.fixture
def mailbox(city: Agency) -> Account:
    return open_account(
        "email",
        address="moked@neve-yam.example",
        secrets=("mail-secret",),
        settings={"host": "127.0.0.1", "port": 2525},
    )


@pytest.fixture
def webchat(city: Agency) -> Account:
    return open_account("webchat", address="", secrets=("chat-secret",))


def signed_in(staff: Staff) -> Client:
    """Return a browser in which this member of staff is signed in with both factors."""
    client = Client()
    client.force_login(staff.user)
    session = client.session
    mark_second_step(session, "app")
    session.save()
    return client


@pytest.fixture
def ruths(ruth: Staff) -> Client:
    """Ruth's browser."""
    return signed_in(ruth)


@pytest.fixture
def miriams(miriam: Staff) -> Client:
    return signed_in(miriam)


@pytest.fixture
def admins(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def sashas(sasha: Staff) -> Client:
    return signed_in(sasha)
