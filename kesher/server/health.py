"""View ``GET /healthz``: 200 while everything works, else 503 with the names of what fails.

It is answered before all other middleware, without agency, host name or TLS, so it works on a new installation and
behind any load balancer. ``?only=database,disk,spool`` restricts the checks: a page process must not be taken out of
service because a sender has died. An unknown name is a 400, because a typing error would otherwise report success for
ever.
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
GRACE_SECONDS = 30  # a worker renews its lease between batches, and a batch may take a while
FREE_BYTES = 200_000_000
SPOOL_SECONDS = 60  # it drains as soon as the database answers


def answer_health(get_response: Handler) -> Handler:
    """Answer requests to the health check's URL before any other middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer a request for /healthz; pass all others on."""
        return health(request) if request.path_info == PATH else get_response(request)

    return middleware


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Return 200 if the requested health checks pass, 503 with the failing ones, or 400 for an unknown one."""
    wanted = request.GET.get("only", ",".join(CHECKS)).split(",")
    if not set(wanted) <= set(CHECKS):
        return json_response(400, error=f"only= takes some of {', '.join(CHECKS)}, with commas between them.")
    failing = [name for name in find_failing() if name in wanted]
    return json_response(503 if failing else 200, ok=not failing, failing=failing)


def json_response(status: int, **fields: object) -> HttpResponse:
    """Return a JSON response that is never cached."""
    return JsonResponse(fields, status=status, headers={"Cache-Control": "no-store"})


def find_failing() -> list[str]:
    """Return the names of the health checks that fail now (one query, one small file)."""
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
    """Return whether the data and database folders are writable and have room."""
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
    """Return whether incoming requests have waited in spool files longer than a working database allows."""
    try:
        times = [path.stat().st_mtime for path in spool_files(settings.KESHER_SPOOL)]
    except OSError:  # a file was drained meanwhile
        return False
    return bool(times) and min(times) < time.time() - SPOOL_SECONDS
