"""What every channel owes the house, tried on every folder that has an adapter: its fixtures are its specification.

Each check is a function of a folder and its adapter, so that a channel from elsewhere can be held to the same.
"""

from __future__ import annotations

import ast
import html
import json
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher import channels as house
from kesher.channels import registry
from kesher.channels.base import AccountInfo, Address, BadSignature, Channel, Event, Kind, Option, Request, Say
from kesher.channels.event_json import event_json, stored_requests
from kesher.channels.message_layout import layout
from kesher.language import length

HOME = Path(house.__file__).parent
SUFFIXES = (".request.json", ".json", ".jsonl", ".form", ".eml")
# The lists in which providers pack several events into one request; their order means nothing for what an event is.
BATCHES = frozenset(("entry", "changes", "messages", "statuses", "message_echoes", "user_preferences", "events",
                     "messaging", "standby"))  # fmt: skip
PEOPLE = {
    **dict.fromkeys(("tel", "call"), "+972505550142"), "mailto": "dana@citizen.example", "matrix": "@dana:city.example",
    "tg": "5550143", "web": "visitor-0001-abcdef", "demo": "dana", "wa-bsuid": "IL.13491208655302741918",
    **dict.fromkeys(("messenger", "instagram"), "1122334455667:24680135791113"),
}  # fmt: skip
ODD: list[Any] = [None, True, -1, 1.5, 10**30, "", "x", "\ud83d\x00", [], [None], {}, {"id": {}}]
quick = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors],
)
LETTERS = ["ש", "ל", "ום", " ", "ق", "Ж", "k", "7", "\n", "&", "<b>", "*", "_", "👍🏽", "👨‍👩‍👧‍👦", "é", ".", " "]
words = st.lists(st.sampled_from(LETTERS), max_size=60).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def account_of(adapter: Channel, **changes: Any) -> AccountInfo:
    """An account with everything that any channel asks for."""
    account = AccountInfo(
        key="test-key",
        channel=adapter.name,
        address="1122334455667",
        secrets=("first-secret", "second-secret"),
        token="1234:a-token-of-the-provider",
        settings={"verify_token": "verify-me", "account_sid": "AC1"},
        public_url=f"https://kesher.example/in/{adapter.name}/test-key",
    )
    return replace(account, **changes)


def person_of(adapter: Channel) -> Address:
    scheme = adapter.capabilities(account_of(adapter)).schemes[0]
    return Address(scheme, PEOPLE[scheme], "דנה לוי")


def fixtures(folder: Path) -> list[tuple[str, Path]]:
    """Name and file of each fixture: `text` and `text.json`."""
    found = []
    for file in sorted((folder / "fixtures").iterdir()):
        suffix = next((end for end in SUFFIXES if file.name.endswith(end)), "")
        if suffix and not file.name.endswith(".expected.json"):
            found.append((file.name.removesuffix(suffix), file))
    return found


def requests_in(folder: Path, adapter: Channel) -> list[tuple[str, Request]]:
    found = fixtures(folder)
    return [(name, one) for name, file in found for one in stored_requests(adapter, file.name, file.read_bytes())]


# ---- the checks


def check_folder(folder: Path, adapter: Channel) -> None:
    """A folder explains itself, shows itself, and its fixtures come in pairs."""
    assert len((folder / "README.md").read_text(encoding="utf-8")) > 300, "README.md says how to set an account up"
    assert ET.parse(folder / "logo.svg").getroot().tag.endswith("svg")
    names = {name for name, _ in fixtures(folder)}
    expected = {file.name.removesuffix(".expected.json") for file in (folder / "fixtures").glob("*.expected.json")}
    assert names == expected != set()
    assert adapter.title
    assert adapter.name == folder.name


def check_fixtures(folder: Path, adapter: Channel) -> None:
    """Each fixture parses to exactly what stands beside it, every time."""
    for name, file in fixtures(folder):
        requests = stored_requests(adapter, file.name, file.read_bytes())
        events = [event for request in requests for event in adapter.parse(request)]
        expected = json.loads((folder / "fixtures" / f"{name}.expected.json").read_text(encoding="utf-8"))
        assert [event_json(event) for event in events] == expected, name
        assert [event for request in requests for event in adapter.parse(request)] == events, name
        for event in events:
            check_event(event)


def check_event(event: Event) -> None:
    """What the house relies on, whatever came in: a key, a known kind, storable words, UTC."""
    assert event.dedup_key
    assert isinstance(event.kind, Kind)
    assert event.at is None or event.at.utcoffset() == timedelta(0)
    if event.kind == Kind.MESSAGE and {"form", "order", "contacts", "contact", "poll"} & event.data.keys():
        assert event.content, "what is no words says what it is"
    if event.kind == Kind.UNKNOWN:
        assert "raw" in event.data, "what is not understood is kept"
    stored = json.dumps(event_json(event), ensure_ascii=False, allow_nan=False)
    stored.encode()
    assert "\x00" not in "".join(strings(event_json(event)))


