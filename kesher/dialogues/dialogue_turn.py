"""Dataclass `Turn`: one input of a person in a chat (text, tap, file or place), with its conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kesher.channels.base import Capabilities, Limit, Location
from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.core.audit import Actor
from kesher.core.models import Attachment
from kesher.dialogues.understood import Understood

Answers = Mapping[str, Any]

WEB = Capabilities(text=Limit(100_000), hosted=True, schemes=("web",), assurance=0)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person did, through any door.

    ``door`` is the channel's name ("web" for a page); ``identity`` is the address that they used, None on a page
    without one; ``choice`` is the key of the option that they pressed, with its nonce.
    """

    contact: Contact
    door: str
    lang: str = "he"
    identity: Identity | None = None
    text: str = ""
    choice: str = ""
    location: Location | None = None
    attachments: tuple[Attachment, ...] = ()
    capabilities: Capabilities = WEB
    seq: int | None = None  # the number of the message in the stream
    opening: bool = False  # a link began the conversation: the text comes from the link
    claimed: bool = False  # nothing proves that this input came from the address
    understood: Understood | None = None  # what free text means; None where nobody asked or no model is trained
    raw: Answers = field(default_factory=dict)  # the answers of the form that is done now, as they were given

    @property
    def actor(self) -> Actor:
        """Return the person as the actor whom the audit log names."""
        return Actor("contact", self.contact.pk, self.door)

    @property
    def assurance(self) -> int:
        """Return the assurance of the sender's address; 0 if nothing proves that the input came from it."""
        return self.identity.assurance if self.identity and not self.claimed else 0

    @property
    def call(self) -> Call:
        """Return the sender as the caller of a service."""
        return Call(door=self.door, lang=self.lang, identity=self.identity, contact=self.contact, level=self.assurance)
