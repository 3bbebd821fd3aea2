"""Convert the content of a WhatsApp message by its type. Source: Meta's Cloud API webhook reference, v25.0.

Each reader returns fields of an `Event` (with `kind` if it is no MESSAGE), or None if there is nothing of its type.
What came in a form of its own is also said in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from kesher.channels import untrusted_payload
from kesher.channels.base import Content, Json, Kind, Media
from kesher.channels.outbound_message import media_kind

PHONE = re.compile(r"\+?(\d{6,15})")
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
TYPE_NAME = re.compile(r"[a-z][a-z0-9_ ]{0,40}")
BUILT_NAME = re.compile(r"screen_\d+_(.+)_\d+", re.DOTALL)
BUILT_OPTION = re.compile(r"\d{1,3}_(.+)", re.DOTALL)
HIDDEN = frozenset(("flow_token", "version", "screen"))  # technical fields of a form
POLL_OPTIONS = ("options", "poll_options", "selected_options", "votes", "answers")
OPTION_WORDS = ((), ("name",), ("title",), ("text",), ("option_name",), ("optionName",))
CALL_FIELDS = ("id", "event", "direction", "status", "duration", "start_time", "end_time")

MEDIA: dict[str, Literal["image", "audio", "video", "document", "sticker"]] = {
    "image": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
PREFERENCES = {
    **dict.fromkeys(("stop", "opt_out", "unsubscribe"), Kind.OPT_OUT),
    **dict.fromkeys(("resume", "start", "opt_in", "subscribe"), Kind.OPT_IN),
}
# Gestures on a message that WhatsApp does not pass on; they say nothing.
GESTURES = frozenset(("pin", "keep_in_chat", "reaction", "link_preview"))
CHANGED_IDENTITY = frozenset(
    ("user_changed_number", "user_changed_user_id", "customer_changed_number", "customer_identity_changed")
)


def e164(digits: str) -> str:
    """Return digits as a phone number in E.164 ("+972…"), or "" if they are none."""
    found = PHONE.fullmatch(digits)
    return f"+{found[1]}" if found else ""


def text_content(item: Any) -> Json | None:
    """Return a text message as Event fields, or None."""
    body = untrusted_payload.dig(item, "text", "body")
    return {"text": body} if isinstance(body, str) else None


def media_content(item: Any) -> Json | None:
    """Return a message's file with its caption as Event fields, or None."""
    kind = untrusted_payload.text(item, "type")
    file = untrusted_payload.mapping(item, kind)
    media = Media(
        MEDIA[kind],
        mime=untrusted_payload.text(file, "mime_type"),
        ref=untrusted_payload.text(file, "id"),
        url=untrusted_payload.text(file, "url"),
        name=untrusted_payload.text(file, "filename"),
    )
    if not (media.ref or media.url):
        return None
    heard = {"data": {"voice": True}} if kind == "voice" or untrusted_payload.dig(file, "voice") is True else {}
    # The caption is the person's text, so it goes where a dialogue reads.
    return {"media": (media,), "text": untrusted_payload.text(file, "caption"), **heard}


def place_content(item: Any) -> Json | None:
    """Return a shared location as Event fields, or None."""
    spot = untrusted_payload.mapping(item, "location")
    place = untrusted_payload.place(
        spot, "latitude", "longitude", untrusted_payload.text(spot, "name"), untrusted_payload.text(spot, "address")
    )
    return {"location": place} if place else None


def contacts_content(item: Any) -> Json | None:
    """Return shared contacts as Event fields, one line of text each, or None."""
    cards = untrusted_payload.sequence(item, "contacts")
    lines = [card_line(card) for card in cards]
    text = "\n".join(filter(None, lines))
    return {"text": text, "content": Content.CONTACT, "data": {"contacts": cards}} if cards else None


def card_line(card: Any) -> str:
    """Return a contact as one line: name, organisation, numbers, addresses."""
    name = untrusted_payload.text(card, "name", "formatted_name") or untrusted_payload.text(card, "name", "first_name")
    numbers = [
        untrusted_payload.text(entry, "phone") or untrusted_payload.text(entry, "wa_id")
        for entry in untrusted_payload.sequence(card, "phones")
    ]
    addresses = [untrusted_payload.text(entry, "email") for entry in untrusted_payload.sequence(card, "emails")]
    return " ".join(filter(None, [name, untrusted_payload.text(card, "org", "company"), *numbers, *addresses]))


def button_content(item: Any) -> Json | None:
    """Return the tap on a template's quick reply as Event fields, or None."""
    payload, title = untrusted_payload.text(item, "button", "payload"), untrusted_payload.text(item, "button", "text")
    return {"kind": Kind.CHOICE, "choice_id": payload or title, "text": title} if payload or title else None


