"""When a feature may close what is over: nothing that was sent in time waits any more (`participation.deadlines`)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kesher.contacts.services import last_code_expires
from kesher.conversations.intake.journal import spool_files
from kesher.conversations.models import Intake, WebProcess
from kesher.conversations.services.web_processes import SILENT_SECONDS
from kesher.participation import deadlines

# What reached us in the last moment is in the journal, or its process has said that it waits, after this long.
SETTLE = timedelta(seconds=3)


def has_unprocessed_before(moment: datetime) -> bool:
    """Is something waiting that reached us before this moment: in the journal, in a spool, or as a request in the hands
    of a web process, on whichever machine?"""
    until = moment.timestamp()
    if Intake.objects.filter(state=Intake.State.NEW, received__lt=until).exists():
        return True
    if spool_files(settings.KESHER_SPOOL):
        return True
    living = WebProcess.objects.filter(seen__gt=time.time() - SILENT_SECONDS)
    return living.filter(Q(seen__lte=until) | Q(oldest__lt=until)).exists()


def may_close(end: datetime, *codes: tuple[str, str]) -> bool:
    """May what ended at ``end`` be closed now? ``codes``: (purpose, subject) of the codes that confirm something in
    it."""
    last = last_code_expires(codes, end)
    return deadlines.may_close(end, timezone.now(), last_code=last, has_unprocessed=has_unprocessed_before)


def settled() -> datetime:
    """The end before which a job may look at all."""
    return timezone.now() - SETTLE
