"""Connect to an agency's mail servers (never to machines of our own network): fetch by IMAP, send by SMTP."""

from __future__ import annotations

import asyncio
import imaplib
import logging
import re
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError

from kesher.channels.base import AccountInfo, ChannelError, Probe, Request, failed_probe
from kesher.channels.base import gettext_noop as _
from kesher.channels.http_client import is_public

log = logging.getLogger(__name__)

TIMEOUT = 30.0
IDLE_SECONDS = 25.0  # short, so that a stopping process does not wait for its thread
POLL_SECONDS = 30.0
BATCH = 50
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
TROUBLE = (OSError, ValueError, imaplib.IMAP4.error, ImapToolsError, ChannelError)  # ValueError: invalid settings


async def fetch_mails(account: AccountInfo, cap: int) -> AsyncIterator[Request]:
    """Yield each unread mail of the account's folder, forever; after an error reconnect with growing delay."""
    wait = FIRST_WAIT
    while True:
        try:
            mailbox = await asyncio.to_thread(connect_imap, account)
        except TROUBLE as error:
            log.warning("mailbox %s: %s", account.key, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        wait = FIRST_WAIT
        try:
            async for request in fetch_unread(mailbox, account, cap):
                yield request
        except TROUBLE as error:
            log.warning("mailbox %s: %s", account.key, error)
            await asyncio.sleep(wait)
        finally:
            close(mailbox)


async def fetch_unread(mailbox: BaseMailBox, account: AccountInfo, cap: int) -> AsyncIterator[Request]:
    """Yield the unread mails of an open mailbox, and then new ones, until the connection breaks."""
    while True:
        uids = await asyncio.to_thread(mailbox.uids, "UNSEEN UNDELETED", None)
        for uid in uids[:BATCH]:
            raw = await asyncio.to_thread(fetch_raw, mailbox, uid, cap)
            if raw:
                yield Request("POST", "/", "", {"content-type": "message/rfc822"}, raw)
            await asyncio.to_thread(mark_as_read, mailbox, uid)
        if len(uids) <= BATCH:
            await wait_for_news(mailbox, account)


async def wait_for_news(mailbox: BaseMailBox, account: AccountInfo) -> None:
    """Wait until the IMAP server reports new mail, or until it is time to look again."""
    if "IDLE" in mailbox.client.capabilities:
        await asyncio.to_thread(mailbox.idle.wait, IDLE_SECONDS)
    else:
        await asyncio.sleep(float(account.settings.get("imap_poll_seconds") or POLL_SECONDS))


def fetch_raw(mailbox: BaseMailBox, uid: str, cap: int) -> bytes:
    """Return the raw mail, at most its first `cap` bytes; b"" if it was removed in between."""
    verdict, answer = mailbox.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{cap}>)")
    if verdict != "OK":
        raise imaplib.IMAP4.error(f"fetch: {verdict}")
    return next((part[1] for part in answer if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")


def mark_as_read(mailbox: BaseMailBox, uid: str) -> None:
    """Set the IMAP flag that marks a mail of the open folder as read.

    The library's own `flag` also expunges, which would remove mails that staff marked as deleted.
    """
    verdict, _ = mailbox.client.uid("STORE", uid, "+FLAGS.SILENT", f"({MailMessageFlags.SEEN})")
    if verdict != "OK":
        raise imaplib.IMAP4.error(f"store: {verdict}")


def connect_imap(account: AccountInfo, patience: float = TIMEOUT) -> BaseMailBox:
    """Return the account's IMAP mailbox with its folder open. Raise ChannelError, OSError or an IMAP error."""
    settings = account.settings
    host, kind = str(settings["imap_host"]), transport_security(settings, "imap", "ssl")
    port = int(settings.get("imap_port") or (993 if kind == "ssl" else 143))
    private = may_be_private(account, host, port)
    check_plain(kind, "imap", private)
    check_host(host, port, private)
    mailbox: BaseMailBox
    if kind == "ssl":
        mailbox = MailBox(host, port, timeout=patience, ssl_context=tls_context())
    elif kind == "starttls":
        mailbox = MailBoxStartTls(host, port, timeout=patience, ssl_context=tls_context())
    else:
        mailbox = MailBoxUnencrypted(host, port, timeout=patience)
    try:
        check_peer(mailbox.client.socket(), private)
        user = str(settings.get("imap_user") or account.address)
        mailbox.login(user, account.token, str(settings.get("imap_folder") or "INBOX"))
    except BaseException:
        close(mailbox)
        raise
    return mailbox


def close(mailbox: BaseMailBox) -> None:
    """Shut the IMAP connection down at once, so that a thread that waits on it goes on."""
    with suppress(OSError, imaplib.IMAP4.error):
        mailbox.client.shutdown()


ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# A rejected password is our error, not the reader's: the mail waits until it is corrected.
AUTHENTICATION_WAIT = 300.0
# Some servers check the whole mail before they answer (RFC 5321 §4.5.3.2.6 allows ten minutes). If we hang up
# before, we do not know whether it arrived.
DATA_WAIT = 120.0


def deliver(message: bytes, sender: str, recipient: str, account: AccountInfo) -> str:
    """Send a mail by the account's SMTP server and return the server's last answer. Raise ChannelError.

    Raise ChannelError: permanent for 5xx; temporary for 4xx and no connection; `unknown` if the content was sent and no
    answer came.
    """
    try:
        server = connect_smtp(account)
    except smtplib.SMTPAuthenticationError as error:
        raise ChannelError("the mail server refused our password", retry_after=AUTHENTICATION_WAIT) from error
    except smtplib.SMTPResponseException as error:
        raise reply_error(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # ValueError: invalid settings (a port in words, a password that is not ASCII), which can be corrected.
        raise ChannelError(f"the mail server cannot be reached: {type(error).__name__}") from error
    try:
        return send_data(server, message, sender, recipient)
    finally:
        # The outcome is known by now: a server that hangs up instead of saying goodbye does not change it.
        with suppress(smtplib.SMTPException, OSError):
            if server.sock is not None:
                server.sock.settimeout(TIMEOUT)
            server.quit()
        server.close()


def connect_smtp(account: AccountInfo, patience: float = TIMEOUT) -> smtplib.SMTP:
    """Return an SMTP connection that may send: encrypted, and logged in if the account has a user."""
    settings = account.settings
    host, port = str(settings.get("smtp_host", "")), int(settings.get("smtp_port") or 587)
    if not host:
        raise ChannelError("no smtp_host in the account's settings", permanent=True)
    kind = transport_security(settings, "smtp", "starttls")
    private = may_be_private(account, host, port)
    check_plain(kind, "smtp", private)
    check_host(host, port, private)
    server: smtplib.SMTP
    if kind == "ssl":
        server = smtplib.SMTP_SSL(host, port, timeout=patience, context=tls_context())
    else:
        server = smtplib.SMTP(host, port, timeout=patience)
    try:
        assert server.sock is not None
        check_peer(server.sock, private)
        if kind == "starttls":
            server.starttls(context=tls_context())
        if user := settings.get("smtp_user"):
            server.login(str(user), account.token)
    except BaseException:
        server.close()
        raise
    return server


def send_data(server: smtplib.SMTP, message: bytes, sender: str, recipient: str) -> str:
    """Send a mail over an open connection and return the server's answer; a failed step says if it may have arrived."""
    try:
        server.ehlo_or_helo_if_needed()
        for code, answer in (server.mail(sender), server.rcpt(recipient)):
            if code not in (250, 251):
                raise reply_error(code, answer)
    except smtplib.SMTPResponseException as error:
        raise reply_error(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(f"the mail server broke off: {type(error).__name__}") from error
    try:
        if server.sock is not None:
            server.sock.settimeout(DATA_WAIT)
        code, answer = server.data(message)
    except smtplib.SMTPDataError as error:
        raise reply_error(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError("the mail server gave no answer to the mail", unknown=True) from error
    if code != 250:
        raise reply_error(code, answer)
    return answer_text(answer)


def reply_error(code: int, answer: bytes | str) -> ChannelError:
    """Return the ChannelError for an SMTP error code and text: permanent or to be tried again."""
    said = answer_text(answer)
    enhanced = ENHANCED.search(said)
    return ChannelError(f"{code} {said}", permanent=500 <= code < 600, code=enhanced[0] if enhanced else str(code))


def answer_text(answer: bytes | str) -> str:
    """Return a server's answer as one line."""
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(said.split())[:300]


def may_be_private(account: AccountInfo, host: str, port: int) -> bool:
    """Return whether a mail server may stand in a private network: the installation or the account permits it.

    Only the operator can set the account's `allow_private`; no page does.
    """
    return f"{host}:{port}" in account.reachable or bool(account.settings.get("allow_private"))


def check_host(host: str, port: int, private: bool) -> None:
    """Raise ChannelError if a host name leads to this machine or to a private network, unless `private` permits it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChannelError(f"{host}: no such mail server") from error
    for *_family, place in found:
        check_address(str(place[0]), private)


def check_peer(connected: socket.socket, private: bool) -> None:
    """Raise ChannelError if an open connection leads to a private address: a name may resolve anew after the check."""
    check_address(str(connected.getpeername()[0]), private)


def check_address(address: str, private: bool) -> None:
    """Raise ChannelError for an address that is not public, unless `private` permits it."""
    if not is_public(address) and not private:
        raise ChannelError(f"{address}: not an address on the internet (KESHER_SSRF_ALLOW permits it)", permanent=True)


def tls_context() -> ssl.SSLContext:
    """Return the SSL context for connections to mail servers."""
    return ssl.create_default_context()


def transport_security(settings: Mapping[str, Any], prefix: str, default: str) -> str:
    """Return how the account's mail server is encrypted: "ssl", "starttls" or "none". Raise ChannelError for others."""
    word = str(settings.get(f"{prefix}_tls") or default)
    if word not in ("ssl", "starttls", "none"):
        raise ChannelError(f"{prefix}_tls is one of ssl, starttls, none", permanent=True)
    return word


def check_plain(kind: str, prefix: str, private: bool) -> None:
    """Raise ChannelError for plain text over the internet, which would reveal the password."""
    if kind == "none" and not private:
        raise ChannelError(
            f"{prefix}_tls: none is for servers of one's own network (KESHER_SSRF_ALLOW)", permanent=True
        )


WRONG_PASSWORD = _("The outgoing server does not accept the user name or the password.")
WRONG_IMAP_PASSWORD = _("The incoming server does not accept the user name or the password.")
NO_SMTP = _("The outgoing server cannot be reached under this name and port: %(reason)s")
NO_IMAP = _("The incoming server cannot be reached under this name and port: %(reason)s")
WELL = _("The outgoing server answers and accepts the password.")
BOTH_WELL = _("Both mail servers answer and accept the password.")


def ask_servers(account: AccountInfo, patience: float) -> Probe:
    """Sign in to the outgoing server, and to the incoming one if there is one; nothing is sent or read. Never raise."""
    failed = ask_smtp(account, patience)
    if failed is None and account.settings.get("imap_host"):
        return ask_imap(account, patience) or Probe("well", BOTH_WELL)
    return failed or Probe("well", WELL)


def ask_smtp(account: AccountInfo, patience: float) -> Probe | None:
    """Return what is wrong with the outgoing server, or None."""
    try:
        server = connect_smtp(account, patience)
    except smtplib.SMTPAuthenticationError:
        return Probe("wrong", WRONG_PASSWORD)
    except ChannelError as error:
        return failed_probe(error)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return Probe("wrong", NO_SMTP, {"reason": describe(error)})
    try:
        code, answer = server.noop()
        if code >= 400:
            return Probe("wrong", NO_SMTP, {"reason": f"{code} {answer.decode('utf-8', 'replace')[:100]}"})
    except (smtplib.SMTPException, OSError) as error:
        return Probe("wrong", NO_SMTP, {"reason": describe(error)})
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()
    return None


def ask_imap(account: AccountInfo, patience: float) -> Probe | None:
    """Return what is wrong with the incoming server, or None."""
    try:
        close(connect_imap(account, patience))
    except MailboxLoginError:
        return Probe("wrong", WRONG_IMAP_PASSWORD)
    except ChannelError as error:
        return failed_probe(error)
    except (OSError, ValueError, KeyError, imaplib.IMAP4.error, ImapToolsError) as error:
        return Probe("wrong", NO_IMAP, {"reason": describe(error)})
    return None


def describe(error: Exception) -> str:
    """Return the kind of an error for a text: what a server said may contain the password."""
    return type(error).__name__
