"""Import answers from files and other websites, with their topics, teams and facts."""

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
from kesher.answers.markdown import AnswerFile
from kesher.answers.models import Answer, AnswerTopic, Fact, State
from kesher.answers.services.answers import DATES, AnswerContent, change_answer, create_answer, staff_actor
from kesher.answers.services.search_index import index_or_rebuild
from kesher.answers.services.shared_facts import set_fact
from kesher.answers.topic_icons import ICONS, PICTURES
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

Names = Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class ImportReport:
    """The result of an import.

    How many answers were created, changed or left alone; which were refused, and why; what was left out of the others.
    """

    made: int = 0
    changed: int = 0
    same: int = 0
    refused: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    fresh: list[Answer] = field(default_factory=list)


@transaction.atomic
def import_topics(names: Names) -> list[str]:
    """Create the missing topics, after existing ones, and return a line for each difference to existing ones."""
    here = {topic.code: topic for topic in AnswerTopic.objects.all()}
    last = max((topic.order for topic in here.values()), default=0)
    fresh = [code for code in names if code not in here and is_slug(code)]
    for place, code in enumerate(fresh, 1):
        named = names[code].get("icon", "")
        icon = named if named in PICTURES else "" if "icon" in names[code] else ICONS.get(code, "")
        order = last + place * 10
        AnswerTopic.objects.create(
            agency_id=current_agency_id(), code=code, names=clean_names(names[code]), icon=icon, order=order
        )
    audit("answers.import_topics", by=staff_actor(None), topics=len(fresh))
    return [*report_bad_slugs(names), *report_differences({code: topic.names for code, topic in here.items()}, names)]


@transaction.atomic
def import_owners(names: Names) -> list[str]:
    """Create the missing teams that own answers, and return a line for each that has other names here."""
    here = {team.slug: team.names for team in Team.objects.all()}
    fresh = [slug for slug in names if slug not in here and is_slug(slug)]
    for slug in fresh:
        Team.objects.create(agency_id=current_agency_id(), slug=slug, names=clean_names(names[slug]))
    audit("answers.import_owners", by=staff_actor(None), teams=len(fresh))
    return [*report_bad_slugs(names), *report_differences(here, names)]


@transaction.atomic
def import_facts(names: Names) -> list[str]:
    """Store the missing facts, and return a line for each that differs here; existing facts stay as they are."""
    here = dict(Fact.objects.values_list("name", "words"))
    found = list(report_differences(here, names))
    for name in names:
        if name not in here:
            try:
                set_fact(name, names[name], by=None)
            except Refused as refusal:
                found.append(f"{name}: {refusal.message}")
    return found


def clean_names(words: Mapping[str, str]) -> dict[str, str]:
    """Return {language: name} of a topic or team, without other keys such as its icon."""
    return {lang: str(words[lang]).strip() for lang in LANGUAGES if words.get(lang)}


def is_slug(code: str) -> bool:
    """Return whether the code can be part of a URL: at most 40 letters, digits, hyphens and underscores."""
    try:
        validate_slug(code)
    except ValidationError:
        return False
    return len(code) <= 40


def report_bad_slugs(names: Names) -> Iterator[str]:
    """Yield a line for each code in the names that cannot be part of a URL."""
    for code in names:
        if not is_slug(code):
            yield _("%(name)s: this can be no part of an address, left out") % {"name": code}


def report_differences(here: Names, names: Names) -> Iterator[str]:
    """Yield a line for each code that has other words here than in the imported names."""
    for name, words in names.items():
        ours, theirs = dict(here.get(name, {})), clean_names(words)
        if name in here and ours != theirs:
            said = {"name": name, "ours": join_languages(ours), "theirs": join_languages(theirs)}
            yield _("%(name)s: “%(ours)s” stays, the file says “%(theirs)s”") % said


def join_languages(words: Mapping[str, str]) -> str:
    """Return the words of all languages in one line, to show a difference."""
    return " / ".join(words[lang] for lang in LANGUAGES if words.get(lang))


@transaction.atomic
def import_answers(
    files: Iterable[AnswerFile], *, by: Staff | None, source: str = "", publish: bool = True
) -> ImportReport:
    """Create or change answers from files, and report which were created, changed, refused or left out.

    New ones are created (published only with ``publish``), those with a known slug are changed. Another site
    (``source``) only changes those that came from it. What is refused or left out is named.
    """
    found = ImportReport()
    topics = {topic.code: topic for topic in AnswerTopic.objects.all()}
    teams = {team.slug: team for team in Team.objects.all()}
    here = {answer.slug: answer for answer in Answer.objects.all()}
    for file in files:
        there = here.get(file.slug)
        # An unknown name leaves an existing answer in its topic and with its owner.
        topic = topics.get(file.topic) or (there.topic if there and file.topic else None)
        owner = teams.get(file.owner) or (there.owner if there and file.owner else None)
        try:
            days = {name: parse_day(getattr(file, name)) for name in DATES}
            written = AnswerContent(file.texts, topic, owner, file.start, source=source, **days)
            import_answer(file, written, there, by, publish, found)
        except Refused as refusal:
            found.refused.append(f"{file.slug}: {refusal.message}")
        else:
            found.left_out += report_unknown_names(file, topics, teams)
    index_or_rebuild(found.fresh)
    audit("answers.import", by=staff_actor(by), made=found.made, changed=found.changed, refused=len(found.refused))
    return found


def parse_day(text: str) -> dt.date | None:
    """Return the ISO date of an imported file, None for "". Raise Refused if it is not a date."""
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and found is None:
        raise Refused(_("“%(text)s” is no date. Write it like 2026-12-31.") % {"text": text})
    return found


def report_unknown_names(file: AnswerFile, topics: Container[str], teams: Container[str]) -> Iterator[str]:
    """Yield a line for a file's topic and owner if they do not exist here."""
    if file.topic and file.topic not in topics:
        yield _("%(slug)s: there is no topic “%(name)s” here, left out") % {"slug": file.slug, "name": file.topic}
    if file.owner and file.owner not in teams:
        yield _("%(slug)s: there is no team “%(name)s” here, left out") % {"slug": file.slug, "name": file.owner}


def import_answer(
    file: AnswerFile, written: AnswerContent, there: Answer | None, by: Staff | None, publish: bool, found: ImportReport
) -> None:
    """Create the answer of a file, or change the one that is there, and count it in the report ``found``."""
    if there is None:
        state = file.state if publish and file.state in State.values else State.DRAFT
        found.fresh.append(create_answer(file.slug, written, by=by, state=state, later=True))
        found.made += 1
    elif has_other_source(there, written):
        raise Refused(_("There is an answer with this address already: %(slug)s.") % {"slug": file.slug})
    elif change_answer(there, written, by=by):
        found.changed += 1
    else:
        found.same += 1


def has_other_source(there: Answer, written: AnswerContent) -> bool:
    """Return whether the import may not change this answer, because it came from another site.

    Files of a folder may change all.
    """
    return bool(written.source) and written.source != there.source
