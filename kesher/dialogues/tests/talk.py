"""A conversation for the tests: a verb with five questions, and somebody to answer them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django import forms

from kesher.channels.base import Capabilities, Choices, Limit, Location, Option, Say
from kesher.contacts.models import Contact, Identity
from kesher.core import hooks
from kesher.core.errors import Refused
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField, PlaceField
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.services import active_session, take_turn

NAME = "tests.lamp"
BUTTONS = Capabilities(text=Limit(1000), buttons=Choices(3, Limit(20)), rows=Choices(10, Limit(24)))
NUMBERED = Capabilities(text=Limit(1000), numbered=9)


class LampForm(StepForm):
    topic = forms.ChoiceField(
        label="What is it about?",
        choices=[("light", "Street light"), ("bin", "Full bin"), ("yes", "Hole in the road")],
    )
    words = forms.CharField(label="What happened?", min_length=3)
    place = PlaceField(label="Where?", required=False)
    photo = AttachmentField(label="A photo?", required=False)
    sure = forms.BooleanField(label="Shall we send it?")

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if self.cleaned_data.get("topic") == "bin" and "full" not in words:
            raise forms.ValidationError("Is it full?")
        return words


DONE: list[dict[str, Any]] = []


def run(turn: Turn, subject: object, answers: Answers) -> Say:
    if answers["words"] == "refuse":
        raise Refused("Not today.")
    DONE.append({**answers, "door": turn.door})
    return Say(f"Sent. Number {len(DONE)}.", (Option("go:menu", "Menu"),) if answers["topic"] == "yes" else ())


LAMP = Skill(
    name=NAME, title="Report a lamp", form=LampForm, intents={"en": ("lamp",), "he": ("פנס",)}, run=run, menu=5
)


def replace_skills(monkeypatch: pytest.MonkeyPatch, *skills: Skill) -> None:
    """Let the registry have these skills only."""
    monkeypatch.setattr(REGISTRY, "skills", {})
    monkeypatch.setattr(REGISTRY, "by_letter", {})
    for skill in skills:
        REGISTRY.add(skill)


@dataclass
class Talk:
    """One person who writes; the last answers are in ``said``."""

    identity: Identity
    door: str = "sms"
    capabilities: Capabilities = NUMBERED
    lang: str = "en"
    said: list[Say] = field(default_factory=list)

    @property
    def contact(self) -> Contact:
        return self.identity.contact

    @property
    def session(self) -> DialogueSession | None:
        return active_session(self.contact)

    @property
    def answers(self) -> dict[str, Any]:
        return dict(self.session.answers) if self.session else {}

    @property
    def text(self) -> str:
        return "\n".join(say.text for say in self.said)

    def says(
        self,
        text: str = "",
        *,
        tap: str = "",
        place: Location | None = None,
        files: tuple[Attachment, ...] = (),
        door: str = "",
    ) -> str:
        """Take one turn; return the answers."""
        self.door = door or self.door
        found = hooks.understand.first(contact=self.contact, text=text, lang=self.lang, channel=self.door, form="")
        turn = Turn(
            self.contact, self.door, self.lang, self.identity, text, tap, place, files,
            capabilities=self.capabilities, understood=found if text and not tap else None,
        )  # fmt: skip
        self.said = take_turn(turn, self.session)
        return self.text

    def tap(self, key: str, say: Say | None = None) -> str:
        """The option's id as a provider sends it back; of an older question where ``say`` is one."""
        nonce = (say or self.said[-1]).nonce
        return f"{nonce}:{key}"

    def step(self) -> str:
        """The question that is asked now, "" outside a form."""
        return self.session.step if self.session else ""

    def filled(self) -> str:
        """Up to the last question."""
        for words in ("lamp", "1", "It is dark here", "skip", "skip"):
            self.says(words)
        return self.text
