"""Messenger's and Instagram's webhooks from the journal to the conversation: repeated, in any order, and cut."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kesher import channels as house
from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import ChannelEvent, Intake, Message
from kesher.core.db.agency_scope import everywhere

FIRST = ("edit", "deleted", "text")
ADDRESSES = {"messenger": "1122334455667", "instagram": "17841400000000000"}


def samples(name: str) -> list[bytes]:
    files = (Path(house.__file__).parent / name / "fixtures").glob("*.json")
    return [file.read_bytes() for file in sorted(files) if not file.name.endswith(".expected.json")]


def connect(name: str) -> Account:
    settings = {"app_id": "1500000000000042"}
    return open_account(name, address=ADDRESSES[name], secrets=("s",), token="t", settings=settings)


def arrive(account: Account, bodies: Sequence[bytes]) -> None:
    """Let these webhooks arrive, and process them as the receiving process does."""
    for number, body in enumerate(bodies):
        Intake.objects.create(account_id=account.pk, received=1_764_600_000 + number, headers="{}", body=body)
    worker = Worker()
    worker.accounts.refresh()
    while worker.batch():
        pass


def state() -> dict[str, Any]:
    """What is stored of people's words and of all else, without numbers and order."""
    with everywhere("the state of a test"):
        said = Message.objects.filter(direction="in").values_list("dedup_key", "text", "deleted_at", "content")
        events = ChannelEvent.objects.values_list("dedup_key", "kind", "state")
        return {
            "said": sorted((key, text, gone is None, json.dumps(content)) for key, text, gone, content in said),
            "events": sorted(events),
        }


def without_before(found: dict[str, Any]) -> dict[str, Any]:
    """The state without what an edit replaced, and whether events waited: those depend on the order by design."""
    said = [(key, text, kept) for key, text, kept, _content in found["said"]]
    return {"said": said, "events": [(key, kind) for key, kind, _state in found["events"]]}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_an_edit_and_a_deletion_that_come_in_one_batch_before_their_message_are_applied(
    city: Agency, name: str
) -> None:
    files = {file: (Path(house.__file__).parent / name / f"fixtures/{file}.json").read_bytes() for file in FIRST}
    arrive(connect(name), [files["edit"], files["deleted"], files["text"]])
    [(_key, text, kept, _content)] = state()["said"]
    assert (text, kept) == ("שלום, יש בור ברחוב הגפן 4", False)
    assert {waits for *_names, waits in state()["events"]} == {"applied"}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_samples_delivered_three_times_in_any_order_give_one_state(city: Agency, name: str) -> None:
    account, bodies = connect(name), samples(name)
    arrive(account, bodies)
    once = state()
    assert len(once["said"]) > 15
    mixed = random.Random(17).sample(bodies * 2, len(bodies) * 2)
    arrive(account, mixed)
    assert without_before(state()) == without_before(once)


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_the_order_in_which_samples_come_first_does_not_matter(city: Agency, name: str) -> None:
    account, bodies = connect(name), samples(name)
    arrive(account, random.Random(18).sample(bodies, len(bodies)))
    texts = {key: (text, kept) for key, text, kept, _content in state()["said"]}
    edited = next(value for key, value in texts.items() if key.startswith("message") and key.endswith("text01"))
    assert edited == ("שלום, יש בור ברחוב הגפן 4", False), "edited, then deleted"


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_cut_samples_fail_no_request_and_lose_nothing(city: Agency, name: str) -> None:
    account, chance = connect(name), random.Random(19)
    cut = [body[: chance.randrange(len(body))] for body in samples(name)]
    arrive(account, cut)
    assert set(Intake.objects.values_list("state", flat=True)) == {"done"}
    assert ChannelEvent.objects.filter(state="unknown").count() == len(set(cut))