def check_total(folder: Path, adapter: Channel) -> None:
    """parse never raises: not on cut, bent or foreign bodies, and not on JSON of the right shape and wrong types."""
    samples = [request for _, request in requests_in(folder, adapter)]

    @quick
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        sample = data.draw(st.sampled_from(samples))
        body = data.draw(bent(sample.body) | st.binary(max_size=40))
        query = data.draw(st.just(sample.query) | st.text(max_size=20))
        headers = data.draw(st.sampled_from([sample.headers, {}]))
        for event in adapter.parse(replace(sample, body=body, query=query, headers=headers)):
            check_event(event)

    holds()


@st.composite
def bent(draw: st.DrawFn, body: bytes) -> bytes:
    """The body with one thing wrong."""
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 20)))
    node = other_node(draw, body)
    choices = [body[:start], body[:start] + draw(st.binary(max_size=6)) + body[end:]]
    return draw(st.sampled_from([*choices, *([node] if node is not None else [])]))


def other_node(draw: st.DrawFn, body: bytes) -> bytes | None:
    """A JSON body in which one value, anywhere, is replaced by another of any type; None where it is no JSON."""
    value = as_json(body)
    spots = list(spots_in(value))
    if not spots:
        return None
    place, key = draw(st.sampled_from(spots))
    place[key] = draw(values)
    return json.dumps(value).encode()


def as_json(body: bytes) -> Any:
    """The body's value; None where it is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def spots_in(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from spots_in(value[key])


def check_every_spot(folder: Path, adapter: Channel) -> None:
    """parse never raises, whichever one value of a JSON fixture is missing or of another type."""
    for name, request in requests_in(folder, adapter):
        value = as_json(request.body)
        for place, key in list(spots_in(value)):
            kept = place[key]
            for other in ODD:
                place[key] = other
                for event in adapter.parse(replace(request, body=json.dumps(value).encode())):
                    assert event.dedup_key, f"{name}: {key}"
                    assert event_json(event)
            place[key] = kept


def check_signature(folder: Path, adapter: Channel) -> None:
    """Only what carries the proof is let in, by any valid secret, and no part of what is proven may change."""
    account = account_of(adapter)
    request = adapter.simulate(person_of(adapter), {"text": "שלום", "id": "900001"}, account)
    if request is None:
        pytest.skip(f"{adapter.name}: simulate() makes no request")
    proven = replace(request, url=request.url or account.public_url)
    assert passes(adapter, proven, account)
    assert passes(adapter, proven, replace(account, secrets=("newer", *account.secrets)))
    for secrets in ((), ("",), ("wrong",)):
        assert not passes(adapter, proven, replace(account, secrets=secrets, token="wrong"))
    assert not passes(adapter, replace(proven, headers={}, query="", path="/"), account)
    changed = list(tampered(proven)) if passes(adapter, replace(proven, body=b"{}"), account) else bodies(proven)
    assert changed
    for forged in changed:
        assert not passes(adapter, forged, account)


def passes(adapter: Channel, request: Request, account: AccountInfo) -> bool:
    try:
        adapter.verify(request, account)
    except BadSignature:
        return False
    return True


def bodies(request: Request) -> list[Request]:
    """The request with one byte of its body changed, here and there, or one more."""
    body = request.body
    flipped = [body[:n] + bytes([body[n] ^ 1]) + body[n + 1 :] for n in range(0, len(body), max(1, len(body) // 20))]
    return [replace(request, body=one) for one in [*flipped, body + b" ", body[:-1]]]


def tampered(request: Request) -> Iterator[Request]:
    """A proof that is a token, not a signature: each header and the query with one letter changed."""
    for name, value in request.headers.items():
        if name != "content-type" and value:
            yield replace(request, headers={**request.headers, name: ("b" if value[0] == "a" else "a") + value[1:]})
    for secret in ("first-secret", "second-secret"):
        for field in ("path", "query"):
            value = getattr(request, field)
            if secret in value:
                yield replace(request, **{field: value.replace(secret, secret.upper())})


@st.composite
def says(draw: st.DrawFn) -> Say:
    count, width = draw(st.sampled_from([0, 1, 2, 3, 4, 7, 10, 11, 25])), draw(st.sampled_from([1, 3, 60]))
    pieces = st.lists(st.sampled_from(LETTERS), max_size=width).map("".join)
    titles = [f"{n}{draw(pieces)}".strip() for n in range(count)]
    options = tuple(Option(f"key{n}", title, draw(words)) for n, title in enumerate(titles))
    lang = draw(st.sampled_from(["he", "ar", "ru", "en"]))
    nonce = draw(st.sampled_from(["", "k3"]))
    text = "שלום " + draw(words) * draw(st.integers(0, 80))
    links = draw(st.sampled_from([(), (("המשך", "https://kesher.example/f/1"),)]))
    return Say(text, options, lang, links, nonce=nonce, page=draw(st.sampled_from([0, 0, 0, 1, 3])))


def check_render(folder: Path, adapter: Channel) -> None:
    """Whatever is said fits, and every option is shown whole."""
    capabilities, to = adapter.capabilities(account_of(adapter)), person_of(adapter)

    @quick
    @given(says())
    def holds(say: Say) -> None:
        payloads = adapter.render(say, to, capabilities)
        shape = layout(say, capabilities)
        assert payloads
        for payload in payloads:
            assert payload.to == to
            assert "a-token-of-the-provider" not in json.dumps(payload.body)
            assert length(payload.text, capabilities.text.unit) <= capabilities.text.size
        widget = {"buttons": capabilities.buttons, "rows": capabilities.rows}.get(shape.mode)
        if widget and widget.body:
            assert length(payloads[-1].text, widget.body.unit) <= widget.body.size
        said = [letters("".join(payload.text for payload in payloads)), *map(letters, strings(payloads[-1].body))]
        for option in shape.options:
            assert any(letters(option.title) in words for words in said), option.title

    holds()


def letters(text: str) -> str:
    """The text without spaces, which may differ where it was cut, and without escapes."""
    return re.sub(r"\s", "", html.unescape(html.unescape(text)))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def check_dedup(folder: Path, adapter: Channel) -> None:
    """An event's key is its own, and does not depend on what it travelled with or in which order."""
    for name, request in requests_in(folder, adapter):
        keys = [(event.account, event.dedup_key) for event in adapter.parse(request)]
        assert len(set(keys)) == len(keys), name
        for seed in range(3):
            mixed = replace(request, body=shuffled_body(request.body, random.Random(seed)))
            assert {(event.account, event.dedup_key) for event in adapter.parse(mixed)} == set(keys), name


