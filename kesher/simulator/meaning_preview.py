"""Preview of what a person's message was understood to mean, with probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from kesher.cases.presenters import describe_danger
from kesher.conversations.models import Message
from kesher.demo.people import Person
from kesher.dialogues.registry import REGISTRY
from kesher.simulator.models import SimulatedMessage
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import is_trained

READ = 150  # messages, of all phones
EARLY = timedelta(seconds=2)  # by which two clocks may differ
ACTIONS: Final[dict[str, Promise]] = {
    "start": gettext_lazy("begins it"),
    "answer": gettext_lazy("answers"),
    "confirm": gettext_lazy("asks whether this is meant"),
    "offer": gettext_lazy("offers a choice"),
    "person": gettext_lazy("calls a person"),
    "stop": gettext_lazy("sends no more messages"),
    "ask_stop": gettext_lazy("asks whether to send no more messages"),
    "start_again": gettext_lazy("sends messages again"),
    "command": gettext_lazy("a command"),
    "emergency": gettext_lazy("an emergency"),
    "unknown": gettext_lazy("not understood"),
}


def has_model() -> bool:
    """Return whether the agency's model is trained, without loading it."""
    return is_trained(own_examples())


def find_meanings(person: Person, rows: Iterable[SimulatedMessage]) -> dict[int, tuple[str, ...]]:
    """Return {id of a simulated message: what was understood}, for those that this person sent.

    A provider's format carries no id of ours: the first message on the channel with the same text, not earlier, is it.
    """
    own = sorted((row for row in rows if row.mine), key=lambda row: row.pk)
    if not own:
        return {}
    stored = Message.objects.filter(
        direction="in", identity__address__in=person.addresses, received__gte=own[0].at - EARLY
    )
    left = list(reversed(stored.order_by("-id").only("channel", "text", "content", "received")[:READ]))
    found: dict[int, tuple[str, ...]] = {}
    for row in own:
        message = next((one for one in left if is_same(one, row)), None)
        if message is not None:
            left.remove(message)
            found[row.pk] = describe_meaning(message)
    return found


def is_same(message: Message, row: SimulatedMessage) -> bool:
    """Return whether a stored message may be what the simulated one became."""
    text = str(row.payload.get("say", {}).get("text", ""))
    return (
        message.channel == row.channel and message.text.split() == text.split() and message.received >= row.at - EARLY
    )


def describe_meaning(message: Message) -> tuple[str, ...]:
    """Return the facts of what a message was understood to mean; none where nothing was asked, as for a tap."""
    stored = message.content.get("understood")
    if not stored:
        return ()
    action = str(ACTIONS.get(stored.get("action", ""), ""))
    facts = [f"{action} {per_cent(stored.get('p', 0))}", *stored.get("commands", ())]
    if stored.get("situation"):
        facts.append(describe_danger(stored.get("kind", ""), sure=stored["situation"] == "sure"))
    return (*facts, *map(describe_offered, stored.get("offered", ())))


def describe_offered(one: dict[str, Any]) -> str:
    """Return one meaning: a verb's title with the code of its subject, or an answer's slug, and how probable it is."""
    skill = REGISTRY.get(one["name"])
    named = f"{skill.title} {one['subject']}".strip() if skill is not None else one["name"]
    return f"{named} {per_cent(one['p'])}"


def per_cent(probability: float) -> str:
    """Return a probability as a whole number of per cent."""
    return f"{round(100 * probability)}%"
