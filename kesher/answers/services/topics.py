"""Create, rename, order, merge and delete the topics of answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import Answer, AnswerTopic, Checker, State
from kesher.answers.services.answers import append_revision, staff_actor
from kesher.answers.services.search_index import index_or_rebuild
from kesher.answers.topic_icons import PICTURES
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

CODE = re.compile(r"[a-z0-9-]{2,40}")
ORDER_STEP = 10  # leaves space to insert a topic between two others


@dataclass(frozen=True, slots=True)
class TopicData:
    """What an editor enters for a topic. ``order`` None puts it last."""

    names: Mapping[str, str]
    icon: str = ""
    order: int | None = None


@transaction.atomic
def add_topic(code: str, data: TopicData, *, by: Staff | None) -> AnswerTopic:
    """Create a topic of answers. Raise Refused if its code is invalid or taken, or it has no name."""
    if not CODE.fullmatch(code):
        raise Refused(_("A topic's address has small Latin letters, digits and dashes."))
    if AnswerTopic.objects.filter(code=code).exists():
        raise Refused(_("There is a topic with this address already: %(code)s.") % {"code": code})
    topic = AnswerTopic(agency_id=current_agency_id(), code=code)
    save_topic_data(topic, data)
    audit("answers.add_topic", by=staff_actor(by), subject=topic, code=code)
    return topic


@transaction.atomic
def change_topic(topic: AnswerTopic, data: TopicData, *, by: Staff | None) -> AnswerTopic:
    """Change a topic's names, icon or order, and index its answers again if need be."""
    topic = AnswerTopic.objects.select_for_update().get(pk=topic.pk)
    before = topic.names
    save_topic_data(topic, data)
    if topic.names != before:
        index_or_rebuild(list(Answer.objects.filter(topic=topic, state=State.PUBLISHED).select_related("topic")))
    audit("answers.change_topic", by=staff_actor(by), subject=topic, code=topic.code)
    return topic


@transaction.atomic
def merge_topic(topic: AnswerTopic, into: AnswerTopic, *, by: Staff | None) -> int:
    """Move all answers and checkers to another topic, delete this one, and return how many answers moved."""
    if topic.pk == into.pk:
        raise Refused(_("Please choose another topic."))
    AnswerTopic.objects.select_for_update().get(pk=topic.pk)  # locks it: no answer is added meanwhile
    moved = list(Answer.objects.select_for_update().filter(topic=topic))
    for answer in moved:
        answer.topic = into
        answer.save(update_fields=["topic"])  # `updated` stays: the public reads the same words
        append_revision(answer, "change", by, changed=["topic"])
    for checker in Checker.objects.filter(topic=topic):
        checker.topic = into
        checker.save(update_fields=["topic"])
    index_or_rebuild([answer for answer in moved if answer.state == State.PUBLISHED])
    audit("answers.merge_topic", by=staff_actor(by), subject=into, code=topic.code, answers=len(moved))
    topic.delete()
    return len(moved)


@transaction.atomic
def drop_topic(topic: AnswerTopic, *, by: Staff | None) -> None:
    """Delete an empty topic. Raise Refused if it has answers or checkers."""
    if topic.answers.exists() or topic.checkers.exists():
        raise Refused(_("Something stands on this shelf still. Merge it into another topic, or move what is on it."))
    audit("answers.drop_topic", by=staff_actor(by), subject=topic, code=topic.code)
    topic.delete()


def save_topic_data(topic: AnswerTopic, data: TopicData) -> None:
    """Assign names, icon and order to a topic and save it. Raise Refused without a name, or for an unknown icon."""
    topic.names = {lang: name for lang in LANGUAGES if (name := str(data.names.get(lang, "")).strip())}
    if not topic.names:
        raise Refused(_("Please write the name, in one language at least."))
    if data.icon and data.icon not in PICTURES:
        raise Refused(_("There is no such picture."))
    last = AnswerTopic.objects.aggregate(last=Max("order"))["last"] or 0
    topic.icon, topic.order = data.icon, last + ORDER_STEP if data.order is None else data.order
    topic.save()