def interactive_content(item: Any) -> Json | None:
    """Return a tapped button, a list choice, a call permission or a form as Event fields, or None."""
    kind = untrusted_payload.text(item, "interactive", "type")
    reply = untrusted_payload.mapping(item, "interactive", kind)
    if kind in ("button_reply", "list_reply") and untrusted_payload.text(reply, "id"):
        return {
            "kind": Kind.CHOICE,
            "choice_id": untrusted_payload.text(reply, "id"),
            "text": untrusted_payload.text(reply, "title"),
        }
    if kind == "call_permission_reply" and reply:
        words = f"[call: {untrusted_payload.text(reply, 'response')}]"
        return {"text": words, "content": Content.CALL_PERMISSION, "data": {"call_permission": reply}}
    return form_content(reply) if kind == "nfm_reply" else None


def form_content(reply: Json) -> Json | None:
    """Return a filled-in form (a Flow) as Event fields: a line for each answer, and its files; or None."""
    written = untrusted_payload.text(reply, "response_json")
    answers = (
        untrusted_payload.load_json(written.encode()) if written else untrusted_payload.dig(reply, "response_json")
    )
    files = tuple(form_files(answers))
    text = "\n".join(form_lines(answers)) or (written if answers is None else "")
    if not (text or files or isinstance(answers, dict)):
        return None
    form = answers if isinstance(answers, dict) else {"answers": answers if answers is not None else written}
    return {
        "text": text or untrusted_payload.text(reply, "body") or "[form]",
        "content": Content.FORM,
        "media": files,
        "data": {"form": form, "name": untrusted_payload.text(reply, "name")},
    }


def form_lines(answers: Any, label: str = "") -> Iterator[str]:
    """Yield a line `label: value` for each of a form's answers, at any depth."""
    if isinstance(answers, dict):
        if not is_form_file(answers):
            for name, value in answers.items():
                if name not in HIDDEN:
                    yield from form_lines(value, form_label(name))
    elif isinstance(answers, list) and any(isinstance(value, dict | list) for value in answers):
        for value in answers:
            yield from form_lines(value, label)
    else:
        words = ", ".join(map(form_value, answers if isinstance(answers, list) else [answers]))
        if words:
            yield f"{label}: {words}" if label else words


def form_label(name: str) -> str:
    """Return the label of a field; Meta's form builder calls it ``screen_0_Full_name_0``."""
    built = BUILT_NAME.fullmatch(name)
    return (built[1] if built else name).replace("_", " ").strip()


def form_value(value: Any) -> str:
    """Return a form's answer as text; an option is written ``0_Yes``, a ticked box true."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    words = untrusted_payload.text(value)
    option = BUILT_OPTION.fullmatch(words)
    return option[1].replace("_", " ") if option else words


def is_form_file(value: Any) -> bool:
    """Return whether a form's answer is an uploaded file."""
    return bool(untrusted_payload.text(value, "id") and untrusted_payload.text(value, "mime_type"))


def form_files(answers: Any) -> Iterator[Media]:
    """Yield the images and documents that were uploaded in a form."""
    if is_form_file(answers):
        mime = untrusted_payload.text(answers, "mime_type")
        yield Media(
            media_kind(mime),
            mime,
            ref=untrusted_payload.text(answers, "id"),
            name=untrusted_payload.text(answers, "file_name"),
        )
    elif isinstance(answers, dict | list):
        for value in answers.values() if isinstance(answers, dict) else answers:
            yield from form_files(value)


def reaction_content(item: Any) -> Json | None:
    """Return a reaction as Event fields, or None; an empty emoji means that it was removed."""
    target, emoji = (
        untrusted_payload.text(item, "reaction", "message_id"),
        untrusted_payload.text(item, "reaction", "emoji"),
    )
    gone = {} if emoji else {"data": {"removed": True}}
    return {"kind": Kind.REACTION, "target": target, "text": emoji, **gone} if target else None


def edit_content(item: Any) -> Json | None:
    """Return an edited message as Event fields, with the original as its target, or None."""
    target, message = (
        untrusted_payload.text(item, "edit", "original_message_id"),
        untrusted_payload.mapping(item, "edit", "message"),
    )
    kind = untrusted_payload.text(message, "type")
    read = text_content if kind == "text" else media_content if kind in MEDIA else None
    fields = read(message) if read else None
    return {**fields, "kind": Kind.EDIT, "target": target} if fields is not None and target else None


