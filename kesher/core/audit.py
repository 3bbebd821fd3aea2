"""Write the audit log: one row for each operation, in the transaction of the operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.batch import save
from kesher.core.models import Audit
from kesher.language import mask

SECRET_WORDS = ("secret", "token", "password", "code")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it (staff, contact or system), and through which door (web, desk, api, whatsapp, …)."""

    kind: str
    pk: int | None = None
    door: str = ""


SYSTEM = Actor("system")


def audit(operation: str, /, *, by: Actor, subject: models.Model | None = None, **data: Any) -> None:
    """Append a row to the audit log: which operation, by whom, on which row, and the data, masked.

    ``operation`` is "app.operation". Values with the name of a secret are left out; words are masked.
    """
    row = Audit(
        agency_id=getattr(subject, "agency_id", None) or current_agency_id(),
        operation=operation,
        actor_kind=by.kind,
        actor_id=by.pk,
        door=by.door,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        data={name: redact_value(name, value) for name, value in data.items()},
    )
    save(row)


def redact_value(name: str, value: Any) -> Any:
    """Return a value as the audit log may store it: texts masked, secrets replaced, in nested values too."""
    if any(word in name for word in SECRET_WORDS):
        return "…"
    if isinstance(value, Mapping):
        return {key: redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact_value(name, inner) for inner in value]
    return mask(value) if isinstance(value, str) else value
