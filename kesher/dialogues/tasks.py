"""What the worker does for dialogues."""

from __future__ import annotations

from kesher.core.periodic import job
from kesher.dialogues import services


@job(every=600)
def forget_old_forms() -> int:
    return services.forget_old_forms()
