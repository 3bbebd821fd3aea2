"""Invalid input never gives 500, in any API operation, form or lane.

The names that an operation knows are those of the forms that it binds; names and values are combined at random with a
fixed seed.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.forms import BaseForm
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels import event_json as captures
from kesher.channels.base import Request
from kesher.channels.models import Account
from kesher.core.live.live_events import sign_live_ticket
from kesher.server.lanes.intake import IntakeLane, LaneAccount
from kesher.server.lanes.live import LiveLane
from tests.permissions import TABLE
from tests.test_permissions import addresses, fill, sample

__all__ = ["sample"]  # the fixture

DEEP = 30_000
VALUES: list[Any] = [
    True, 1, -1, 0, 2**63, 10**30, 1.5, 1e308, [], [[]], [1], ["\ud800"], [None], {}, {"a": 1}, "", " ", "x" * 9000, "\0",
    "a\0b", "\ud800", "\udfff!", "1" * 5000, "-1", "٣", "²", "9" * 19, "1e999", "NaN", "2026-99-99", "\u202e", "<b>", "💧" * 500,
]  # fmt: skip
BODIES: list[bytes] = [
    b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"address":' + b"1" * 5000 + b"}", b'{"quantity":NaN}', b'{"address":"a","address":[1]}', b'{"address":"\\ud800"}',
]  # fmt: skip
# Valid values by name, so that one invalid value among them reaches the service.
GOOD = {
    "address": "+972508777001", "reach": "+972508777001", "name": "דליה", "text": "צל בגן", "words": "חושך ברחוב הגפן",
    "title": "צל", "demand": "צל בגן", "quantity": "1", "place": "הגפן 1", "topic": "light", "code": "000000", "lang": "he",
}  # fmt: skip
ALSO = {"choice", "choices", "ranking", "answers", "photo", "code", "address", "offer", "decision", "value", "updates"}
QUERY = (
    "q",
    "page",
    "state",
    "topic",
    "n",
    "w",
    "next",
    "before",
    "after",
    "since",
    "code",
    "ticket",
    "lat",
    "all",
    "sort",
)
READ = re.compile(r"""\.(?:GET|POST)\.get(?:list)?\("([a-z_-]+)\"""")
ONE_OPERATION = 16  # invalid values for each operation
ONE_PAGE = 5


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Collect the field names of all forms that are created."""
    names: set[str] = set()
    original = BaseForm.__init__

    def note(form: Any, *args: Any, **kwargs: Any) -> None:
        original(form, *args, **kwargs)
        names.update(form.fields)

    monkeypatch.setattr(BaseForm, "__init__", note)
    return names


class Asker:
    """Sends requests, rolls back their effects, and records failures."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.client.raise_request_exception = False
        self.random = Random(11)  # the same in every run
        self.broken: list[str] = []
        self.asked = 0

    def ask(self, what: str, method: str, url: str, **options: Any) -> int:
        self.asked += 1
        host = f"10.{self.asked >> 16}.{self.asked >> 8 & 255}.{self.asked & 255}"
        with transaction.atomic():
            response = getattr(self.client, method)(url, REMOTE_ADDR=host, **options)
            if file := getattr(response, "file_to_stream", None):
                file.close()
            transaction.set_rollback(True)
        if response.status_code == 500:
            error = getattr(response, "exc_info", None)
            self.broken.append(f"{what}: {error[1]!r:.200}" if error else f"{what}: {response.status_code}")
        status: int = response.status_code
        return status


@pytest.fixture
def asker(sample: dict[str, str], client: Client) -> Asker:
    return Asker(client)


