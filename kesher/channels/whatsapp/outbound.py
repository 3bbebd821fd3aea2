"""Convert messages to bodies of ``POST /{phone_number_id}/messages``. Source: Meta's Cloud API, v25.0."""

from __future__ import annotations

from collections.abc import Iterator

from kesher.channels.base import (
    Address,
    Capabilities,
    Choices,
    Json,
    Limit,
    Media,
    Option,
    Payload,
    Say,
    TemplateRef,
)
from kesher.channels.message_layout import Layout, layout, split_text
from kesher.language import length

# Meta does not define "characters". UTF-16 units are at least as many as any other count, so nothing is refused.
BODY = Limit(1024, "utf16")
CAPTION = Limit(1024, "utf16")
CAPABILITIES = Capabilities(
    text=Limit(4096, "utf16"),
    buttons=Choices(3, Limit(20, "utf16"), body=BODY),
    rows=Choices(10, Limit(24, "utf16"), Limit(72, "utf16"), BODY),
    media=frozenset(("image", "audio", "video", "document", "sticker")),
    media_bytes=16 * 1024 * 1024,
    markup="whatsapp",
    receipts=True,
    window_hours=24,
    templates=True,
    rate=80.0,
    assurance=1,
    schemes=("tel", "wa-bsuid"),
    after_unknown="receipt",
)

# The button that opens a list, at most 20 characters.
OPEN_LIST = {"he": "בחירה מהרשימה", "ar": "اختيار من القائمة", "ru": "Выбрать из списка", "en": "Choose from the list"}
# The text above a widget that has none.
PICK = {"he": "בחרו:", "ar": "اختاروا:", "ru": "Выберите:", "en": "Please choose:"}
WHERE = {"he": "היכן זה?", "ar": "أين هذا؟", "ru": "Где это?", "en": "Where is it?"}
CAPTIONED = frozenset(("image", "video", "document"))


def render(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return a message as Graph API requests: files first, then texts, buttons or a list with the last."""
    address = recipient(to)
    if not address:
        return []
    bodies = (
        [template_body(say, say.template)] if say.template else [*file_bodies(say), *text_bodies(say, capabilities)]
    )
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", **address}
    return [Payload(to, {**head, **body}, text) for body, text in bodies]


def recipient(to: Address) -> Json:
    """Return the request's field that names the recipient; {} if WhatsApp has no such address."""
    if to.scheme == "tel":
        return {"to": to.address.removeprefix("+")}
    return {"recipient": to.address} if to.scheme == "wa-bsuid" else {}


def template_body(say: Say, ref: TemplateRef) -> tuple[Json, str]:
    """Return (request body, text) of an approved template with its placeholders filled."""
    content: Json = {"name": ref.name, "language": {"code": ref.language}}
    if ref.params:
        filled = [{"type": "text", "text": param} for param in ref.params]
        content["components"] = [{"type": "body", "parameters": filled}]
    return {"type": "template", "template": content}, say.text


def file_bodies(say: Say) -> Iterator[tuple[Json, str]]:
    """Yield (request body, text) for each file of a message."""
    for media in say.media:
        if media.url or media.ref:
            yield {"type": media.kind, media.kind: file_object(media)}, caption(media) or media.name


def file_object(media: Media) -> Json:
    """Return a file as the Graph API takes it: by URL, or by the id of one that WhatsApp has."""
    content: Json = {"link": media.url} if media.url else {"id": media.ref}
    if caption(media):
        content["caption"] = media.caption
    if media.kind == "document" and media.name:
        content["filename"] = media.name
    return content


def caption(media: Media) -> str:
    """Return the caption of a file; "" if this kind may have none or it is too long."""
    fits = length(media.caption, CAPTION.unit) <= CAPTION.size
    return media.caption if media.kind in CAPTIONED and fits else ""


def text_bodies(say: Say, capabilities: Capabilities) -> Iterator[tuple[Json, str]]:
    """Yield (request body, text) for each part of the text; the last has the buttons, list or location request.

    A caption too long for its file comes as a text before them.
    """
    for media in say.media:
        if media.caption and not caption(media):
            yield from ((text_body(piece, say), piece) for piece in split_text(media.caption, capabilities.text))
    shape = layout(say, capabilities)
    *before, last = shape.texts
    place = say.expects == "place" and shape.mode == "plain"
    if place:
        last = last or WHERE.get(say.lang, WHERE["en"])
        *more, last = split_text(last, BODY)
        before += more
    if shape.mode in ("buttons", "rows"):
        last = last or PICK.get(say.lang, PICK["en"])
    yield from ((text_body(piece, say), piece) for piece in before)
    if place:
        yield interactive_body("location_request_message", last, {"name": "send_location"}), last
    elif shape.mode in ("buttons", "rows"):
        yield choice_body(shape, last, say, capabilities), last
    elif last:
        yield text_body(last, say), last


def text_body(text: str, say: Say) -> Json:
    """Return the request body for a text; links get a preview only if the message has some."""
    return {"type": "text", "text": {"body": text, "preview_url": bool(say.links)}}


def interactive_body(kind: str, text: str, action: Json) -> Json:
    """Return the request body for a text with buttons, a list or a location request below it."""
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def choice_body(shape: Layout, text: str, say: Say, capabilities: Capabilities) -> Json:
    """Return the request body for a text with its options as buttons or as a list.

    WhatsApp refuses two buttons with one title, so those become a list with the same keys.
    """
    titles = {option.title for option in shape.options}
    if shape.mode == "buttons" and len(titles) == len(shape.options):
        replies = [{"id": choice_id(say, option), "title": option.title} for option in shape.options]
        return interactive_body("button", text, {"buttons": [{"type": "reply", "reply": reply} for reply in replies]})
    rows = [list_row(say, option, capabilities) for option in shape.options]
    return interactive_body(
        "list", text, {"button": OPEN_LIST.get(say.lang, OPEN_LIST["en"]), "sections": [{"rows": rows}]}
    )


def list_row(say: Say, option: Option, capabilities: Capabilities) -> Json:
    """Return an option as a row of a list. A description that does not fit is left out: half a sentence misleads."""
    content = {"id": choice_id(say, option), "title": option.title}
    limit = capabilities.rows.description if capabilities.rows else None
    if option.description and limit and length(option.description, limit.unit) <= limit.size:
        content["description"] = option.description
    return content


def choice_id(say: Say, option: Option) -> str:
    """Return the id of an option's button, which a tap sends back.

    The nonce distinguishes prompts, so that an old button cannot act twice.
    """
    return f"{say.nonce}:{option.key}" if say.nonce else option.key
