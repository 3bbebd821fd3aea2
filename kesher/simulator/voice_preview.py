"""Preview of a telephone call: a chat's open question as it would be read aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.channels.base import Limit, Option, Say
from kesher.channels.message_layout import layout_spoken as read_aloud
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.demo.people import Person
from kesher.dialogues.models import DialogueSession

# Characters that a calm voice reads in a second.
PACE = 14
SPOKEN_LIMIT = Limit(3000)
NUMBERED = re.compile(r"^\W{0,2}\d{1,2} ", re.MULTILINE)
ADDRESS = re.compile(r"\s*https?://\S+")


@dataclass(frozen=True, slots=True)
class Voice:
    """The question as a voice would say it ("" where none is open), with facts about it."""

    question: str
    facts: tuple[str, ...]


def find_spoken_question(person: Person) -> Voice:
    """Return the newest open question to a demo person, as a voice channel would read it aloud."""
    contacts = [row.contact.root().pk for row in find_demo_identities(person)]
    session = (
        DialogueSession.objects.filter(contact__in=contacts, state=DialogueSession.State.ACTIVE)
        .exclude(prompt={})
        .order_by("-updated")
        .first()
    )
    if session is None:
        return Voice("", (_("the same questions, read aloud"),))
    said = Message.objects.filter(conversation__contact=session.contact_id, direction="out").order_by("-seq").first()
    options = tuple(Option(str(row["key"]), str(row["title"])) for row in session.prompt.get("options", ()))
    question = speakable_text(said.text) if said else ""
    lang = (said.lang if said else "") or person.lang
    text = " ".join(read_aloud(Say(question, options, lang=lang), SPOKEN_LIMIT).texts) if options else question
    seconds = max(1, round(len(text) / PACE))
    length = ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    return Voice(text, (length, _("keys or speech")))


def find_demo_identities(person: Person) -> list[Identity]:
    """Return the identities (one for each address) of a demo person."""
    rows = Identity.objects.filter(address__in=person.addresses).select_related("contact__merged_into")
    return list(rows)


def speakable_text(text: str) -> str:
    """Return a question's text without numbered lines and URLs, which cannot be read aloud."""
    first = NUMBERED.search(text)
    return ADDRESS.sub("", text[: first.start()] if first else text).strip()
