"""``GET /healthz``: 200 while everything that people rely on works, 503 with what does not. JSON, and no secret in it.

Answered before any other middleware: it needs no public body, no host name and no TLS, so that it tells the truth on a
fresh installation, behind any load balancer. ``?only=database,disk,spool`` asks for these alone: a page process
must not be taken out of service because a sender has died. 400 where it names something else: with a slip there it
would say "all is well" for ever.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from kesher.conversations.intake.journal import spool_files
from kesher.core.models import Lease

Handler = Callable[[HttpRequest], HttpResponse]

PATH = "/healthz"
CHECKS = ("database", "disk", "spool", "worker", "sender")
LEASES = {"worker": "receiver", "sender": "sender"}
GRACE_SECONDS = 30  # a worker renews its lease between two batches, and a batch may take a while
FREE_BYTES = 200_000_000
SPOOL_SECONDS = 60  # it drains by itself as soon as the database answers


def answer_health(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        return health(request) if request.path_info == PATH else get_response(request)

    return middleware


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("only", ",".join(CHECKS)).split(",")
    if not set(wanted) <= set(CHECKS):
        return said(400, error=f"only= takes some of {', '.join(CHECKS)}, with commas between them.")
    failing = [name for name in find_failing() if name in wanted]
    return said(503 if failing else 200, ok=not failing, failing=failing)


def said(status: int, **fields: object) -> HttpResponse:
    return JsonResponse(fields, status=status, headers={"Cache-Control": "no-store"})


def find_failing() -> list[str]:
    """Return the names of CHECKS that do not hold now: one query, and one small file."""
    found = [] if is_disk_well() else ["disk"]
    if is_spool_stuck():
        found.append("spool")
    try:
        until = dict(Lease.objects.filter(name__in=LEASES.values()).values_list("name", "until"))
    except DatabaseError:
        return ["database", *found]
    now = time.time()
    return found + [role for role, name in LEASES.items() if until.get(name, 0) < now - GRACE_SECONDS]


def is_disk_well() -> bool:
    """Is there room where the files and the database lie, and may we write there?"""
    folders = {Path(settings.DATA)}
    if connection.vendor == "sqlite":
        folders.add(Path(str(connection.settings_dict["NAME"])).parent)
    try:
        for folder in folders:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0" * 4096)
            if shutil.disk_usage(folder).free < FREE_BYTES:
                return False
    except OSError:
        return False
    return True


def is_spool_stuck() -> bool:
    """Do requests wait in a file for longer than a database that answers would let them?"""
    try:
        times = [path.stat().st_mtime for path in spool_files(settings.KESHER_SPOOL)]
    except OSError:  # one was drained while we looked
        return False
    return bool(times) and min(times) < time.time() - SPOOL_SECONDS
