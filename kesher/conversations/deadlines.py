"""Decide when something with a deadline may be closed: when nothing sent in time is still unprocessed.

See `participation.deadlines`.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kesher.contacts.services import last_code_expires
from kesher.conversations.intake.journal import spool_files
from kesher.conversations.models import Intake, WebProcess
from kesher.conversations.services.web_process_status import SILENT_SECONDS
from kesher.participation import deadlines

# After this time a request is in the journal, or its web process has reported it.
SETTLE = timedelta(seconds=3)


def has_unprocessed_before(moment: datetime) -> bool:
    """Return whether a request or message that reached us before this moment is still unprocessed.

    It may be in the journal, in a spool, or in a request that a web process on any machine is handling.
    """
    until = moment.timestamp()
    if Intake.objects.filter(state=Intake.State.NEW, received__lt=until).exists():
        return True
    if spool_files(settings.KESHER_SPOOL):
        return True
    living = WebProcess.objects.filter(seen__gt=time.time() - SILENT_SECONDS)
    return living.filter(Q(seen__lte=until) | Q(oldest__lt=until)).exists()


def may_close(end: datetime, *codes: tuple[str, str]) -> bool:
    """Return whether an action that ended at ``end`` may be closed now, given its (purpose, subject) codes.

    ``codes``: (purpose, subject) of the codes that confirm something in it.
    """
    last = last_code_expires(codes, end)
    return deadlines.may_close(end, timezone.now(), last_code=last, has_unprocessed=has_unprocessed_before)


def latest_end_to_close() -> datetime:
    """Return the latest end of actions that a closing job may look at now; later ones must wait."""
    return timezone.now() - SETTLE
