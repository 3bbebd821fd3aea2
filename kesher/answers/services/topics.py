"""The shelves of answers: made, named, put in order, merged, and taken away once they are empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import Answer, AnswerTopic, Checker, State
from kesher.answers.services.answers import actor, append_revision
from kesher.answers.services.search_index import index_many
from kesher.answers.topic_icons import PICTURES
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.scope import current_agency_id
from kesher.language import LANGUAGES

CODE = re.compile(r"[a-z0-9-]{2,40}")
STEP = 10  # between two shelves, so that one can be put between them


@dataclass(frozen=True, slots=True)
class Shelf:
    """What an editor says of a topic. ``order`` None: behind the others."""

    names: Mapping[str, str]
    icon: str = ""
    order: int | None = None


@transaction.atomic
def add_topic(code: str, shelf: Shelf, *, by: Staff | None) -> AnswerTopic:
    """A new shelf. Raises Refused where its address is taken or can be none, and without a name."""
    if not CODE.fullmatch(code):
        raise Refused(_("A topic's address has small Latin letters, digits and dashes."))
    if AnswerTopic.objects.filter(code=code).exists():
        raise Refused(_("There is a topic with this address already: %(code)s.") % {"code": code})
    topic = AnswerTopic(agency_id=current_agency_id(), code=code)
    fill_topic(topic, shelf)
    audit("answers.add_topic", by=actor(by), subject=topic, code=code)
    return topic


@transaction.atomic
def change_topic(topic: AnswerTopic, shelf: Shelf, *, by: Staff | None) -> AnswerTopic:
    """Other names, picture or place. Its answers are found by the new names at once."""
    topic = AnswerTopic.objects.select_for_update().get(pk=topic.pk)
    before = topic.names
    fill_topic(topic, shelf)
    if topic.names != before:
        index_many(list(Answer.objects.filter(topic=topic, state=State.PUBLISHED).select_related("topic")))
    audit("answers.change_topic", by=actor(by), subject=topic, code=topic.code)
    return topic


@transaction.atomic
def merge_topic(topic: AnswerTopic, into: AnswerTopic, *, by: Staff | None) -> int:
    """Moves all answers and checkers to another shelf, takes the empty one away, and returns how many answers moved."""
    if topic.pk == into.pk:
        raise Refused(_("Please choose another topic."))
    AnswerTopic.objects.select_for_update().get(pk=topic.pk)  # nothing new is put on it meanwhile
    moved = list(Answer.objects.select_for_update().filter(topic=topic))
    for answer in moved:
        answer.topic = into
        answer.save(update_fields=["topic"])  # the public reads the same words: no new day of change
        append_revision(answer, "change", by, changed=["topic"])
    for checker in Checker.objects.filter(topic=topic):
        checker.topic = into
        checker.save(update_fields=["topic"])
    index_many([answer for answer in moved if answer.state == State.PUBLISHED])
    audit("answers.merge_topic", by=actor(by), subject=into, code=topic.code, answers=len(moved))
    topic.delete()
    return len(moved)


@transaction.atomic
def drop_topic(topic: AnswerTopic, *, by: Staff | None) -> None:
    """Takes an empty shelf away. Raises Refused while something stands on it."""
    if topic.answers.exists() or topic.checkers.exists():
        raise Refused(_("Something stands on this shelf still. Merge it into another topic, or move what is on it."))
    audit("answers.drop_topic", by=actor(by), subject=topic, code=topic.code)
    topic.delete()


def fill_topic(topic: AnswerTopic, shelf: Shelf) -> None:
    """Puts it into the row and saves that. Raises Refused without a name, and for an icon that nobody offered."""
    topic.names = {lang: name for lang in LANGUAGES if (name := str(shelf.names.get(lang, "")).strip())}
    if not topic.names:
        raise Refused(_("Please write the name, in one language at least."))
    if shelf.icon and shelf.icon not in PICTURES:
        raise Refused(_("There is no such picture."))
    last = AnswerTopic.objects.aggregate(last=Max("order"))["last"] or 0
    topic.icon, topic.order = shelf.icon, last + STEP if shelf.order is None else shelf.order
    topic.save()
