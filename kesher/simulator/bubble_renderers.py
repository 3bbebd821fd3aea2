"""Render the messages that each fake provider received as chat bubbles: one pure function a channel."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.channels import untrusted_payload
from kesher.channels.base import Json
from kesher.language import sms_parts

TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Key:
    """A button. ``value`` is sent back as the choice; "@place" asks the phone to send its location."""

    title: str
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on a phone.

    ``rows`` are its buttons, as many side by side as the provider shows; ``opener`` is the button that opens them as a
    list; ``mail`` is the number of an e-mail with HTML. ``meaning``: what was understood of a person's message.
    """

    mine: bool
    at: datetime
    text: str = ""
    title: str = ""
    rows: tuple[tuple[Key, ...], ...] = ()
    opener: str = ""
    picture: str = ""
    file: str = ""
    place: str = ""
    mail: int = 0
    facts: tuple[str, ...] = field(default=())
    meaning: tuple[str, ...] = ()

    @property
    def single(self) -> bool:
        """Return whether each row of buttons has only one, so that they stand one above the other."""
        return all(len(row) == 1 for row in self.rows)


def from_simulated_person(payload: Json, at: datetime) -> Bubble:
    """Return the bubble of a message that the simulated person sent."""
    say = untrusted_payload.mapping(payload, "say")
    place = untrusted_payload.mapping(say, "location")
    picture = untrusted_payload.text(payload, "picture")
    where = f"{place.get('lat')}, {place.get('lon')}" if place else ""
    return Bubble(
        True,
        at,
        untrusted_payload.text(say, "text"),
        untrusted_payload.text(say, "subject"),
        picture=picture,
        place=where,
    )


def from_whatsapp(payload: Json, at: datetime, _number: int = 0) -> Bubble:
    """Return the bubble of a WhatsApp message that we sent, from its Graph API request."""
    kind = untrusted_payload.text(payload, "type")
    if kind == "interactive":
        return from_interactive(untrusted_payload.mapping(payload, "interactive"), at)
    if kind == "template":
        name = untrusted_payload.text(payload, "template", "name")
        values = [untrusted_payload.text(item, "text") for part in untrusted_payload.sequence(payload, "template",
        "components")
                  for item in untrusted_payload.sequence(part, "parameters")]  # fmt: skip
        return Bubble(False, at, " · ".join(values), facts=(_("approved template: %(name)s") % {"name": name},))
    content = untrusted_payload.mapping(payload, kind)
    link = untrusted_payload.text(content, "link")
    if kind == "image":
        return Bubble(False, at, untrusted_payload.text(content, "caption"), picture=link)
    if link:
        return Bubble(
            False,
            at,
            untrusted_payload.text(content, "caption"),
            file=untrusted_payload.text(content, "filename") or link,
        )
    return Bubble(
        False, at, untrusted_payload.text(content, "body"), facts=(_("free within 24 hours of your last message"),)
    )


def from_interactive(content: Json, at: datetime) -> Bubble:
    """Return the bubble of a WhatsApp message with buttons, a list or a location request."""
    kind, words = untrusted_payload.text(content, "type"), untrusted_payload.text(content, "body", "text")
    if kind == "button":
        replies = [
            untrusted_payload.mapping(item, "reply")
            for item in untrusted_payload.sequence(content, "action", "buttons")
        ]
        rows = tuple(
            (Key(untrusted_payload.text(reply, "title"), untrusted_payload.text(reply, "id")),) for reply in replies
        )
        fact = ngettext("%(count)d button", "%(count)d buttons", len(rows)) % {"count": len(rows)}
        return Bubble(False, at, words, rows=rows, facts=(fact, _("free within 24 hours of your last message")))
    if kind == "list":
        found = [
            row
            for part in untrusted_payload.sequence(content, "action", "sections")
            for row in untrusted_payload.sequence(part, "rows")
        ]
        rows = tuple(
            (
                Key(
                    untrusted_payload.text(row, "title"),
                    untrusted_payload.text(row, "id"),
                    untrusted_payload.text(row, "description"),
                ),
            )
            for row in found
        )
        fact = ngettext("a list, %(count)d option", "a list, %(count)d options", len(rows)) % {"count": len(rows)}
        opener = untrusted_payload.text(content, "action", "button")
        facts = (fact, _("free within 24 hours of your last message"))
        return Bubble(False, at, words, rows=rows, opener=opener, facts=facts)
    return Bubble(False, at, words, rows=((Key(_("Send my location"), "@place"),),), facts=(_("asks for a place"),))


