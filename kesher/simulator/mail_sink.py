"""SMTP server of the simulator: shows our outgoing mail on the simulated phone instead of sending it."""

from __future__ import annotations

import asyncio
import logging
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connections

from kesher.channels.models import Account
from kesher.core.db.agency_scope import everywhere, scope
from kesher.simulator.services import mail_port, record_message
from kesher.site.webhook_client import HOST

log = logging.getLogger("kesher.simulator")

LARGEST = 30_000_000
# Addresses without mailboxes (RFC 6761), for trying a refusal.
NOBODY = (".invalid", ".test")


def start_sink(port: int | None = None) -> Controller | None:
    """Start the simulator's mail server in a thread and return its controller; None where the port is taken.

    The default port is `mail_port()`. Call ``stop()`` on the controller to end it.
    """
    controller = Controller(Sink(), hostname=HOST, port=port or mail_port(), data_size_limit=LARGEST)
    try:
        controller.start()
    except OSError as error:
        log.warning("the simulator has no mail: %s", error)
        controller.loop.close()
        return None
    return controller


class Sink:
    """The handler that aiosmtpd calls at each step of a mail."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Return the SMTP answer for a recipient: a refusal for domains without mailboxes, else an acceptance."""
        if address.lower().endswith(NOBODY):
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store a received mail for the simulated phones, and return the SMTP answer."""
        assert isinstance(envelope.content, bytes)
        taken = await asyncio.to_thread(store_mail_in_thread, envelope.content, list(envelope.rcpt_tos))
        return "250 2.0.0 OK, kept for the simulator" if taken else "550 5.7.1 We know no such sender"


def store_mail_in_thread(content: bytes, recipients: list[str]) -> bool:
    """Store a mail in this thread and close its database connections."""
    try:
        return store_mail(content, recipients)
    finally:
        connections.close_all()


def store_mail(content: bytes, recipients: list[str]) -> bool:
    """Store a mail for its recipients' simulated phones; return False where its sender is not our mailbox."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    sender = message["from"].addresses[0].addr_spec.lower() if message["from"] else ""
    with everywhere("simulated mail"):
        account = Account.objects.select_related("agency").filter(channel="email", address=sender).first()
    if account is None:
        return False
    with scope(account.agency):
        for recipient in recipients:
            record_message("email", recipient.lower(), {**mail_payload(message), "account": account.key})
    return True


def mail_payload(message: EmailMessage) -> dict[str, str | int]:
    """Return the parts of a mail that a mail program shows, as JSON: subject, text and HTML."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "id": str(message["message-id"] or ""),
        "from": str(message["from"]),
        "subject": str(message["subject"] or ""),
        "text": plain.get_content() if plain else "",
        "html": html.get_content() if html else "",
        "size": len(message.as_bytes()),
    }
