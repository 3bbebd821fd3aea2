"""Turn a received mail into channel events: a person wrote, a machine answered, or our own mail bounced.

Sources: RFC 3834 (what must not be answered), RFC 3464 (delivery reports), RFC 5321 section 4.5.5 (null return path).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from kesher.channels import untrusted_payload
from kesher.channels.base import Content, Event, Json, Kind, Status, dedup
from kesher.channels.email.address_header_parser import read_mailboxes
from kesher.channels.email.mail_author import Author, find_author
from kesher.channels.email.parse import Mail, message_ids
from kesher.channels.email.reply_text import ANSWER, strip_quotes

RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
# Authors of bounces. A null return path alone proves nothing: an absence notice has one too.
POSTMASTERS = frozenset({"mailer-daemon", "mail-daemon", "maildaemon", "postmaster", "mdaemon"})
MASS = frozenset({"bulk", "list", "junk", "auto_reply"})
MACHINE_HEADERS = ("list-id", "x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-autoresponder")
# Subject prefixes of automatic replies, in case a server removed their headers.
ANSWERING = re.compile(
    r"(?:re: *)?(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|(?:תשובה|מענה|הודעה) אוטומטית?|автоматический ответ|автоответ|(?:ال)?رد (?:ال)?تلقائي) ?:",
    re.IGNORECASE,
)
CALENDAR = "text/calendar"  # RFC 6047: an invitation, or the answer to one
SUBJECT = 2000  # letters
REFERENCES = 100  # most references of a thread, besides the first
RESULTS = 20  # most Authentication-Results headers, from the top
NAMED = 500  # recipients
# Actions in a delivery report.
ACTIONS = {
    "failed": (Kind.BOUNCE, Status.FAILED),
    "delayed": (Kind.STATUS, Status.QUEUED),
    "relayed": (Kind.STATUS, Status.SENT),
    "expanded": (Kind.STATUS, Status.SENT),
    "delivered": (Kind.STATUS, Status.DELIVERED),
}
ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")


def events(mail: Mail) -> list[Event]:
    """Return the events of a mail: one message or reaction, or one failure for each recipient in a bounce."""
    if is_bounce(mail):
        return list(bounce_events(mail))
    sender = find_author(mail, account(mail))
    if sender is None:
        kept = {name: mail.first(name) for name, _ in mail.headers[:50]}
        return [
            untrusted_payload.unknown_event(
                untrusted_payload.storable({"headers": kept, "text": mail.text[: untrusted_payload.KEPT]}),
                event_id=mail.digest,
            )
        ]
    answered = next(iter(mail.ids("in-reply-to")), "")
    if mail.emoji and answered:
        return [mail_reaction(mail, sender, answered)]
    return [mail_message(mail, sender, Kind.AUTO_REPLY if is_automatic(mail) else Kind.MESSAGE)]


def mail_reaction(mail: Mail, sender: Author, target: str) -> Event:
    """Return the event of an emoji reaction to one of our mails (Gmail)."""
    message_id = next(iter(mail.ids("message-id")), "")
    key = dedup(Kind.REACTION, sender.address, message_id or mail.digest)
    data: Json = {"claimed": True} if sender.claimed else {}
    return Event(
        Kind.REACTION,
        key,
        account(mail),
        message_id,
        sender.address,
        at=sent_at(mail),
        text=storable_text(mail.emoji),
        target=target,
        data=data,
    )


def mail_message(mail: Mail, sender: Author, kind: Kind) -> Event:
    """Return the event of what a person or machine wrote, without quotes; the whole text is in `data`."""
    message_id = next(iter(mail.ids("message-id")), "")
    subject = storable_text(mail.first("subject"))[:SUBJECT]
    whole = mail.text.strip("\n")
    answered = mail.ids("in-reply-to")
    references = list(dict.fromkeys([*mail.ids("references"), *answered]))
    thread = plus_tag(mail, "t")
    text = strip_quotes(whole, subject, bool(references or thread or ANSWER.match(subject))).strip()
    data: Json = {
        "subject": subject,
        "references": [*references[:1], *references[1:][-REFERENCES:]],
        "thread_token": thread,
        "recipients": recipients(mail),
        "authentication_results": [storable_text(value) for value in mail.all("authentication-results")[:RESULTS]],
        "claimed": sender.claimed,
        "via": sender.via,
        "truncated": mail.truncated,
        "full_text": whole if whole.strip() != text else "",
    }
    invited = any(file.mime == CALENDAR for file in mail.files)
    return Event(
        kind=kind,
        content=Content.INVITATION if invited else Content.WORDS,
        dedup_key=dedup(kind, sender.address, message_id or mail.digest),
        account=account(mail),
        external_id=message_id,
        sender=sender.address,
        at=sent_at(mail),
        # Many people write only a subject.
        text=text or ("" if mail.files else subject),
        media=mail.files,
        reply_to=next(iter(answered), ""),
        data={name: value for name, value in data.items() if value},
    )


def bounce_events(mail: Mail) -> Iterator[Event]:
    """Yield a delivery-status event for each recipient that a bounce reports.

    Gmail's report may be empty; then its header names them.
    """
    blocks = [block for block in mail.reports if "action" in block or "final-recipient" in block]
    failed = [box.address for box in mail.mailboxes("x-failed-recipients")] or [""]
    for block in blocks or [{"action": "failed", "final-recipient": address} for address in failed]:
        kind, status = ACTIONS.get(block.get("action", "").strip().lower(), (Kind.BOUNCE, Status.FAILED))
        recipient = without_type(block.get("final-recipient") or block.get("original-recipient") or "").lower()
        diagnosis = storable_text(without_type(block.get("diagnostic-code", "")))
        code = next(iter(ENHANCED.findall(f"{block.get('status', '')} {diagnosis} {mail.text[:5000]}")), "")
        message_id = next(iter(mail.ids("message-id")), "")
        data: Json = {"ref": plus_tag(mail, "b"), "code": code, "recipient": storable_text(recipient)}
        yield Event(
            kind=kind,
            dedup_key=dedup(kind, None, message_id or mail.digest, recipient),
            account=account(mail),
            external_id=message_id,
            at=sent_at(mail),
            target=returned_id(mail),
            status=status,
            error=(diagnosis or code) if status is Status.FAILED else "",
            data={name: value for name, value in data.items() if value},
        )


def returned_id(mail: Mail) -> str:
    """Return the message id of our mail that bounced, from the returned headers or the bounce's own references."""
    found = [*message_ids(mail.returned, "message-id"), *mail.ids("in-reply-to"), *reversed(mail.ids("references"))]
    return found[0] if found else ""


