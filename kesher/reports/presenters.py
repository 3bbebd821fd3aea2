"""What pages show of a report: its topic's icon, and its public history with a title and an icon for each change."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from kesher.cases.models import Case, Topic
from kesher.contacts.models import Identity
from kesher.reports.models import ServiceRequest
from kesher.reports.services import Step

# The first word found in the topic's code, else in its group, decides.
PICTURES: tuple[tuple[str, str], ...] = (
    ("light", "lamp"),
    ("lamp", "lamp"),
    ("pothole", "cone"),
    ("road", "cone"),
    ("pavement", "cone"),
    ("sidewalk", "cone"),
    ("playground", "swing"),
    ("noise", "sound"),
    ("peddl", "sound"),
    ("carcass", "paw"),
    ("animal", "paw"),
    ("dog", "paw"),
    ("cat", "paw"),
    ("mosquito", "bug"),
    ("rodent", "bug"),
    ("pest", "bug"),
    ("cesspool", "drop"),
    ("sewage", "drop"),
    ("drain", "drop"),
    ("water", "drop"),
    ("leak", "drop"),
    ("flood", "drop"),
    ("tree", "tree"),
    ("branch", "tree"),
    ("garden", "tree"),
    ("weed", "tree"),
    ("park-", "tree"),
    ("parking", "car"),
    ("vehicle", "car"),
    ("traffic", "sign"),
    ("sign", "sign"),
    ("obstruct", "sign"),
    ("bin", "bin"),
    ("waste", "bin"),
    ("trash", "bin"),
    ("junk", "bin"),
    ("clean", "broom"),
    ("sanit", "broom"),
    ("dirt", "broom"),
    ("lot", "fence"),
    ("fence", "fence"),
    ("build", "fence"),
)


def topic_icon(topic: Topic) -> str:
    """Return the name of the icon for a topic, guessed from its code and group, or "flag" where none fits."""
    for text in (topic.code, topic.group):
        words = text.lower()
        for word, picture in PICTURES:
            if word in words:
                return picture
    return "flag"


State = Case.State


class Part(NamedTuple):
    """How one transition is shown: title, icon, and the colour of its dot."""

    title: Any
    icon: str
    kind: str = ""


STEPS: dict[str, Part] = {
    "open": Part(_("Received"), "inbox"),
    "start": Part(_("In work"), "activity"),
    "wake": Part(_("In work again"), "activity"),
    "ask": Part(_("We asked for something more"), "help", "wait"),
    "hold": Part(State.ON_HOLD.label, "clock", "wait"),
    "solve": Part(State.SOLVED.label, "check-circle", "good"),
    "close": Part(State.CLOSED.label, "check", "good"),
    "reopen": Part(_("Opened again"), "refresh", "wait"),
}
BADGES = {"new": "info", "open": "accent", "pending": "wait", "on_hold": "wait", "solved": "good"}


def render_step(step: Step) -> dict[str, Any]:
    """Return one step in the life of a report as a row for the timeline template."""
    part = STEPS.get(step.verb, Part(step.state, "activity"))
    return {"title": str(part.title), "at": step.at, "icon": part.icon, "kind": part.kind}


def find_own_report(number: int, identity: Identity | None) -> ServiceRequest | None:
    """Return the report with this number where the person of this verified identity made it, else None."""
    if identity is None:
        return None
    rows = ServiceRequest.objects.whole().filter(case__conversation__contact__in=identity.contact.root().family_ids())
    return rows.filter(case__number=number).prefetch_related("photos").first()
