"""Queue mails to members of staff, and send them by the agency's mailbox.

They are no conversation: no contact is created, and no colleague reads them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from kesher.accounts.models import StaffAddress, StaffMail
from kesher.agencies.models import Role, Staff
from kesher.channels.base import Address, ChannelError, Say
from kesher.channels.http_client import GuardedClient
from kesher.channels.models import Account
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.models import Audit

log = logging.getLogger(__name__)

TRIES_MOST = 12  # within half a day: a mail server may be away for hours
SENT_AT_ONCE = 20
SECONDS_AT_ONCE = 10  # other jobs of the sending process wait meanwhile
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=2)  # doubled after each try
MAILBOX_AGE = timedelta(days=1)
# Whoever changed the mailbox themself has to wait longer before a mail from it counts as somebody else's word.
OWN_MAILBOX_AGE = timedelta(days=30)
MAILBOX_CHANGES = (
    "channels.open_account",
    "channels.connect_account",
    "channels.change_account",
    "channels.edit_account",
    "channels.set_active",
    "channels.remove_account",
)


def find_mailbox() -> Account | None:
    """Return the agency's mailbox by which mail can be sent, or None."""
    boxes = Account.objects.filter(channel="email", is_active=True).order_by("order", "pk")
    return next((box for box in boxes if box.settings.get("smtp_host")), None)


def is_mail_new() -> bool:
    """Return whether a mailbox of the agency, or the address with which its links begin, was changed within a day.

    Whoever changed it could read a colleague's mail, or lead the colleague's link to a site of their own.
    """
    return mail_changes().filter(at__gt=timezone.now() - MAILBOX_AGE).exists()


def has_changed_mail(staff: Staff, *, within: timedelta | None = None) -> bool:
    """Return whether a member of staff changed a mailbox or the links' address, so that they may read others' mail.

    ``within`` None looks at all that the audit log says.
    """
    rows = mail_changes().filter(actor_kind="staff", actor_id=staff.pk)
    return (rows if within is None else rows.filter(at__gt=timezone.now() - within)).exists()


def mail_changes() -> QuerySet[Audit]:
    """Return the audit log's rows about the agency's mailboxes and the address with which its links begin."""
    boxes = [str(pk) for pk in Account.objects.filter(channel="email").values_list("pk", flat=True)]
    changed = Q(operation__in=MAILBOX_CHANGES, subject_type="channels.account", subject_id__in=boxes)
    moved = Q(operation="site.save_profile", subject_type="", data__after__has_key="public_url")
    return Audit.objects.filter(changed | moved)


def language_of(staff: Staff) -> str:
    """Return the language in which to write to a member of staff: the first of theirs, else of the agency."""
    return next(iter([*staff.languages, *staff.agency.spoken]), "he")


def proved_mail(staff: Staff) -> str:
    """Return the address of a member of staff that was proved to be theirs, or ""."""
    row = StaffAddress.objects.filter(staff=staff, proved_at__isnull=False).first()
    return row.mail if row else ""


def find_administrators(*, but: int) -> Iterator[tuple[str, str]]:
    """Yield (proved mail address, language) of the active administrators, but for the one with this id.

    Nobody while the agency has no mailbox.
    """
    if find_mailbox() is None:
        return
    rows = Staff.objects.select_related("agency").filter(role=Role.ADMIN, is_active=True).exclude(pk=but)
    for row in rows.order_by("pk"):
        if mail := proved_mail(row):
            yield mail, language_of(row)


@transaction.atomic
def queue_mail(recipient: str, subject: str, text: str, *, lang: str) -> StaffMail:
    """Store a mail for the sending process to send, and return it."""
    row = StaffMail.objects.create(
        agency_id=current_agency_id(),
        recipient=recipient,
        language=lang,
        content={"subject": subject, "text": text},
        due_at=timezone.now(),
    )
    audit("accounts.queue_staff_mail", by=SYSTEM, subject=row)
    return row


def send_due_mails() -> int:
    """Send the mails to staff that are due, for some seconds at most, and return how many were tried."""
    end, tried = time.monotonic() + SECONDS_AT_ONCE, 0
    while tried < SENT_AT_ONCE and time.monotonic() < end and (row := claim_mail()) is not None:
        tried += 1
        with scope(row.agency), translation.override(row.language):
            send_mail(row)
    return tried


def claim_mail() -> StaffMail | None:
    """Return a mail that is due and that no other process sends, with this try counted; None if there is none.

    It is due again after a pause, should this process end before it stores the outcome.
    """
    now = timezone.now()
    with everywhere("mails to staff that are due"):
        due = StaffMail.objects.filter(state=StaffMail.State.QUEUED, due_at__lte=now).order_by("due_at", "pk")
        for row in due.select_related("agency")[:SENT_AT_ONCE]:
            pause = min(FIRST_PAUSE * 2**row.tries, LONGEST_PAUSE)
            mine = StaffMail.objects.filter(pk=row.pk, state=StaffMail.State.QUEUED, tries=row.tries, due_at__lte=now)
            row.tries, row.due_at = row.tries + 1, now + pause
            if mine.update(tries=row.tries, due_at=row.due_at):
                return row
    return None


def send_mail(row: StaffMail) -> None:
    """Send one claimed mail, and store the outcome: sent, due again later, or given up."""
    box = find_mailbox()
    error = "there is no outgoing mailbox"
    if box is not None:
        say = Say(row.content.get("text", ""), lang=row.language, subject=row.content.get("subject", ""))
        try:
            [payload] = box.adapter.render(say, Address("mailto", row.recipient), box.capabilities())
            asyncio.run(post(box, payload))
            error = ""
        except (ChannelError, ValueError) as failure:
            error = str(failure)
        except Exception as failure:  # one mail must not stop those after it
            log.exception("mail %s to staff", row.pk)
            error = type(failure).__name__
    record_outcome(row, error)


async def post(box: Account, payload: object) -> None:
    """Send a rendered mail by this mailbox. Raise ChannelError."""
    async with GuardedClient(settings.KESHER_SSRF_ALLOW) as client:
        await box.adapter.send(payload, box.info(), client)  # type: ignore[arg-type]  # rendered by the same adapter


@transaction.atomic
def record_outcome(row: StaffMail, error: str) -> None:
    """Store whether a mail was sent; ``error`` is "" or says why not. What was sent or given up is emptied."""
    if not error:
        row.state, row.sent_at, row.content = StaffMail.State.SENT, timezone.now(), {}
        audit("accounts.send_staff_mail", by=SYSTEM, subject=row)
    elif row.tries >= TRIES_MOST:
        row.state, row.content = StaffMail.State.FAILED, {}
        audit("accounts.give_up_staff_mail", by=SYSTEM, subject=row)
    if error:
        log.warning("mail %s to staff was not sent: %s", row.pk, error)
    row.save(update_fields=["state", "sent_at", "content"])