def revoke_content(item: Any) -> Json | None:
    """Return a deleted message as Event fields, with its id as the target, or None."""
    target = untrusted_payload.text(item, "revoke", "original_message_id")
    return {"kind": Kind.DELETE, "target": target} if target else None


def order_content(item: Any) -> Json | None:
    """Return an order as Event fields, with a line for each product, or None."""
    order = untrusted_payload.mapping(item, "order")
    lines = [
        untrusted_payload.text(order, "text"),
        *map(order_line, untrusted_payload.sequence(order, "product_items")),
    ]
    text = "\n".join(filter(None, lines)) or "[order]"
    return {"text": text, "content": Content.ORDER, "data": {"order": order}} if order else None


def order_line(product: Any) -> str:
    """Return an ordered product as one line, with its quantity and price; "" if it has no name."""
    name = untrusted_payload.text(product, "name") or untrusted_payload.text(product, "product_retailer_id")
    if not name:
        return ""
    price = " ".join(
        filter(None, [untrusted_payload.text(product, "item_price"), untrusted_payload.text(product, "currency")])
    )
    return f"{untrusted_payload.text(product, 'quantity') or '1'} × {name}" + (f": {price}" if price else "")


def poll_content(item: Any) -> Json | None:
    """Return a poll, or a vote in one, as Event fields, or None."""
    poll = untrusted_payload.mapping(item, untrusted_payload.text(item, "type"))
    question = next(
        filter(None, (untrusted_payload.text(poll, name) for name in ("question", "name", "title", "text"))), ""
    )
    listed = next(filter(None, (untrusted_payload.sequence(poll, name) for name in POLL_OPTIONS)), [])
    options = [next(filter(None, (untrusted_payload.text(one, *path) for path in OPTION_WORDS)), "") for one in listed]
    lines = [f"[poll: {question}]" if question else "[poll]", *(f"- {option}" for option in options if option)]
    said = {"text": "\n".join(lines), "content": Content.POLL, "data": {"poll": poll}}
    return said if question or len(lines) > 1 else None


def call_content(item: Any) -> Json:
    """Return a call in the chat as Event fields."""
    known = {name: item[name] for name in CALL_FIELDS if isinstance(item.get(name), str | int | float)}
    return {"kind": Kind.CALL, "text": "[call]", "data": {"call": known}}


def type_name(item: Any) -> str:
    """Return a text that stands for a message that cannot be read, such as `[poll]`."""
    name, kind = untrusted_payload.text(item, "unsupported", "type"), untrusted_payload.text(item, "type")
    name = name or ("" if kind in TYPES else kind)
    known = TYPE_NAME.fullmatch(name) and name not in ("unsupported", "unknown")
    return f"[{name.replace('_', ' ')}]" if known else "[message]"


def welcome_content(_item: Any) -> Json:
    """Return the Event fields for a person who opened the conversation but wrote nothing."""
    return {"kind": Kind.STARTED}


def system_content(item: Any) -> Json | None:
    """Return a change of identity or of marketing preferences as Event fields, or None.

    `data["to"]` has the new addresses; the sender is the old one.
    """
    system = untrusted_payload.mapping(item, "system")
    if kind := PREFERENCES.get(untrusted_payload.text(system, "marketing").lower()):
        return {
            "kind": kind,
            "data": {"category": "marketing_messages", "detail": untrusted_payload.text(system, "body")},
        }
    if untrusted_payload.text(system, "type") not in CHANGED_IDENTITY:
        return None
    data: Json = {"type": untrusted_payload.text(system, "type")}
    fresh = e164(untrusted_payload.text(system, "wa_id") or untrusted_payload.text(system, "new_wa_id"))
    if fresh and data["type"] != "customer_identity_changed":
        data["to"] = [{"scheme": "tel", "address": fresh}]
    if BSUID.fullmatch(untrusted_payload.text(system, "user_id")):
        data["to"] = [*data.get("to", []), {"scheme": "wa-bsuid", "address": untrusted_payload.text(system, "user_id")}]
    return {"kind": Kind.IDENTITY_CHANGED, "text": untrusted_payload.text(system, "body"), "data": data}


TYPES: dict[str, Callable[[Any], Json | None]] = {
    **dict.fromkeys(MEDIA, media_content),
    "text": text_content,
    "location": place_content,
    "contacts": contacts_content,
    "button": button_content,
    "interactive": interactive_content,
    "reaction": reaction_content,
    "edit": edit_content,
    "revoke": revoke_content,
    "order": order_content,
    "poll": poll_content,
    "poll_creation": poll_content,
    "poll_update": poll_content,
    "poll_vote": poll_content,
    "call": call_content,
    "system": system_content,
    "request_welcome": welcome_content,
}
