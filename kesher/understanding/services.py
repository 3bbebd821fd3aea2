"""Understand messages for dialogues, keep those that were missed for a review, and learn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import count
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Contact
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id, scope
from kesher.core.db.batch import at_end
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.dialogues.understood import Understood
from kesher.language import mask
from kesher.understanding.learning.examples import example_classes, own_examples
from kesher.understanding.learning.model_store import Model, find_model, has_models, is_trained, train_model
from kesher.understanding.models import ActionCount, Heard
from kesher.understanding.understand import is_ordinary_answer, understand

MISSED = frozenset({"unknown", "offer", "confirm"})
TEXT_MOST = 300
AN_HOUR = 3600
_numbers = count()


class Acted(NamedTuple):
    """One message to count: what was done about it, and a number that only this message has."""

    agency: int
    day: date
    lang: str
    channel: str
    action: str
    number: int


def understand_free_text(*, contact: Contact, text: str, lang: str, channel: str, form: str) -> Understood | None:
    """Return what a message means; None without a trained model, or where it plainly is the answer to a question.

    ``form``: what a running form asks for, "options" or "words"; "" outside a form; "public" for a public message,
    which is not kept for a review: its author may delete it.
    """
    model = find_model(own_examples()) if has_models() else None
    if model is None or (form == "words" and is_ordinary_answer(text, model)):
        return None
    found = understand(text, lang, channel=channel, model=model)
    if not form:
        record_heard(contact, found, channel)
        acted = Acted(current_agency_id(), localdate(), found.lang, channel, found.action, next(_numbers))
        at_end(count_actions, [acted])
    return found


def ready_model() -> Model:
    """Return the model of the current agency's examples, trained now if it was not; for commands, which may wait."""
    own = own_examples()
    return (find_model(own) if is_trained(own) else None) or train_model(own)


def train_if_changed() -> bool:
    """Train the current agency's model unless it was trained, at most once an hour; return whether it did."""
    own = own_examples(fresh=0)
    if is_trained(own) or (find_model(own) is not None and not allow(f"train:{current_agency_id()}", 1, AN_HOUR)):
        return False
    train_model(own)
    return True


@transaction.atomic
def record_heard(contact: Contact | None, found: Understood, channel: str, *, wrong: bool = False) -> Heard | None:
    """Keep a message that was not surely understood, masked, for a review; None if it needs none.

    ``wrong``: the person said that what followed did not help; said again of the same message, it is kept once.
    """
    if not wrong and found.action not in MISSED:
        return None
    first = found.offered[0] if found.offered else None
    text, guess = mask(found.text)[:TEXT_MOST], first.name if first else ""
    if wrong and Heard.objects.filter(contact=contact, text=text, guess=guess, wrong=True).exists():
        return None
    return Heard.objects.create(
        contact=contact,
        text=text,
        lang=found.lang,
        channel=channel,
        action=found.action,
        guess=guess,
        probability=first.probability if first else found.probability,
        wrong=wrong,
    )


def count_actions(messages: Iterable[Acted]) -> None:
    """Add messages to the counts of their days: one statement for those alike, in an order that all processes share."""
    for alike, times in sorted(Counter(one[:-1] for one in messages).items()):
        agency, day, lang, channel, action = alike
        with scope(agency):
            same = ActionCount.objects.filter(day=day, lang=lang, channel=channel, action=action)
            if not same.update(times=F("times") + times):
                row = ActionCount(agency_id=agency, day=day, lang=lang, channel=channel, action=action)
                ActionCount.objects.bulk_create([row], ignore_conflicts=True)  # another process may be quicker
                same.update(times=F("times") + times)


@transaction.atomic
def review_heard(heard: Heard, meant: str, *, by: Staff) -> None:
    """Make a message an example of what it meant (a class of examples); "" puts it aside as no example.

    Raise Refused for a class that does not exist.
    """
    if meant and meant not in example_classes():
        raise Refused(_("Please choose what was meant."))
    state = Heard.State.EXAMPLE if meant else Heard.State.DISMISSED
    change_review(heard, state, meant, by)
    audit("understanding.review_heard", by=staff_actor(by), subject=heard, state=str(state), meant=meant)


@transaction.atomic
def reopen_heard(heard: Heard, *, by: Staff) -> None:
    """Undo a review: the message waits for one again, and is no example."""
    change_review(heard, Heard.State.OPEN, "", None)
    audit("understanding.reopen_heard", by=staff_actor(by), subject=heard)


def change_review(heard: Heard, state: Heard.State, meant: str, by: Staff | None) -> None:
    """Write where a message stands in the review, what it meant, and who said so."""
    heard.state, heard.meant, heard.reviewed_by = state, meant, by
    heard.save(update_fields=["state", "meant", "reviewed_by"])


def forget_heard(before: datetime) -> int:
    """Delete the current agency's messages of the review from before a time, without its examples; return how many."""
    return Heard.objects.exclude(state=Heard.State.EXAMPLE).filter(created__lt=before).delete()[0]


def forget_counts(before: date) -> int:
    """Delete the current agency's counts of actions from before a day; return how many."""
    return ActionCount.objects.filter(day__lt=before).delete()[0]


@transaction.atomic
def erase_heard(ids: Sequence[int]) -> None:
    """Delete the messages of these contacts, also those that became examples."""
    Heard.objects.filter(contact__in=ids).delete()