def from_telegram(payload: Json, at: datetime, _number: int = 0) -> Bubble:
    """Return the bubble of a Telegram message that we sent, from its Bot API call."""
    words = untrusted_payload.text(payload, "text") or untrusted_payload.text(payload, "caption")
    text = html.unescape(TAG.sub("", words)) if payload.get("parse_mode") == "HTML" else words
    markup = untrusted_payload.mapping(payload, "reply_markup")
    rows = tuple(
        tuple(
            Key(untrusted_payload.text(button, "text"), untrusted_payload.text(button, "callback_data"))
            for button in row
        )
        for row in untrusted_payload.sequence(markup, "inline_keyboard")
        if isinstance(row, list)
    )
    facts: tuple[str, ...] = (_("a keyboard inside the message"),) if rows else ()
    for row in untrusted_payload.sequence(markup, "keyboard"):
        rows += (tuple(Key(untrusted_payload.text(button, "text"), "@place") for button in row),)
        facts = (_("a keyboard under the field"),)
    picture, document = untrusted_payload.text(payload, "photo"), untrusted_payload.text(payload, "document")
    return Bubble(
        False, at, text, rows=rows, picture=picture, file=document, facts=facts or (_("no length to pay for"),)
    )


def from_sms(payload: Json, at: datetime, _number: int = 0) -> Bubble:
    """Return the bubble of a text message that we sent, with its length and parts."""
    text = untrusted_payload.text(payload, "Body") or untrusted_payload.text(payload, "text")
    return Bubble(False, at, text, facts=sms_facts(text))


def sms_facts(text: str) -> tuple[str, ...]:
    """Return in words the length of a text message, how many parts it has, and how long a part may be."""
    count = sms_parts(text)
    size = ngettext("%(count)d character", "%(count)d characters", count.units) % {"count": count.units}
    parts = ngettext("%(count)d part", "%(count)d parts", count.parts) % {"count": count.parts}
    holds = {"ucs2": (70, 67), "gsm7": (160, 153)}[count.encoding][count.parts > 1]
    return (size, parts, _("a part holds %(count)d") % {"count": holds})


def from_mail(payload: Json, at: datetime, number: int = 0) -> Bubble:
    """Return the bubble of an e-mail that we sent: subject, text, and its HTML in a frame."""
    size = (untrusted_payload.number(payload, "size") or 0) / 1000
    facts = (_("text and HTML"), _("%(size)s kB") % {"size": f"{size:.1f}"})
    shown = number if untrusted_payload.text(payload, "html") else 0
    return Bubble(
        False,
        at,
        untrusted_payload.text(payload, "text").strip(),
        untrusted_payload.text(payload, "subject"),
        mail=shown,
        facts=facts,
    )


def from_chat(content: Json, at: datetime, text: str, pictures: Sequence[str] = ()) -> Bubble:
    """Return the bubble of a web chat message, as the chat page shows it."""
    keys = [
        Key(untrusted_payload.text(item, "title"), untrusted_payload.text(item, "key"))
        for item in untrusted_payload.sequence(content, "options")
    ]
    rows = tuple((key,) for key in keys)
    if untrusted_payload.text(content, "expects") == "place":
        rows = (*rows, (Key(_("Send my location"), "@place"),))
    links = [f"{link[0]}: {link[1]}" for link in untrusted_payload.sequence(content, "links") if isinstance(link, list)]
    facts = (_("our own page: nobody in between"),)
    return Bubble(False, at, "\n".join([text, *links]), rows=rows, picture=next(iter(pictures), ""), facts=facts)


READERS: dict[str, Callable[[Json, datetime, int], Bubble]] = {
    "whatsapp": from_whatsapp,
    "telegram": from_telegram,
    "sms": from_sms,
    "kannel": from_sms,
    "email": from_mail,
}