def shuffled_body(body: bytes, chance: random.Random) -> bytes:
    value = as_json(body)
    return json.dumps(shuffled(value, chance)).encode() if value is not None else body


def shuffled(value: Any, chance: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled(value[key], chance, key) for key in keys}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        return chance.sample(items, len(items)) if name in BATCHES else items
    return value


def check_imports(folder: Path, adapter: Channel) -> None:
    """A channel knows neither Django nor another channel: it could be lifted out with its folder."""
    for file in folder.rglob("*.py"):
        if not file.name.startswith("test_"):
            for module in modules_of(file):
                check_import(module, folder, file.name)


def check_import(module: str, folder: Path, place: str) -> None:
    """Of the house, a channel sees the language, and what of channels/ is itself free of the house."""
    assert module.partition(".")[0] != "django", f"{place}: {module}"
    if not module.startswith("kesher.") or module == "kesher.channels" or module.startswith("kesher.language"):
        return
    assert module.startswith("kesher.channels."), f"{place}: {module}"
    name = module.split(".")[2]
    beside = [] if name == folder.name else shared_modules(name)
    assert name == folder.name or beside, f"{place}: {module} is another channel"
    foreign = re.compile(r"django|kesher\.(?!channels|language|core\.contact_address)")
    impure = [one for file in beside for one in modules_of(file) if foreign.match(one)]
    assert not impure, f"{place}: {module} imports {impure}"


def shared_modules(name: str) -> list[Path]:
    """The files of a module, or of a package without an adapter, that stands beside the channels' folders."""
    files = [] if (HOME / name / "adapter.py").exists() else [HOME / f"{name}.py", *(HOME / name).glob("*.py")]
    return [file for file in files if file.exists() and not file.name.startswith("test_")]


def modules_of(file: Path) -> list[str]:
    return [name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) for name in imported(node)]


def imported(node: ast.AST) -> list[str]:
    """What a statement imports, with what it takes from a package: `from kesher.channels import raw` names raw."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level <= 1, "a channel does not look out of its folder by dots"
        base = node.module or ""
        return [] if node.level else [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


CHECKS: list[Callable[[Path, Channel], None]] = [
    check_folder,
    check_fixtures,
    check_total,
    check_every_spot,
    check_signature,
    check_render,
    check_dedup,
    check_imports,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", registry.adapter_folders())
def test_a_channel_keeps_the_contract(name: str, check: Callable[[Path, Channel], None]) -> None:
    check(HOME / name, registry.get_channel(name))


@pytest.mark.parametrize("name", ["demo", "whatsapp"])
def test_a_copied_folder_is_a_channel_without_an_edit_elsewhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = f"copied_{name}"
    shutil.copytree(HOME / name, tmp_path / copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(house, "__path__", [*house.__path__, str(tmp_path)])
    registry.channels.cache_clear()
    try:
        adapter = registry.get_channel(copy)
        assert Path(sys.modules[type(adapter).__module__].__file__ or "").is_relative_to(tmp_path)
        for check in CHECKS:
            check(tmp_path / copy, adapter)
    finally:
        registry.channels.cache_clear()
        for module in [key for key in sys.modules if key.startswith(f"kesher.channels.{copy}")]:
            del sys.modules[module]
