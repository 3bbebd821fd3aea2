"""Compose an outgoing mail: text and HTML in the reader's language and direction, with its headers.

`mail_payload` is pure and knows no account. `compose` adds what only the account knows: the agency's name and colour,
and the addresses.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr, formatdate
from html import escape
from typing import Any

from kesher.channels.base import AccountInfo, Address, Capabilities, Json, Media, Payload, Say
from kesher.channels.email.address_header_parser import MAILBOX
from kesher.channels.email.parse import MESSAGE_ID
from kesher.channels.message_layout import RTL, ShownOption, layout

SUBJECTS = {
    "he": "הודעה בעניין פנייתכם",
    "ar": "رسالة بخصوص طلبكم",
    "ru": "Сообщение по вашему обращению",
    "en": "About your enquiry",
}
HINTS = {
    "he": "כדי לענות, השיבו להודעה הזו וכתבו את המספר.",
    "ar": "للإجابة، ردّوا على هذه الرسالة واكتبوا الرقم.",
    "ru": "Чтобы ответить, пришлите номер варианта в ответ на это письмо.",
    "en": "To answer, reply to this message with the number.",
}
FOOTERS = {
    "he": "אפשר להשיב ישירות להודעה הזו.",
    "ar": "يمكنكم الرد مباشرة على هذه الرسالة.",
    "ru": "Вы можете просто ответить на это письмо.",
    "en": "You can simply reply to this message.",
}
STOPS = {"he": "להסרה מרשימת התפוצה", "ar": "إلغاء الاشتراك", "ru": "Отписаться", "en": "Unsubscribe"}
ACCENT = "#0b5394"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WEB = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
TOKEN = re.compile(r"[^A-Za-z0-9._-]")
MIME = re.compile(r"[A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+")
FONT = "font-family:Arial,'Segoe UI',Helvetica,sans-serif"
REFERENCES = 20
REPLY = re.compile(r"(?:re|השב|תגובה|رد|ответ)\s*:", re.IGNORECASE)
CRLF = compat32.clone(linesep="\r\n")


def mail_payload(say: Say, to: Address, capabilities: Capabilities) -> Payload:
    """Return the payload of a message as one mail: subject, plain text, HTML and files with their bytes.

    The subject is "" if that of the thread will do.
    """
    laid = layout(say, capabilities)
    hint = HINTS.get(say.lang, HINTS["en"]) if laid.shown else ""
    files = [file_of(media) for media in say.media if media.content]
    linked = [(media.caption or media.name or media.url, media.url) for media in say.media if media.url]
    # A file with a URL and without bytes is sent as a link.
    links = [*say.links, *(link for link in linked if not any(media.content for media in say.media))]
    text = "\n\n".join(part for part in ("\n".join(laid.texts).strip(), hint) if part)
    body: Json = {
        "subject": one_line(say.subject),
        "text": text,
        "html": html_body(say.text if say.page == 0 else "", laid.shown, links, hint),
        "lang": say.lang,
    }
    if files:
        body["files"] = files
    return Payload(to, body, text)


def file_of(media: Media) -> Json:
    """Return a file as JSON for the payload, with its bytes in base64."""
    return {"name": media.name, "mime": media.mime, "content_b64": base64.b64encode(media.content).decode()}


def html_body(text: str, shown: Sequence[ShownOption], links: Sequence[tuple[str, str]], hint: str) -> str:
    """Return the HTML of a mail's content: paragraphs, numbered options and link buttons, without a style sheet."""
    parts = [
        f'<p style="margin:0 0 16px" dir="auto">{link_addresses(paragraph)}</p>'
        for paragraph in re.split(r"\n\s*\n", text.strip())
        if paragraph
    ]
    if shown:
        rows = "".join(option_row(item) for item in shown)
        parts.append(f'<table role="presentation" cellpadding="0" cellspacing="0" width="100%">{rows}</table>')
        parts.append(f'<p style="margin:12px 0 16px;color:#555555;font-size:15px">{escape(hint)}</p>')
    parts += [link_button(title or url, url) for title, url in links if url.startswith(("https://", "http://"))]
    return "\n".join(parts)