def routes(wanted: Callable[[str], bool], sample: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, route in addresses().items():
        if wanted(route) and TABLE[name].stranger != 404:
            yield name, fill(name, route, sample)


def test_no_operation_of_the_api_breaks(asker: Asker, sample: dict[str, str], bound: set[str]) -> None:
    for name, url in routes(lambda route: route.startswith("api/"), sample):
        for key in asker.random.sample(QUERY, 5):
            value = asker.random.choice(["\0", "1" * 5000, "²", "9" * 19])
            asker.ask(f"GET {name} {key}", "get", url, query_params={key: value})
        bound.clear()
        if asker.ask(f"{name} good", "post", url, data=json.dumps(GOOD), content_type="application/json") == 405:
            continue
        for body in BODIES:
            asker.ask(f"{name} {body[:20]!r}", "post", url, data=body, content_type="application/json")
        asker.ask(f"{name} as text", "post", url, data=b"\xff", content_type="text/plain")
        cases = [(field, value) for field in sorted(bound | ALSO) for value in VALUES]
        for field, value in asker.random.sample(cases, min(len(cases), ONE_OPERATION)):
            said = json.dumps({**GOOD, field: value})
            asker.ask(f"{name} {field}={value!r:.30}", "post", url, data=said, content_type="application/json")
    assert "\n".join(asker.broken) == ""


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_no_page_breaks(asker: Asker, sample: dict[str, str], bound: set[str]) -> None:
    try_pages(asker, routes(lambda route: not route.startswith(("api/", "desk/")), sample), bound, ONE_PAGE)


def test_no_page_of_the_desk_breaks(sample: dict[str, str], admins: Client, bound: set[str]) -> None:
    try_pages(Asker(admins), routes(lambda route: route.startswith("desk/"), sample), bound, ONE_PAGE - 1)


def test_no_page_breaks_on_a_number_that_python_does_not_read(
    asker: Asker, sample: dict[str, str], admins: Client
) -> None:
    """Send all names that any page reads at once."""
    sources = [path.read_text(encoding="utf-8") for path in Path("kesher").rglob("*.py")]
    names = sorted({name for text in sources for name in READ.findall(text)} | {"credential"})
    assert {"number", "after", "leave"} <= {*names}
    staff = Asker(admins)
    for name, url in routes(lambda route: not route.startswith("api/"), sample):
        one = staff if "desk/" in url and "log" not in url else asker
        asked, sent = asker.random.sample(("²", "1" * 5000), 2)
        one.ask(f"GET {name} {asked[:3]}", "get", url, query_params=dict.fromkeys(names, asked))
        one.ask(f"POST {name} {sent[:3]}", "post", url, data=dict.fromkeys(names, sent))
    assert "\n".join(asker.broken + staff.broken) == ""


def test_no_text_is_taken_for_a_number_by_isdigit() -> None:
    """It is true for "²", which `int` refuses."""
    found = [
        path for path in Path("kesher").rglob("*.py") if re.search(r"\.is(digit|numeric)\(", path.read_text("utf-8"))
    ]
    assert [path.as_posix() for path in found] == ["kesher/server/lanes/pages.py"]  # on bytes, where it is ASCII only


def try_pages(asker: Asker, pages: Iterator[tuple[str, str]], bound: set[str], each: int) -> None:
    texts = [as_text(value).encode("utf-8", "replace").decode() for value in VALUES]
    for name, url in pages:
        bound.clear()
        for key in asker.random.sample(QUERY, 3):
            asker.ask(f"GET {name} {key}", "get", url, query_params={key: asker.random.choice(texts)})
        if asker.ask(f"{name} good", "post", url, data=GOOD) == 405:
            continue
        cases = [(field, value) for field in sorted(bound | ALSO) for value in texts]
        for field, value in asker.random.sample(cases, each):
            asker.ask(f"{name} {field}={value!r:.30}", "post", url, data={**GOOD, field: value})
        file = SimpleUploadedFile("a\0.png", b"\x89PNG\r\n\x1a\nbroken")
        asker.ask(f"{name} file", "post", url, data={**GOOD, "photo": file, "file": file})
    assert "\n".join(asker.broken) == ""


def mutations(body: bytes, random: Random) -> Iterator[bytes]:
    """Yield damaged versions of a request: cut, reversed, doubled, and with a value of another type."""
    yield from BODIES
    yield body[: len(body) // 2]
    for _ in range(8):
        at = random.randrange(len(body) or 1)
        yield body[:at] + random.randbytes(2) + body[at + 2 :]
    try:
        said = json.loads(body)
    except ValueError:
        return
    for _ in range(12):
        yield json.dumps(swapped(said, random)).encode()


def swapped(value: Any, random: Random) -> Any:
    """Yield versions of it with one value replaced by an invalid one."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        return {**value, key: swapped(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        return [*value[:at], swapped(value[at], random), *value[at + 1 :]]
    return random.choice(VALUES)


class Ears:
    """Return a lane's answer."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


def posted(lane: Any, scope: dict[str, Any], body: bytes) -> int:
    ears = Ears()
    parts: list[dict[str, Any]] = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return parts.pop(0) if len(parts) > 1 else parts[0]

    asyncio.run(lane(scope, receive, ears.send))
    return ears.statuses[0]


class Kept:
    """A journal without storage."""

    async def put(self, _row: Any) -> None:
        pass


def test_the_intake_lane_breaks_on_nothing_signed_or_not(
    whatsapp: Account,
    sms: Account,
    telegram: Account,
    mailbox: Account,
    webchat: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random, journal = Random(11), Kept()
    for account in (whatsapp, sms, telegram, mailbox, webchat):
        info = account.info("https://city.example")
        lane = IntakeLane(journal)  # type: ignore[arg-type]  # it asks for `put` alone
        types = frozenset(account.adapter.content_types)
        lane.lines = {(account.channel, account.key): LaneAccount(account.pk, account.adapter, info, types)}
        lane.read_at = 10.0**9
        for signed in (False, True):
            with monkeypatch.context() as patch:
                if signed:
                    patch.setattr(type(account.adapter), "verify", lambda *_: None)
                for made in fixtures_of(account):
                    for body in mutations(made.body, random):
                        scope = scope_of(account, made, body, random)
                        assert posted(lane, scope, body) != 500, (account.channel, signed, body[:200])


def fixtures_of(account: Account) -> list[Request]:
    folder = Path(captures.__file__).parent / account.channel / "fixtures"
    files = sorted(path for path in folder.iterdir() if not path.name.endswith((".expected.json", ".md")))
    found = [made for path in files[:6] for made in account.adapter.replay(path.name, path.read_bytes())]
    return found[:6]


def scope_of(account: Account, made: Request, body: bytes, random: Random) -> dict[str, Any]:
    kind = random.choice([*account.adapter.content_types, "text/plain"]).encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), random.choice([value.encode("utf-8", "replace"), b"\xff", b""])) for name, value in made.headers.items() if name != "content-type"]  # fmt: skip
    path = f"/in/{account.channel}/{account.key}" + random.choice(["", "/x", "/\0", "/é"])
    query = random.choice([b"", b"a=%00", b"\xff=%ff", b"hub.mode=subscribe"])
    method = random.choice(["POST", "POST", "GET"])
    return {"path": path, "method": method, "headers": headers, "query_string": query, "client": ("192.0.2.1", 1)}


@pytest.mark.django_db(transaction=True)
def test_the_live_lane_breaks_on_no_ticket_and_no_number(city: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveLane, "join", lambda *_: None)  # it reads no new events
    lane = LiveLane()
    lane.closing = True  # streams end at once
    good = sign_live_ticket(["inbox"]).encode()
    for since in (b"\xff", b"\xc2\xb2", b"1" * 5000, b"9" * 19, b"-1", b"\0"):
        for query in (b"ticket=" + good + b"&since=" + since, b"ticket=" + since, b"ticket=" + good, b"\xff"):
            scope = {"query_string": query, "headers": [(b"last-event-id", since)]}
            assert posted(lane, scope, b"") in (200, 401)