def is_bounce(mail: Mail) -> bool:
    """Return whether a mail is a delivery report, or what an older server sends instead."""
    if mail.report:
        return mail.report == "delivery-status" or bool(mail.reports)
    if mail.first("x-failed-recipients"):
        return True
    return mail.first("return-path") == "<>" and is_from_postmaster(mail)


def is_from_postmaster(mail: Mail) -> bool:
    """Return whether a mail server, not a person, wrote the mail."""
    senders = mail.mailboxes("from")
    return bool(senders) and senders[0].address.partition("@")[0].lower() in POSTMASTERS


def is_automatic(mail: Mail) -> bool:
    """Return whether a mail was sent by a machine, and so gets no automatic answer (RFC 3834 section 2)."""
    submitted = mail.first("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or mail.first("precedence").lower() in MASS
        or any(mail.all(name) for name in MACHINE_HEADERS)
        or mail.first("return-path") == "<>"
        or bool(mail.report)
        or is_from_postmaster(mail)
        or bool(ANSWERING.match(mail.first("subject")))
    )


def recipients(mail: Mail) -> list[str]:
    """Return every address that the mail went to: first those that servers recorded, then those in To and Cc."""
    apart = [box for address in mail.envelope for box in read_mailboxes(address)]
    return list(dict.fromkeys(box.address for box in [*apart, *mail.mailboxes(*RECIPIENTS)]))[:NAMED]


def account(mail: Mail) -> str:
    """Return the address of our mailbox that the mail came to, without the tag after the plus."""
    for address in recipients(mail):
        local, _, domain = address.rpartition("@")
        return f"{local.partition('+')[0]}@{domain}".lower()
    return ""


def plus_tag(mail: Mail, letter: str) -> str:
    """Return our tag in the address that was written to: after `+t-` a thread, after `+b-` a bounced mail.

    Its case is kept, but servers may change the case of an address, so tags should be lower-case.
    """
    for address in recipients(mail):
        tag = address.rpartition("@")[0].partition("+")[2]
        if tag[:2].lower() == f"{letter}-":
            return tag[2:]
    return ""


def sent_at(mail: Mail) -> datetime | None:
    """Return when the mail was sent (the Date header) in UTC; None if that is missing or invalid."""
    try:
        at = parsedate_to_datetime(mail.first("date"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def without_type(value: str) -> str:
    """Return a value of a delivery report without its type ("rfc822; somebody@example.org")."""
    before, semicolon, after = value.partition(";")
    return (after if semicolon else before).strip()


def storable_text(value: str) -> str:
    """Return a text without the characters that databases refuse."""
    return str(untrusted_payload.storable(value)).strip()
