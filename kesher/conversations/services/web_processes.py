"""What web processes say of the requests that they have in hand."""

from __future__ import annotations

from uuid import UUID

from kesher.conversations.models import WebProcess

SILENT_SECONDS = 120.0  # a process that said nothing for so long, twice what a write may wait, is dead


def report_web_process(process: UUID, seen: float, oldest: float | None) -> None:
    """Note what a process had in hand at ``seen``: a request since ``oldest``, or none."""
    row = WebProcess(id=process, seen=seen, oldest=oldest)
    WebProcess.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["seen", "oldest"])


def forget_web_process(process: UUID) -> None:
    """A process ends; with it go the rows of those that died without a word."""
    WebProcess.objects.filter(pk=process).delete()
    newest = WebProcess.objects.order_by("-seen").values_list("seen", flat=True).first() or 0.0
    WebProcess.objects.filter(seen__lt=newest - SILENT_SECONDS).delete()
