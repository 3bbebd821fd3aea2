"""A change to what the public reads: proposed beside it, looked at, and published or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import WAITING, Answer, Revision, State
from kesher.answers.services.answers import (
    Written,
    actor,
    append_revision,
    change_answer,
    check_ready,
    check_seen,
    differences,
    fill,
    newest_number,
    put,
    snapshot,
    written_in,
)
from kesher.answers.services.search_index import index_answers
from kesher.core.audit import audit
from kesher.core.errors import Refused


@transaction.atomic
def propose_change(answer: Answer, written: Written, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Keeps a change beside a published answer, and returns what it would change (["he.short", …]). It takes the place
    of the one that waits; one that changes nothing any more ends the waiting. Raises Refused as a change does."""
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.state != State.PUBLISHED:
        raise Refused(_("This answer is “%(state)s” now. Please look again.") % {"state": answer.get_state_display()})
    public, wanted = snapshot(answer), copy(answer)
    fill(wanted, written)
    check_ready(wanted)
    after = snapshot(wanted)
    changed = differences(public, after)
    if not differences(snapshot(with_waiting(answer)), after):
        return []
    if not changed:
        drop_waiting(answer, by=by)
        return []
    answer.waiting = Revision.objects.create(
        agency_id=answer.agency_id, answer=answer, number=newest_number(answer) + 1, by=by, verb="propose",
        state=WAITING, data=after, changed=changed,
    )  # fmt: skip
    answer.save(update_fields=["waiting"])
    audit("answers.propose", by=actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def publish_waiting(answer: Answer, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Makes the change that waits what the public reads, field by field: what was changed beside it since stays. Raises
    Refused where nothing waits any more, somebody was quicker, or the words do not fit any more."""
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.waiting is None:
        raise Refused(_("No change waits here any more."))
    before = snapshot(answer)
    fill(answer, written_in(merged(before, answer.waiting), answer))
    check_ready(answer)
    changed = differences(before, snapshot(answer))
    answer.waiting = None
    answer.save()
    append_revision(answer, "accept", by, changed)
    index_answers([answer])
    audit("answers.publish_waiting", by=actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def drop_waiting(answer: Answer, *, by: Staff | None, seen: int | None = None) -> None:
    """The public goes on reading what it reads. The words that were proposed stay in the history. Raises Refused where
    nothing waits any more, or another proposal than the one that was looked at."""
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.waiting is None:
        raise Refused(_("No change waits here any more."))
    answer.waiting = None
    answer.save(update_fields=["waiting"])
    append_revision(answer, "drop", by, changed=[])
    audit("answers.drop_waiting", by=actor(by), subject=answer)


@transaction.atomic
def publish_change(answer: Answer, written: Written, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Changes what the public reads at once. Whoever wrote had what waits before him (`with_waiting`), so that it is
    in his words, or he took it out of them: nothing waits any more."""
    changed = change_answer(answer, written, by=by, seen=seen)
    if not changed and Answer.objects.filter(pk=answer.pk, waiting__isnull=False).exists():
        drop_waiting(answer, by=by)  # it was taken out of the words: the history says so
    Answer.objects.filter(pk=answer.pk).update(waiting=None)
    audit("answers.publish_change", by=actor(by), subject=answer, changed=changed)
    return changed


def with_waiting(answer: Answer) -> Answer:
    """The answer as it would be with the change that waits; the answer itself where none does. Not to be saved."""
    if answer.waiting is None:
        return answer
    found = copy(answer)
    put(found, written_in(merged(snapshot(answer), answer.waiting), answer))
    return found


def merged(public: Mapping[str, Any], waiting: Revision) -> dict[str, Any]:
    """What the public reads, with the fields that the proposal changed."""
    found = {**public, "texts": {lang: dict(words) for lang, words in public["texts"].items()}}
    for name in waiting.changed:
        lang, dot, key = name.partition(".")
        if not dot:
            found[name] = waiting.data[name]
            continue
        words = waiting.data["texts"].get(lang, {})
        found["texts"].setdefault(lang, {})[key] = words.get(key, "")
    return found
