"""Understand messages for dialogues, keep those that were missed for a review, and learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.http.throttle import allow
from kesher.dialogues.understood import Understood
from kesher.language import mask
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import find_model, has_models, is_trained, train_model
from kesher.understanding.models import Heard
from kesher.understanding.understand import is_ordinary_answer, understand

MISSED = frozenset({"unknown", "offer", "confirm"})
TEXT_MOST = 300
AN_HOUR = 3600


def understand_free_text(*, contact: Contact, text: str, lang: str, channel: str, form: bool) -> Understood | None:
    """Return what a message means; None without a trained model, or inside a form where it plainly is an answer."""
    model = find_model(own_examples()) if has_models() else None
    if model is None or (form and is_ordinary_answer(text, lang, model)):
        return None
    found = understand(text, lang, channel=channel, model=model)
    if not form:
        record_heard(contact, found, channel)
    return found


def train_if_changed() -> bool:
    """Train the current agency's model unless it was trained, at most once an hour; return whether it did."""
    own = own_examples(fresh=0)
    if is_trained(own) or (find_model(own) is not None and not allow(f"train:{current_agency_id()}", 1, AN_HOUR)):
        return False
    train_model(own)
    return True


@transaction.atomic
def record_heard(contact: Contact | None, found: Understood, channel: str, *, wrong: bool = False) -> Heard | None:
    """Keep a message that was not surely understood, masked, for a review; None if it needs none."""
    if not wrong and found.action not in MISSED:
        return None
    first = found.offered[0] if found.offered else None
    return Heard.objects.create(
        contact=contact,
        text=mask(found.text)[:TEXT_MOST],
        lang=found.lang,
        channel=channel,
        action=found.action,
        guess=first.name if first else "",
        probability=found.probability,
        wrong=wrong,
    )


def forget_heard(before: datetime) -> int:
    """Delete the current agency's messages of the review from before a time, without its examples; return how many."""
    return Heard.objects.exclude(state=Heard.State.EXAMPLE).filter(created__lt=before).delete()[0]


@transaction.atomic
def erase_heard(ids: Sequence[int]) -> None:
    """Delete the messages of these contacts, also those that became examples."""
    Heard.objects.filter(contact__in=ids).delete()
