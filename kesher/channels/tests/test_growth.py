"""Reading takes time in proportion to what is read, whatever it is: counted, not timed, in every channel's folder."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from kesher.channels import registry
from kesher.channels.base import Channel, Event, Request
from kesher.channels.demo.adapter import Adapter
from kesher.channels.tests.test_contract import BATCHES, HOME, account_of, as_json, person_of, requests_in
from kesher.channels.untrusted_payload import constant_as_none

SIZES = (65_536, 1_048_576)  # bytes, each tried with twice as many; the large one where there is much to take apart
GROWTH = 2.3
SLACK = 2000  # calls that do not depend on the size
SECONDS = 10.0  # of the processor, for the largest: what grows within C has no calls to count
type Make = Callable[[int], Request]
TOOL = 4  # a number of `sys.monitoring` that no other tool takes

WORDS = [
    "<",
    "&",
    "<a",
    "<a>",
    "</",
    "<!--",
    "<blockquote>x",
    "<script>",
    "&#9;",
    '<a href="',
    "> ",
    ">\n",
    "\n",
    "-- \n",
]
WORDS += [
    "a\n",
    "From: x\n",
    "On 24 Nov 2026, at 10:00, C <m@c.example> wrote:\n",
    "\n\n>\n",
    "Sent from my x\n",
    "-----\n",
]
WORDS += [
    "שלום ",
    "x" * 997 + "\n",
    "=?utf-8?q?a?= ",
    "=?",
    "%41",
    "+",
    "9",
    "\x00",
    "\ud83d",
    '"',
    "\\",
    "(",
    "a@b.example, ",
]
HEAD = "From: {0}\nTo: {1}\nSubject: {2}\nMessage-ID: <1@x.example>\n"
PLAIN_HEAD = HEAD.format("a@x.example", "b@y.example", "s")
DIVIDED = f"{PLAIN_HEAD}Content-Type: multipart/mixed; boundary=b\n\n"


def again(text: str, size: int) -> str:
    return text * (size // len(text.encode("utf-8", "replace")) + 1)


def mail_with(kind: str) -> Callable[[str], str]:
    return lambda text: f"{PLAIN_HEAD}Content-Type: {kind}\n\n{text}"


# What a mail may be made of: how it is wrapped, and what is repeated in it.
MAILS: list[tuple[Callable[[str], str], list[str]]] = [
    (mail_with("text/html; charset=utf-8"), WORDS[:14]),
    (mail_with("text/plain; charset=windows-1255"), WORDS),
    (mail_with("text/plain; format=flowed"), ["a \n", "> \n"]),
    (mail_with("text/plain\nContent-Transfer-Encoding: base64"), ["QUJD", "QUJD\n", "!=A"]),
    (mail_with("text/plain\nContent-Transfer-Encoding: quoted-printable"), ["=41", "=\n", "="]),
    (lambda text: HEAD.format(text, "b@y.example", "s") + "\nx", ["<", '"', '"\\', "(", ",", "a,", "=?", "@", ":", "a@b, "]),
    (lambda text: HEAD.format("a@x.example", text, "s") + "\nx", ["a@b.example, ", "<a@b> "]),
    (lambda text: HEAD.format("a@x.example", "b@y.example", text) + "\nx", ["=?utf-8?q?a?= ", "=?", "\n ", "?= "]),
    (lambda text: f"{PLAIN_HEAD}{text}\nx", ["X-A: b\n", "To: b@y.example\n", "From: a@x.example\n", "a b\n", "a", "References: <a@b>\n"]),
    (lambda text: f"{PLAIN_HEAD}References: {text}\n\nx", ["<a@b> ", "<"]),
    (lambda text: f"{PLAIN_HEAD}Authentication-Results: mx; {text}\n\nx", ['"\\', "(", "dkim=pass;", "a"]),
    (lambda text: f"{PLAIN_HEAD}Content-Type: text/plain; {text}\n\nx", ["a=b;", ";", "name*1=a;", '="', "a "]),
    (lambda text: text + PLAIN_HEAD + "\nx", ["\n", " \n", ">From a\n"]),
    (lambda text: DIVIDED + text, ["--b\n\nx\n", "--b\n", "--bx\n", "--b--\n", "--b\nContent-Type: image/png\n\nx\n", "--b\nX: y\n"]),
    (lambda text: DIVIDED.replace("mixed", "alternative") + text, ["--b\n\nhtml\n--b\nContent-Type: text/html\n\n<p>x\n"]),
    (lambda text: PLAIN_HEAD + text, ["Content-Type: multipart/mixed; boundary=b\n\n--b\n", "Content-Type: message/rfc822\n\n"]),
    (lambda text: f"{PLAIN_HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
     f"Content-Type: message/delivery-status\n\n{text}", ["Final-Recipient: rfc822;a@b\nAction: failed\n\n"]),
]  # fmt: skip


def deep_mail(size: int) -> str:
    """As many layers as are read, around as many lines as fit: a parser that asks every line for every layer hangs."""
    layers = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(400))
    return PLAIN_HEAD + "".join(layers) + "\n" * size


JSON: list[Callable[[int], str]] = [
    lambda size: "[" * size,
    lambda size: again('{"a":', size),
    lambda size: f"[{again('0,', size)}0]",
    lambda size: json.dumps({"From": "a@x.example", "events": [{"text": "x" * 300}] * (size // 300)}),
    lambda size: "9" * size,
    lambda size: f'{{"update_id": 1, "object": "whatsapp_business_account", "id": {"9" * size}}}',
    lambda size: f'{{"From": "a@x.example", "HtmlBody": "{"<" * size}"}}',
    lambda size: f'{{{again(chr(34) + "k" + chr(34) + ": 1, ", size)}"a": 1}}',
]


def hostile(folder_name: str, adapter: Channel) -> dict[str, Make]:
    """A name and a maker for each request that this channel is tried with."""
    plain = Request("POST", "/", "", {"content-type": (adapter.content_types or ("text/plain",))[0]}, b"")
    found: dict[str, Make] = {f"json {n}": partial(json_request, make) for n, make in enumerate(JSON)}
    for text in WORDS if folder_name == "email" else WORDS[::5]:
        found[f"words {text[:20]!r}"] = partial(spoken, adapter, text)
        found[f"body {text[:20]!r}"] = partial(filled, plain, text)
    for field in ("a=b&", "From=%2B97250&", "text=%D7%A9&", "&", "="):
        found[f"form {field}"] = partial(filled, plain, field)
    for name, request in requests_in(HOME / folder_name, adapter):
        if as_json(request.body) is not None and name in ("batch", "contacts", "text", "text_referral", "location"):
            found[f"many {name}"] = partial(swollen, request)
    if folder_name == "email":
        found["deep mail"] = lambda size: mail_request(deep_mail(size))
        for number, (wrap, texts) in enumerate(MAILS):
            found |= {f"mail {number} {text[:20]!r}": partial(wrapped, wrap, text) for text in texts}
    return found


def filled(plain: Request, text: str, size: int) -> Request:
    return replace(plain, body=again(text, size).encode("utf-8", "replace"), query=again(text, size))


def wrapped(wrap: Callable[[str], str], text: str, size: int) -> Request:
    return mail_request(wrap(again(text, size)))


def mail_request(mail: str) -> Request:
    return Request("POST", "/", "", {"content-type": "message/rfc822"}, mail.encode("utf-8", "replace"))


def json_request(make: Callable[[int], str], size: int) -> Request:
    return Request("POST", "/", "", {"content-type": "application/json"}, make(size).encode())


def spoken(adapter: Channel, text: str, size: int) -> Request:
    """What a person says, said at length."""
    said = again(text, size).encode("utf-8", "replace").decode()
    request = adapter.simulate(person_of(adapter), {"text": said, "id": "900001"}, account_of(adapter))
    assert request is not None
    return request


def swollen(request: Request, size: int) -> Request:
    """The request with its lists repeated until it is as long."""
    value = as_json(request.body)
    times = size // max(1, len(request.body)) + 1
    return replace(request, body=json.dumps(repeated(value, times)).encode())


def repeated(value: Any, times: int, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: repeated(inner, times, key) for key, inner in value.items()}
    if isinstance(value, list):
        return (
            value * times
            if name in {*BATCHES, "contacts"} - {"entry", "changes"}
            else [repeated(one, times) for one in value]
        )
    return value


def calls_of(adapter: Channel, request: Request) -> tuple[int, list[Event]]:
    """How many Python functions are entered while a request is parsed."""
    count = 0

    def entered(_code: object, _offset: int) -> None:
        nonlocal count
        count += 1

    events = sys.monitoring.events.PY_START | sys.monitoring.events.PY_RESUME
    sys.monitoring.use_tool_id(TOOL, "growth")
    try:
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, entered)
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_RESUME, entered)
        sys.monitoring.set_events(TOOL, events)
        found = adapter.parse(request)
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)
    return count, found


@pytest.mark.parametrize("name", registry.adapter_folders())
def test_twice_as_much_to_read_takes_about_twice_as_long(name: str) -> None:
    adapter = registry.get_channel(name)
    for what, make in hostile(name, adapter).items():
        for size in SIZES if what.startswith(("mail 0", "deep", "json", "many")) else SIZES[:1]:
            half, _ = calls_of(adapter, make(size))
            began = time.process_time()
            whole, events = calls_of(adapter, make(2 * size))
            took = time.process_time() - began
            assert whole <= GROWTH * half + SLACK, f"{name}, {what}, {size} bytes: {half} calls, then {whole}"
            assert took < SECONDS, f"{name}, {what}, {2 * size} bytes: {took:.1f} s"
            assert events, what


class Slow(Adapter):
    """A channel that looks at each piece once more for every piece before it."""

    def parse(self, request: Request) -> list[Event]:
        for at in range(len(request.body) // 4096):
            for _ in range(at):
                constant_as_none("")
        return super().parse(request)


def test_a_test_of_growth_sees_what_grows_too_fast() -> None:
    half, whole = (calls_of(Slow(), Request("POST", "/", "", {}, b"x" * size))[0] for size in (2_000_000, 4_000_000))
    assert whole > GROWTH * half + SLACK
