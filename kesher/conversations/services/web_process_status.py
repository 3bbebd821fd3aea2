"""Store the report of each web process about the requests that it is still handling."""

from __future__ import annotations

from uuid import UUID

from kesher.conversations.models import WebProcess

SILENT_SECONDS = 120.0  # a process silent for this long (twice what a write may wait) is dead


def report_web_process(process: UUID, seen: float, oldest: float | None) -> None:
    """Store that a web process was alive at ``seen``, with requests since ``oldest`` (None: no requests)."""
    row = WebProcess(id=process, seen=seen, oldest=oldest)
    WebProcess.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["seen", "oldest"])


def forget_web_process(process: UUID) -> None:
    """Delete the row of a process that ends, and the rows of processes that died."""
    WebProcess.objects.filter(pk=process).delete()
    newest = WebProcess.objects.order_by("-seen").values_list("seen", flat=True).first() or 0.0
    WebProcess.objects.filter(seen__lt=newest - SILENT_SECONDS).delete()
