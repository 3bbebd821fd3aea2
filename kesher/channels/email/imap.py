"""Mail that is fetched: a mailbox read over IMAP, woken by IDLE where the server can, polled where it cannot.

Every blocking step runs in a thread. A mail is marked as read only when the caller comes back for the next one, which
it does after it has written the first down: a crash between the two means that the mail is fetched again, and the
same event twice is one event.
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
from kesher.channels.email.host_guard import TIMEOUT, check_host, check_peer, tls_context, transport_security

log = logging.getLogger(__name__)

IDLE_SECONDS = 25.0  # short, so that a stopping process does not wait for its thread
POLL_SECONDS = 30.0
BATCH = 50
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
TROUBLE = (OSError, ValueError, imaplib.IMAP4.error, ImapToolsError, ChannelError)  # ValueError: odd settings


async def fetch_mails(account: AccountInfo, cap: int) -> AsyncIterator[Request]:
    """Each unread mail of the account's folder, for ever; connects again after trouble, later each time."""
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
    """The unread mails of an open mailbox, and then those that come, until the connection breaks."""
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
    """Waits for news."""
    if "IDLE" in mailbox.client.capabilities:
        await asyncio.to_thread(mailbox.idle.wait, IDLE_SECONDS)
    else:
        await asyncio.sleep(float(account.settings.get("imap_poll_seconds") or POLL_SECONDS))


def fetch_raw(mailbox: BaseMailBox, uid: str, cap: int) -> bytes:
    """The raw mail, its first ``cap`` bytes where it is larger; b"" where somebody took it away in between."""
    verdict, answer = mailbox.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{cap}>)")
    if verdict != "OK":
        raise imaplib.IMAP4.error(f"fetch: {verdict}")
    return next((part[1] for part in answer if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")


def mark_as_read(mailbox: BaseMailBox, uid: str) -> None:
    """Marks a mail as read. Not by the library's own ``flag``: that also expunges, and what people of the agency have
    marked as deleted in their mail program is theirs to keep."""
    verdict, _ = mailbox.client.uid("STORE", uid, "+FLAGS.SILENT", f"({MailMessageFlags.SEEN})")
    if verdict != "OK":
        raise imaplib.IMAP4.error(f"store: {verdict}")


def connect(account: AccountInfo) -> BaseMailBox:
    """The open folder of the account. Raises ChannelError, OSError or an IMAP error."""
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
    """Ends the connection at once; a thread that still waits on it wakes."""
    with suppress(OSError, imaplib.IMAP4.error):
        mailbox.client.shutdown()
