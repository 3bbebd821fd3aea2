"""Propose a change to a published answer for a second person to publish or to drop."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import WAITING, Answer, Revision, State
from kesher.answers.services.answers import (
    AnswerContent,
    append_revision,
    assign_checked_content,
    assign_content,
    change_answer,
    check_ready,
    check_seen,
    content_from_snapshot,
    list_changed_fields,
    newest_revision_number,
    snapshot,
    staff_actor,
)
from kesher.answers.services.search_index import index_answers
from kesher.core.audit import audit
from kesher.core.errors import Refused


@transaction.atomic
def propose_change(answer: Answer, written: AnswerContent, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Store a proposal beside a published answer, and return the fields it would change (["he.short", …]).

    It replaces the change that waits; a change without differences ends the waiting. Raise Refused as a change does.
    """
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.state != State.PUBLISHED:
        raise Refused(_("This answer is “%(state)s” now. Please look again.") % {"state": answer.get_state_display()})
    public, wanted = snapshot(answer), copy(answer)
    assign_checked_content(wanted, written)
    check_ready(wanted)
    after = snapshot(wanted)
    changed = list_changed_fields(public, after)
    if not list_changed_fields(snapshot(preview_waiting_change(answer)), after):
        return []
    if not changed:
        drop_waiting_change(answer, by=by)
        return []
    answer.waiting = Revision.objects.create(
        agency_id=answer.agency_id, answer=answer, number=newest_revision_number(answer) + 1, by=by, verb="propose",
        state=WAITING, data=after, changed=changed,
    )  # fmt: skip
    answer.save(update_fields=["waiting"])
    audit("answers.propose", by=staff_actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def publish_waiting_change(answer: Answer, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Apply an answer's waiting change to its public texts, and return the changed fields.

    Other fields that changed since stay. Raise Refused if none waits, if there is a newer revision than ``seen``, or if
    the texts are no longer valid.
    """
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.waiting is None:
        raise Refused(_("No change waits here any more."))
    before = snapshot(answer)
    assign_checked_content(answer, content_from_snapshot(merge_waiting_change(before, answer.waiting), answer))
    check_ready(answer)
    changed = list_changed_fields(before, snapshot(answer))
    answer.waiting = None
    answer.save()
    append_revision(answer, "accept", by, changed)
    index_answers([answer])
    audit("answers.publish_waiting", by=staff_actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def drop_waiting_change(answer: Answer, *, by: Staff | None, seen: int | None = None) -> None:
    """Drop an answer's waiting change. The proposed texts stay in the history.

    Raise Refused if none waits, or if another proposal waits than the one ``seen``.
    """
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    if answer.waiting is None:
        raise Refused(_("No change waits here any more."))
    answer.waiting = None
    answer.save(update_fields=["waiting"])
    append_revision(answer, "drop", by, changed=[])
    audit("answers.drop_waiting", by=staff_actor(by), subject=answer)


@transaction.atomic
def publish_change_at_once(
    answer: Answer, written: AnswerContent, *, by: Staff | None, seen: int | None = None
) -> list[str]:
    """Change a published answer without review, drop its waiting change, and return the changed fields.

    The editor's form showed the waiting change (`preview_waiting_change`), so it is in the new texts or was removed
    from them: no change waits afterwards.
    """
    changed = change_answer(answer, written, by=by, seen=seen)
    if not changed and Answer.objects.filter(pk=answer.pk, waiting__isnull=False).exists():
        drop_waiting_change(answer, by=by)  # the editor removed it from the texts; the history shows that
    Answer.objects.filter(pk=answer.pk).update(waiting=None)
    audit("answers.publish_change", by=staff_actor(by), subject=answer, changed=changed)
    return changed


def preview_waiting_change(answer: Answer) -> Answer:
    """Return an unsaved copy of the answer with its waiting change applied, or the answer itself."""
    if answer.waiting is None:
        return answer
    found = copy(answer)
    assign_content(found, content_from_snapshot(merge_waiting_change(snapshot(answer), answer.waiting), answer))
    return found


def merge_waiting_change(public: Mapping[str, Any], waiting: Revision) -> dict[str, Any]:
    """Return the public answer's snapshot with the fields replaced that the waiting change changed."""
    found = {**public, "texts": {lang: dict(words) for lang, words in public["texts"].items()}}
    for name in waiting.changed:
        lang, dot, key = name.partition(".")
        if not dot:
            found[name] = waiting.data[name]
            continue
        words = waiting.data["texts"].get(lang, {})
        found["texts"].setdefault(lang, {})[key] = words.get(key, "")
    return found
