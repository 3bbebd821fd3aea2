"""Taking answers in from files and from other sites, with the topics, teams and facts that lie beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, Team
from kesher.answers.markdown import File
from kesher.answers.models import Answer, AnswerTopic, Fact, State
from kesher.answers.services.answers import DATES, Written, actor, change_answer, create_answer
from kesher.answers.services.facts import set_fact
from kesher.answers.services.search_index import index_many
from kesher.answers.topic_icons import ICONS, PICTURES
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.scope import current_agency_id
from kesher.language import LANGUAGES

Names = Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class Imported:
    """What an import did: how many were made, changed, left alone; which were refused, with the reason; and what was
    left out of those that came in."""

    made: int = 0
    changed: int = 0
    same: int = 0
    refused: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    fresh: list[Answer] = field(default_factory=list)


@transaction.atomic
def import_topics(names: Names) -> list[str]:
    """Makes the shelves that are missing, behind those that are here. What is here stays as it is; returns where it
    differs."""
    here = {topic.code: topic for topic in AnswerTopic.objects.all()}
    last = max((topic.order for topic in here.values()), default=0)
    fresh = [code for code in names if code not in here and is_slug(code)]
    for place, code in enumerate(fresh, 1):
        named = names[code].get("icon", "")
        icon = named if named in PICTURES else "" if "icon" in names[code] else ICONS.get(code, "")
        order = last + place * 10
        AnswerTopic.objects.create(
            agency_id=current_agency_id(), code=code, names=spoken(names[code]), icon=icon, order=order
        )
    audit("answers.import_topics", by=actor(None), topics=len(fresh))
    return [*not_slugs(names), *differing({code: topic.names for code, topic in here.items()}, names)]


@transaction.atomic
def import_owners(names: Names) -> list[str]:
    """Makes the teams that are missing; returns where those that are here have other names."""
    here = {team.slug: team.names for team in Team.objects.all()}
    fresh = [slug for slug in names if slug not in here and is_slug(slug)]
    for slug in fresh:
        Team.objects.create(agency_id=current_agency_id(), slug=slug, names=spoken(names[slug]))
    audit("answers.import_owners", by=actor(None), teams=len(fresh))
    return [*not_slugs(names), *differing(here, names)]


@transaction.atomic
def import_facts(names: Names) -> list[str]:
    """Stores the facts that are missing. The words of one that is here stay, since answers say them already; returns
    where they differ."""
    here = dict(Fact.objects.values_list("name", "words"))
    found = list(differing(here, names))
    for name in names:
        if name not in here:
            try:
                set_fact(name, names[name], by=None)
            except Refused as refusal:
                found.append(f"{name}: {refusal.message}")
    return found


def spoken(words: Mapping[str, str]) -> dict[str, str]:
    """The words alone: beside them a topic may name its icon."""
    return {lang: str(words[lang]).strip() for lang in LANGUAGES if words.get(lang)}


def is_slug(code: str) -> bool:
    try:
        validate_slug(code)
    except ValidationError:
        return False
    return len(code) <= 40


def not_slugs(names: Names) -> Iterator[str]:
    for code in names:
        if not is_slug(code):
            yield _("%(name)s: this can be no part of an address, left out") % {"name": code}


def differing(here: Names, names: Names) -> Iterator[str]:
    """One line for each name under which something else stands here."""
    for name, words in names.items():
        ours, theirs = dict(here.get(name, {})), spoken(words)
        if name in here and ours != theirs:
            said = {"name": name, "ours": in_line(ours), "theirs": in_line(theirs)}
            yield _("%(name)s: “%(ours)s” stays, the file says “%(theirs)s”") % said


def in_line(words: Mapping[str, str]) -> str:
    return " / ".join(words[lang] for lang in LANGUAGES if words.get(lang))


@transaction.atomic
def import_answers(files: Iterable[File], *, by: Staff | None, source: str = "", publish: bool = True) -> Imported:
    """Answers from files: new ones are made (published only where ``publish``), those with a known slug are changed; by
    another site (``source``) only those that came from it. What is refused or left out is named."""
    found = Imported()
    topics = {topic.code: topic for topic in AnswerTopic.objects.all()}
    teams = {team.slug: team for team in Team.objects.all()}
    here = {answer.slug: answer for answer in Answer.objects.all()}
    for file in files:
        there = here.get(file.slug)
        # A name that nobody here has takes no answer off the shelf on which it stands.
        topic = topics.get(file.topic) or (there.topic if there and file.topic else None)
        owner = teams.get(file.owner) or (there.owner if there and file.owner else None)
        try:
            days = {name: day(getattr(file, name)) for name in DATES}
            written = Written(file.texts, topic, owner, file.start, source=source, **days)
            take_in(file, written, there, by, publish, found)
        except Refused as refusal:
            found.refused.append(f"{file.slug}: {refusal.message}")
        else:
            found.left_out += unknown(file, topics, teams)
    index_many(found.fresh)
    audit("answers.import", by=actor(by), made=found.made, changed=found.changed, refused=len(found.refused))
    return found


def day(text: str) -> dt.date | None:
    """A date of a file. Raises Refused for what is none."""
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and found is None:
        raise Refused(_("“%(text)s” is no date. Write it like 2026-12-31.") % {"text": text})
    return found


def unknown(file: File, topics: Container[str], teams: Container[str]) -> Iterator[str]:
    """The topic and the owner of a file, where there are none of that name here."""
    if file.topic and file.topic not in topics:
        yield _("%(slug)s: there is no topic “%(name)s” here, left out") % {"slug": file.slug, "name": file.topic}
    if file.owner and file.owner not in teams:
        yield _("%(slug)s: there is no team “%(name)s” here, left out") % {"slug": file.slug, "name": file.owner}


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
