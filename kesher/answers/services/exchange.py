"""Taking answers in from files and from other sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, Team
from kesher.answers.markdown import File
from kesher.answers.models import Answer, AnswerTopic, State
from kesher.answers.services.indexing import index_answers, rebuild
from kesher.answers.services.writing import Written, actor, change_answer, create_answer
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.scope import current_agency_id

MANY = 50  # from here on the whole index is built anew: it is quicker
Names = Mapping[str, Mapping[str, str]]
ICONS = {
    "arnona": "building", "water": "activity", "parking": "map-pin", "education": "star", "welfare": "heart",
    "digital": "phone", "cityhall": "building", "roads": "map-pin", "waste": "trash", "life": "file",
}  # fmt: skip


@dataclass(slots=True)
class Imported:
    """What an import did: how many were made, changed, left alone, and which were refused, with the reason."""

    made: int = 0
    changed: int = 0
    same: int = 0
    refused: list[str] = field(default_factory=list)
    fresh: list[Answer] = field(default_factory=list)


@transaction.atomic
def import_topics(names: Names) -> int:
    """The shelves, in this order; one that is there already gets its new names."""
    for order, (code, words) in enumerate(names.items(), 1):
        AnswerTopic.objects.update_or_create(
            agency_id=current_agency_id(),
            code=code,
            defaults={"names": dict(words), "order": order * 10, "icon": ICONS.get(code, "")},
        )
    audit("answers.import_topics", by=actor(None), topics=len(names))
    return len(names)


@transaction.atomic
def import_answers(files: Iterable[File], *, by: Staff | None, source: str = "", publish: bool = True) -> Imported:
    """Answers from files: new ones are made (published only where ``publish``), those with a known slug are changed; by
    another site (``source``) only those that came from it. What is refused is left out and named."""
    found = Imported()
    topics = {topic.code: topic for topic in AnswerTopic.objects.all()}
    teams = {team.slug: team for team in Team.objects.all()}
    here = {answer.slug: answer for answer in Answer.objects.all()}
    for file in files:
        written = Written(
            file.texts,
            topics.get(file.topic),
            teams.get(file.owner),
            file.start,
            parse_date(file.valid_from),
            parse_date(file.valid_to),
            parse_date(file.review),
            source,
        )
        try:
            take_in(file, written, here.get(file.slug), by, publish, found)
        except Refused as refusal:
            found.refused.append(f"{file.slug}: {refusal.message}")
    rebuild() if len(found.fresh) > MANY else index_answers(found.fresh)
    audit("answers.import", by=actor(by), made=found.made, changed=found.changed, refused=len(found.refused))
    return found


def take_in(
    file: File, written: Written, there: Answer | None, by: Staff | None, publish: bool, found: Imported
) -> None:
    if there is None:
        state = file.state if publish and file.state in State.values else State.DRAFT
        found.fresh.append(create_answer(file.slug, written, by=by, state=state, later=True))
        found.made += 1
    elif source_is_another(there, written):
        raise Refused(_("There is an answer with this address already: %(slug)s.") % {"slug": file.slug})
    elif change_answer(there, written, by=by):
        found.changed += 1
    else:
        found.same += 1


def source_is_another(there: Answer, written: Written) -> bool:
    """May another site not touch this answer: one of our own, or of a third? Files of a folder are our own word."""
    return bool(written.source) and written.source != there.source
