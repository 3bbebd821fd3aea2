"""Fetch new mail from a mailbox by IMAP: with IDLE if the server supports it, else by polling.

Every blocking step runs in a thread. A mail is marked as read only when the caller asks for the next one, after storing
the first. After a crash in between the mail is fetched again, and the same event twice is one event.
"""

from __future__ import annotations

import asyncio
import imaplib
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from kesher.channels.base import AccountInfo, ChannelError, Request
from kesher.channels.email.ssrf_guard import TIMEOUT, check_host, check_peer, tls_context, transport_security

log = logging.getLogger(__name__)

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
            mailbox = await asyncio.to_thread(connect, account)
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


def connect(account: AccountInfo) -> BaseMailBox:
    """Return the account's IMAP mailbox with its folder open. Raise ChannelError, OSError or an IMAP error."""
    settings = account.settings
    host, kind = str(settings["imap_host"]), transport_security(settings, "imap", "ssl")
    port = int(settings.get("imap_port") or (993 if kind == "ssl" else 143))
    check_host(host, port, settings)
    mailbox: BaseMailBox
    if kind == "ssl":
        mailbox = MailBox(host, port, timeout=TIMEOUT, ssl_context=tls_context())
    elif kind == "starttls":
        mailbox = MailBoxStartTls(host, port, timeout=TIMEOUT, ssl_context=tls_context())
    else:
        mailbox = MailBoxUnencrypted(host, port, timeout=TIMEOUT)
    try:
        check_peer(mailbox.client.socket(), settings)
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
