"""Send one mail through the agency's SMTP server (RFC 5321). It blocks: the adapter calls it in a thread."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress

from kesher.channels.base import AccountInfo, ChannelError
from kesher.channels.email.ssrf_guard import TIMEOUT, check_host, check_peer, tls_context, transport_security

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
        server = connect(account)
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


def connect(account: AccountInfo) -> smtplib.SMTP:
    """Return an SMTP connection that may send: encrypted, and logged in if the account has a user."""
    settings = account.settings
    host, port = str(settings.get("smtp_host", "")), int(settings.get("smtp_port") or 587)
    if not host:
        raise ChannelError("no smtp_host in the account's settings", permanent=True)
    kind = transport_security(settings, "smtp", "starttls")
    check_host(host, port, settings)
    server: smtplib.SMTP
    if kind == "ssl":
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=tls_context())
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        assert server.sock is not None
        check_peer(server.sock, settings)
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
