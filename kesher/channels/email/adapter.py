"""Channel adapter of e-mail: receives by webhook or from a mailbox, sends by the agency's mail server."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate
from urllib.parse import quote, urlsplit

from kesher.channels import untrusted_payload as outside
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Capabilities,
    Channel,
    ChannelError,
    Check,
    Client,
    ConnectField,
    Connection,
    Event,
    Json,
    Limit,
    Payload,
    Probe,
    Receipt,
    Request,
    Say,
    Status,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.email.compose import (
    CRLF,
    ascii_address,
    attachment,
    compose,
    mail_payload,
    message_id,
    return_path,
)
from kesher.channels.email.mail_author import is_authenticated
from kesher.channels.email.mail_classification import events
from kesher.channels.email.mail_servers import ask_servers, deliver, fetch_mails
from kesher.channels.email.webhook_formats import read_mails

SIGNATURE = "x-kesher-signature"
# Separate threads: a slow mail server delays mails, but nothing else that waits for a thread.
PATIENCE = 4.0  # seconds for one step of a probe
POSTMEN = ThreadPoolExecutor(16, thread_name_prefix="smtp")

HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
WRONG_HOST = _("The name of a server, without https:// and without spaces.")
STARTTLS, TLS, PLAIN = _("STARTTLS"), _("TLS from the beginning"), _("None (only in one's own network)")

CONNECTION = Connection(
    summary=_("A mailbox of the agency: mail is fetched from it, and answers are sent from it."),
    steps=(
        _("Ask whoever runs the mail for the names of the outgoing (SMTP) and the incoming (IMAP) server."),
        _(
            "Make a user, or a password for applications, that may send from this address and read this mailbox. Mail "
            "that is read here is marked as read; nothing is deleted."
        ),
    ),
    fields=(
        ConnectField(
            "address",
            _("E-mail address"),
            pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
            example="moked@city.example",
            wrong=_("An e-mail address looks like moked@city.example."),
            destination=True,
        ),
        ConnectField(
            "smtp_host",
            _("Outgoing server (SMTP)"),
            pattern=HOST,
            wrong=WRONG_HOST,
            example="smtp.city.example",
            destination=True,
        ),
        ConnectField(
            "smtp_user",
            _("User name"),
            _("For both servers. Often it is the address."),
            required=False,
            destination=True,
        ),
        ConnectField("token", _("Password"), secret=True, required=False),
        ConnectField(
            "imap_host",
            _("Incoming server (IMAP)"),
            _("Empty: your mail system pushes mail to the webhook instead."),
            required=False,
            pattern=HOST,
            wrong=WRONG_HOST,
            example="imap.city.example",
            destination=True,
        ),
        ConnectField(
            "smtp_port",
            _("Port of the outgoing server"),
            _("587, if empty."),
            required=False,
            number=True,
            rare=True,
            destination=True,
        ),
        ConnectField(
            "smtp_tls",
            _("Encryption of the outgoing server"),
            required=False,
            rare=True,
            choices=(("starttls", STARTTLS), ("ssl", TLS), ("none", PLAIN)),
            destination=True,
        ),
        ConnectField(
            "imap_port",
            _("Port of the incoming server"),
            _("993, if empty."),
            required=False,
            number=True,
            rare=True,
            destination=True,
        ),
        ConnectField(
            "imap_tls",
            _("Encryption of the incoming server"),
            required=False,
            rare=True,
            choices=(("ssl", TLS), ("starttls", STARTTLS), ("none", PLAIN)),
            destination=True,
        ),
        ConnectField(
            "imap_user",
            _("User name of the incoming server"),
            _("Only if it is another one."),
            required=False,
            rare=True,
            destination=True,
        ),
        ConnectField("imap_folder", _("Folder to read"), _("INBOX, if empty."), required=False, rare=True),
        ConnectField(
            "trusted_authserv",
            _("Name of our mail server in Authentication-Results"),
            required=False,
            rare=True,
            help=_("Only its word is believed about who really sent a mail."),
        ),
    ),
    webhook="copy",
    webhook_steps=(
        _("Only without an incoming server: enter the address and the secret where your mail is pushed from."),
    ),
    webhook_proof="field",
    test_hint=_("Any e-mail address."),
    operator_settings={"allow_private": ("smtp_host", "smtp_port", "imap_host", "imap_port")},
)


class Adapter(Channel):
    """E-mail."""

    title = "E-mail"
    public_title: Mapping[str, str] = {
        "he": "דואר אלקטרוני",
        "ar": "البريد الإلكتروني",
        "ru": "Электронная почта",
        "en": "E-mail",
    }
    body_cap = 30_000_000
    connection = CONNECTION
    content_types = (
        "message/rfc822",
        "application/octet-stream",
        "application/json",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    )
    settings: Mapping[str, str] = {
        "smtp_host": "The outgoing mail server. Required.",
        "smtp_port": "Its port; 587 if not said.",
        "smtp_tls": "starttls (if not said), ssl or none.",
        "smtp_user": "The user to log in as; the password is the account's token.",
        "imap_host": "The mailbox's server, where mail is fetched instead of pushed to us.",
        "imap_port": "Its port; 993 if not said.",
        "imap_tls": "ssl (if not said), starttls or none.",
        "imap_user": "The mailbox's user; the account's address if not said.",
        "imap_folder": "The folder to read; INBOX if not said.",
        "imap_poll_seconds": "How often to look, where the server cannot wake us; 30 if not said.",
        "from_name": "The agency's name, as readers see it: a text, or one for each language.",
        "footer": "The line under each mail: a text, or one for each language.",
        "accent": "The agency's colour, as #0b5394.",
        "verp": "false: bounces come to the mailbox itself, not to mailbox+b-….",
        "trusted_authserv": "The name of our own mail server in Authentication-Results; only its words are believed.",
        "allow_private": "true: the mail servers may stand in an inner network; no page sets it.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a mail from this account can carry: text length, files, and whether it may be sent first."""
        return Capabilities(
            text=Limit(100_000),
            media=frozenset({"image", "audio", "video", "document"}),
            media_bytes=20_000_000,
            rate=10.0,
            joined=True,
            assurance=0,
            schemes=("mailto",),
            after_unknown="retry",
        )

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless a request with mail has our HMAC signature or, from Postmark, our password."""
        signature = request.headers.get(SIGNATURE, "").removeprefix("sha256=").lower().encode("utf-8", "replace")
        password = basic_password(request.headers.get("authorization", ""))
        good = False
        for secret in filter(None, account.secrets):
            good |= hmac.compare_digest(sign(request.body, secret).encode(), signature)
            good |= hmac.compare_digest(secret.encode(), password)
        if not good:
            raise BadSignature("neither a signature nor a password of ours")

    def parse(self, request: Request) -> list[Event]:
        """Return the events of every mail in a request: messages, bounces, reactions."""
        found = [storable_event(event) for mail in read_mails(request) for event in events(mail)]
        return found or [outside.unreadable_event(request.body)]

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return True for every mail: a mailbox has other names, and receives mail to lists and blind copies."""
        return True

    def assess(self, event: Event, account: AccountInfo) -> Event:
        """Return the event with `data["authenticated"]` set if the author's domain vouches for the mail.

        Only the result of the account's own mail server counts. `parse` knows no account, so this is a separate step.
        """
        headers = event.data.get("authentication_results", [])
        server = str(account.settings.get("trusted_authserv", ""))
        if event.sender is None or event.data.get("claimed"):
            return event
        if not is_authenticated(headers, server, event.sender.address):
            return event
        return replace(event, data={**event.data, "authenticated": True})

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the mail for a message; [] for an address of another channel."""
        return [mail_payload(say, to, capabilities)] if to.scheme in capabilities.schemes else []

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Send one mail by SMTP and return a receipt with its message id. Raise ChannelError."""
        made = payload if payload.ref else replace(payload, ref=uuid.uuid4().hex)
        try:
            recipient = ascii_address(made.to.address)
            account = replace(account, address=ascii_address(account.address))
            message = compose(made, account).as_bytes(policy=CRLF)
        except ValueError as error:
            raise ChannelError(str(error), permanent=True) from error
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(POSTMEN, deliver, message, return_path(made, account), recipient, account)
        return Receipt(message_id(made.ref, account), Status.SENT, {"answer": answer})

    def listen(self, account: AccountInfo) -> AsyncIterator[Request] | None:
        """Return the mails of the account's mailbox, or None if mail is pushed to us."""
        return fetch_mails(account, self.body_cap) if account.settings.get("imap_host") else None

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a `mailto:` link with the text as subject and body; "" without an address."""
        said = quote(words, safe="")
        return f"mailto:{address}" + (f"?subject={said}&body={said}" if words else "") if address else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: mailbox, secrets and servers that are configured."""
        settings = account.settings
        way_in = bool(account.secrets or settings.get("imap_host"))
        return (
            Check("address", "@" in account.address, _("Set the mailbox's address.")),
            Check("smtp_host", bool(settings.get("smtp_host")), _("Set the outgoing mail server.")),
            Check("token", bool(account.token) or not settings.get("smtp_user"), _("Set the mail server's password.")),
            Check("way in", way_in, _("Set the incoming mail server, or a secret for the webhook.")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Sign in to the mail servers. The client is for HTTP: mail has its own protocols, and its own guard."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(POSTMEN, ask_servers, account, PATIENCE)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return the request for one stored mail, raw or in Postmark's JSON."""
        kind = "application/json" if raw.lstrip()[:1] == b"{" else "message/rfc822"
        return [Request("POST", "/", "", {"content-type": kind}, raw)]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with a mail from `sender`, as a mail server would push it."""
        if sender.scheme != "mailto" or not account.secrets:
            return None
        text = str(say.get("text") or say.get("choice_id") or "")
        mail = MIMEText(text, "plain", "utf-8")
        files = [item for item in say.get("media", ()) if item.get("content_b64")]
        whole: MIMEText | MIMEMultipart = attach_files(mail, files) if files else mail
        whole["From"] = formataddr((sender.display, sender.address))
        whole["To"] = account.address
        whole["Subject"] = str(say.get("subject") or "")
        whole["Date"] = formatdate(say.get("at"))
        whole["Message-ID"] = f"<{say.get('id') or uuid.uuid4()}@simulator.invalid>"
        body = whole.as_bytes(policy=CRLF)
        headers = {"content-type": "message/rfc822", SIGNATURE: f"sha256={sign(body, account.secrets[0])}"}
        return Request("POST", urlsplit(account.public_url).path, "", headers, body, account.public_url)


def attach_files(words: MIMEText, files: Sequence[Json]) -> MIMEMultipart:
    """Return a multipart mail: the text first, then the files as attachments."""
    whole = MIMEMultipart("mixed")
    whole.attach(words)
    for file in files:
        whole.attach(attachment({"name": "file", **file}))
    return whole


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Kesher-Signature for pushed mail: HMAC-SHA256 in hexadecimal."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


WRITTEN = ("dedup_key", "account", "external_id", "text", "reply_to", "thread", "target", "error", "data")


def storable_event(event: Event) -> Event:
    """Return the event without NUL characters, which no database stores and a header may contain."""
    return replace(event, **{name: outside.storable(getattr(event, name)) for name in WRITTEN})


def basic_password(header: str) -> bytes:
    """Return the password in an HTTP Basic Authorization header (RFC 7617); b"" if there is none."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(credentials.strip()).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