def option_row(item: ShownOption) -> str:
    """Return a numbered option as the HTML of a table row."""
    key = (
        '<td width="44" valign="top" style="padding:6px 0"><span style="display:inline-block;width:32px;height:32px;'
        'line-height:32px;border-radius:16px;background:#eef2f7;text-align:center;font-weight:bold">'
        f"{escape(item.key)}</span></td>"
    )
    return f'<tr>{key}<td style="padding:10px 0" dir="auto">{escape(item.title)}</td></tr>'


def link_button(title: str, url: str) -> str:
    """Return a link as the HTML of a button."""
    return (
        f'<p style="margin:16px 0"><a href="{escape(url)}" style="display:inline-block;padding:12px 24px;'
        'border-radius:8px;background:#0b5394;color:#ffffff;text-decoration:none;font-weight:bold">'
        f"{escape(title)}</a></p>"
    )


def link_addresses(text: str) -> str:
    """Return a text as HTML: escaped, with its line breaks, and with web addresses as links."""
    pieces: list[str] = []
    end = 0
    for found in WEB.finditer(text):
        url = escape(found[0])
        pieces += [escape(text[end : found.start()]), f'<a href="{url}" dir="ltr">{url}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])]).strip().replace("\n", "<br>\n")


def html_page(body: Json, account: AccountInfo) -> str:
    """Return the whole HTML page of a mail, with the agency's name above and how to answer below."""
    lang = str(body.get("lang") or "he")
    direction = "rtl" if lang in RTL else "ltr"
    accent = str(account.settings.get("accent", ""))
    accent = accent if COLOUR.fullmatch(accent) else ACCENT
    name = escape(setting_in_language(account.settings.get("from_name"), lang) or account.address)
    footer = escape(setting_in_language(account.settings.get("footer"), lang) or FOOTERS.get(lang, FOOTERS["en"]))
    stop = unsubscribe_link(body)
    if stop:
        footer += f'<br><a href="{escape(stop)}">{STOPS.get(lang, STOPS["en"])}</a>'
    # The stored HTML has our default colour, so that it can be shown without its account.
    inner = str(body["html"]).replace(f"background:{ACCENT}", f"background:{accent}")
    return f"""<!DOCTYPE html>
<html lang="{escape(lang)}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"><title>{escape(subject(body))}</title></head>
<body style="margin:0;padding:0;background:#f4f6f9">
<div lang="{escape(lang)}" dir="{direction}" style="max-width:600px;margin:0 auto;padding:16px;{FONT}">
<div style="padding:14px 24px;border-radius:12px 12px 0 0;background:{accent};color:#ffffff;font-size:20px;\
font-weight:bold">{name}</div>
<div style="padding:24px;border-radius:0 0 12px 12px;background:#ffffff;color:#1b1f24;font-size:17px;line-height:1.6">
{inner}
</div>
<div style="padding:12px 24px;color:#555555;font-size:13px;line-height:1.5">{footer}</div>
</div>
</body>
</html>
"""


def setting_in_language(value: Any, lang: str) -> str:
    """Return an account's setting in this language; it is one text, or one for each language."""
    if isinstance(value, dict):
        value = value.get(lang) or value.get("he") or next(iter(value.values()), "")
    return value if isinstance(value, str) else ""


def unsubscribe_link(body: Json) -> str:
    """Return the unsubscribe link of a mail's payload; "" if there is none."""
    url = str(body.get("unsubscribe_url", ""))
    return url if WEB.fullmatch(url) else ""


def compose(made: Payload, account: AccountInfo) -> MIMEMultipart:
    """Return a mail that is ready to send: all headers, plain text, HTML and attachments.

    It uses Python's older message classes, because the newer ones fold a long message id into encoded words, and then
    no program finds the thread.
    """
    body = made.body
    words = MIMEMultipart("alternative")
    words.attach(MIMEText(str(body["text"]), "plain", "utf-8"))
    words.attach(MIMEText(html_page(body, account), "html", "utf-8"))
    mail = words
    if body.get("files"):
        mail = MIMEMultipart("mixed")
        mail.attach(words)
        for file in body["files"]:
            mail.attach(attachment(file))
    for name, value in headers(made, account):
        mail[name] = value
    return mail


def headers(made: Payload, account: AccountInfo) -> list[tuple[str, Any]]:
    """Return (name, value) of every header of the mail except MIME headers (RFC 5322, 3834 and 8058)."""
    body = made.body
    lang = str(body.get("lang") or "he")
    answered, references = thread_ids(body)
    token = safe_reference(str(body.get("thread_token", "")))
    stop = unsubscribe_link(body)
    wanted: list[tuple[str, Any]] = [
        ("From", formataddr((one_line(setting_in_language(account.settings.get("from_name"), lang)), account.address))),
        ("To", ascii_address(made.to.address)),
        ("Subject", text_header("Subject", subject(body))),
        ("Date", formatdate()),
        ("Message-ID", message_id(made.ref, account)),
        ("Reply-To", tag_address(account.address, f"t-{token}") if token else ""),
        ("In-Reply-To", " ".join(answered)),
        ("References", " ".join(references)),
        ("Content-Language", lang),
        ("Auto-Submitted", "auto-replied" if body.get("auto") else ""),
        ("X-Auto-Response-Suppress", "All" if body.get("auto") else ""),
        ("List-Unsubscribe", f"<{stop}>" if stop else ""),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click" if stop else ""),
    ]
    return [(name, value) for name, value in wanted if value]


def subject(body: Json) -> str:
    """Return the subject of a mail: the message's own, else "Re:" and the thread's, else a general one."""
    asked = one_line(str(body.get("thread", {}).get("subject", "")))
    if asked and not REPLY.match(asked):
        asked = f"Re: {asked}"
    return body["subject"] or asked or SUBJECTS.get(str(body.get("lang")), SUBJECTS["en"])


def thread_ids(body: Json) -> tuple[list[str], list[str]]:
    """Return the ids of the mail that this one answers, and of the thread up to it, newest last.

    They are in the body, or in what the route to this person remembers (`thread`).
    """
    route = body.get("thread", {})
    answered = MESSAGE_ID.findall(str(body.get("in_reply_to") or route.get("reply_to", "")))[:1]
    listed = body.get("references") or route.get("references") or []
    earlier = MESSAGE_ID.findall(" ".join(map(str, listed if isinstance(listed, list) else [listed])))
    return answered, [*(item for item in earlier if item not in answered), *answered][-REFERENCES:]


def text_header(name: str, text: str) -> str | Header:
    """Return the value of a text header: plain if ASCII, else as encoded words."""
    return text if text.isascii() else Header(text, "utf-8", header_name=name)


def message_id(ref: str, account: AccountInfo) -> str:
    """Return the message id for a reference. It is the same on each retry, so that a retry is no second mail."""
    return f"<{safe_reference(ref)}@{account.address.rpartition('@')[2]}>"


def tag_address(address: str, tag: str) -> str:
    """Return an e-mail address with a tag after a plus: "town+t-1@example.org"."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{tag}@{domain}"


def return_path(made: Payload, account: AccountInfo) -> str:
    """Return the address for bounces of a mail. A tag names the mail, because half of all bounces do not."""
    return (
        tag_address(account.address, f"b-{safe_reference(made.ref)}")
        if account.settings.get("verp", True)
        else account.address
    )


def ascii_address(address: str) -> str:
    """Return an e-mail address in ASCII (an international domain in Punycode), for servers without SMTPUTF8.

    Raise ValueError if it is no address, or has letters before the @ that only some servers accept.
    """
    local, _, domain = address.rpartition("@")
    written = f"{local}@{domain.encode('idna').decode('ascii')}"
    if not MAILBOX.fullmatch(written) or not written.isascii():
        raise ValueError(f"not an address that can be written to: {address!r}")
    return written


def safe_reference(ref: str) -> str:
    """Return our reference of a mail with "-" for characters that addresses and message ids forbid."""
    return TOKEN.sub("-", ref)


def one_line(text: str) -> str:
    """Return a text on one line with single spaces."""
    return " ".join(text.split())


def attachment(file: Json) -> MIMEBase:
    """Return a file of the payload as a MIME part."""
    mime = str(file.get("mime") or "")
    main, _, sub = (mime if MIME.fullmatch(mime) else "application/octet-stream").partition("/")
    part = MIMEBase(main, sub)
    try:
        content = base64.b64decode(str(file.get("content_b64", "")))
    except binascii.Error:
        content = b""
    part.set_payload(base64.encodebytes(content).decode("ascii"))
    part["Content-Transfer-Encoding"] = "base64"
    name = one_line(str(file.get("name") or "file"))
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part
