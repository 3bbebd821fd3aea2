"""Making, changing and publishing checkers. Every change is a revision that can be brought back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.checker_script import KEY, RESERVED, Part, parts
from kesher.answers.checker_validation import Around, problems
from kesher.answers.models import Answer, AnswerTopic, Checker, CheckerRevision, State
from kesher.answers.placeholders import all_facts, numbers
from kesher.answers.services.answers import actor
from kesher.answers.states import TRANSITIONS
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

WHATS: Final = ("questions", "rules", "outcomes")
MOST: Final = 40


@transaction.atomic
def create_checker(
    slug: str,
    texts: Mapping[str, Any],
    *,
    by: Staff | None,
    topic: AnswerTopic | None = None,
    answers: Iterable[Answer] = (),
    script: Mapping[str, Any] | None = None,
) -> Checker:
    """A new one, as a draft. Raises Refused where its address is taken or it has no title."""
    if Checker.objects.filter(slug=slug).exists():
        raise Refused(_("There is a checker with this address already: %(slug)s.") % {"slug": slug})
    checker = Checker(
        slug=slug, topic=topic, texts=titled(texts), script={name: [] for name in WHATS} | dict(script or {})
    )
    checker.save()
    checker.answers.set(answers)
    revised(checker, "create", by)
    audit("answers.create_checker", by=actor(by), subject=checker, slug=slug)
    return checker


@transaction.atomic
def change_checker(
    checker: Checker,
    texts: Mapping[str, Any],
    *,
    by: Staff | None,
    topic: AnswerTopic | None,
    answers: Iterable[Answer],
) -> None:
    """Its title, introduction, topic, and the answers beside which it is offered."""
    checker = locked(checker)
    checker.texts, checker.topic = titled(texts), topic
    checker.save()
    checker.answers.set(answers)
    revised(checker, "change", by)
    audit("answers.change_checker", by=actor(by), subject=checker)


@transaction.atomic
def set_part(checker: Checker, what: str, at: int | None, part: Part, *, by: Staff | None) -> None:
    """Writes a question, a rule or an outcome: the one at this place, or a new last one (None). Raises Refused where
    its name is none or taken, and where what is published would have a path without an end."""
    checker = locked(checker)
    rows = parts(checker.script, what)
    if what != "rules":
        check_key(part["key"], [row["key"] for place, row in enumerate(rows) if place != at])
    if at is None:
        if len(rows) >= MOST:
            raise Refused(_("At most %(most)d of these.") % {"most": MOST})
        rows.append(part)
    else:
        rows[at] = part
    rewritten(checker, what, rows, "set_part", by)


@transaction.atomic
def drop_part(checker: Checker, what: str, at: int, *, by: Staff | None) -> None:
    """Takes a question, a rule or an outcome out."""
    checker = locked(checker)
    rows = parts(checker.script, what)
    del rows[at : at + 1]
    rewritten(checker, what, rows, "drop_part", by)


@transaction.atomic
def shift_part(checker: Checker, what: str, at: int, by_how_much: int, *, by: Staff | None) -> None:
    """Moves a question, a rule or an outcome up (-1) or down (1); the order of rules says which holds first."""
    checker = locked(checker)
    rows = parts(checker.script, what)
    to = at + by_how_much
    if 0 <= at < len(rows) and 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    rewritten(checker, what, rows, "shift_part", by)


@transaction.atomic
def move_checker(checker: Checker, transition: str, *, by: Staff | None) -> Checker:
    """Publishes, submits, returns or retires. Raises Refused for a move that is not there, and with everything that
    keeps it from being published."""
    checker = locked(checker)
    step = TRANSITIONS[transition]
    if checker.state not in step.source:
        raise Refused(_("This checker is “%(state)s” now. Please look again.") % {"state": checker.get_state_display()})
    checker.state = step.target
    must_end(checker)
    checker.save()
    revised(checker, transition, by)
    audit("answers.move_checker", by=actor(by), subject=checker, move=transition)
    return checker


@transaction.atomic
def restore_checker(checker: Checker, number: int, *, by: Staff | None) -> None:
    """Brings an earlier revision back, as a new one. The state stays."""
    checker = locked(checker)
    found = CheckerRevision.objects.filter(checker=checker, number=number).first()
    if found is None:
        raise Refused(_("There is no such version."))
    checker.texts, checker.script = found.data["texts"], found.data["script"]
    must_end(checker)
    checker.save()
    revised(checker, "restore", by)
    audit("answers.restore_checker", by=actor(by), subject=checker, number=number)


def locked(checker: Checker) -> Checker:
    return Checker.objects.select_for_update().get(pk=checker.pk)


def rewritten(checker: Checker, what: str, rows: list[Part], verb: str, by: Staff | None) -> None:
    checker.script = {**checker.script, what: rows}
    must_end(checker)
    checker.save()
    revised(checker, verb, by)
    audit(f"answers.{verb}", by=actor(by), subject=checker, what=what)


def must_end(checker: Checker) -> None:
    """Whoever begins a published checker must get an outcome on every path. Raises Refused with what is wrong."""
    if checker.state == State.PUBLISHED and (wrong := problems_of(checker)):
        raise Refused(" ".join(wrong))


def problems_of(checker: Checker) -> list[str]:
    """What keeps it from being published. Two queries."""
    spoken = [lang for lang in checker.agency.languages if lang in LANGUAGES]
    facts, slugs = all_facts(), set(Answer.objects.published().values_list("slug", flat=True))
    return problems(checker.script, spoken, Around(facts, numbers(facts), slugs))


def check_key(key: str, taken: list[str]) -> None:
    if not re.fullmatch(KEY, key) or key in RESERVED:
        raise Refused(_("A short name has small Latin letters, digits and underscores: %(key)s.") % {"key": key})
    if key in taken:
        raise Refused(_("This short name is taken: %(key)s.") % {"key": key})


def titled(texts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The titles and introductions that are not empty. Raises Refused where there is no title."""
    found = {}
    for lang in LANGUAGES:
        words = {
            name: text for name in ("title", "intro") if (text := str((texts.get(lang) or {}).get(name, "")).strip())
        }
        if words:
            found[lang] = words
    if not any(words.get("title") for words in found.values()):
        raise Refused(_("Please write a title, in one language at least."))
    return found


def revised(checker: Checker, verb: str, by: Staff | None) -> None:
    newest = CheckerRevision.objects.filter(checker=checker).aggregate(newest=Max("number"))["newest"] or 0
    data = {"texts": checker.texts, "script": checker.script}
    CheckerRevision.objects.create(
        agency_id=checker.agency_id, checker=checker, number=newest + 1, by=by, verb=verb, data=data
    )
