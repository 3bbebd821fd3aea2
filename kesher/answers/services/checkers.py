"""Create, change and publish eligibility checkers; each change is stored as a revision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.checker_rules import KEY, RESERVED, Part, list_parts
from kesher.answers.checker_validation import KnownNames, find_problems
from kesher.answers.fact_placeholders import all_facts, fact_numbers
from kesher.answers.models import Answer, AnswerTopic, Checker, CheckerRevision, State
from kesher.answers.services.answers import staff_actor
from kesher.answers.states import TRANSITIONS
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

PART_KINDS: Final = ("questions", "rules", "outcomes")
PARTS_MAX: Final = 40


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
    """Create a checker as a draft. Raise Refused if the slug is taken or it has no title."""
    if Checker.objects.filter(slug=slug).exists():
        raise Refused(_("There is a checker with this address already: %(slug)s.") % {"slug": slug})
    checker = Checker(
        slug=slug, topic=topic, texts=clean_titles(texts), script={name: [] for name in PART_KINDS} | dict(script or {})
    )
    checker.save()
    checker.answers.set(answers)
    append_checker_revision(checker, "create", by)
    audit("answers.create_checker", by=staff_actor(by), subject=checker, slug=slug)
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
    """Change a checker's title, introduction and topic, and the answers that link to it."""
    checker = lock_checker(checker)
    checker.texts, checker.topic = clean_titles(texts), topic
    checker.save()
    checker.answers.set(answers)
    append_checker_revision(checker, "change", by)
    audit("answers.change_checker", by=staff_actor(by), subject=checker)


@transaction.atomic
def set_part(checker: Checker, what: str, at: int | None, part: Part, *, by: Staff | None) -> None:
    """Replace a checker's question, rule or outcome at place ``at``, or append a new one (None).

    Raise Refused for an invalid or taken key, or if a published checker would have a path without an outcome.
    """
    checker = lock_checker(checker)
    rows = list_parts(checker.script, what)
    if what != "rules":
        check_key(part["key"], [row["key"] for place, row in enumerate(rows) if place != at])
    if at is None:
        if len(rows) >= PARTS_MAX:
            raise Refused(_("At most %(most)d of these.") % {"most": PARTS_MAX})
        rows.append(part)
    else:
        rows[at] = part
    replace_parts(checker, what, rows, "set_part", by)


@transaction.atomic
def drop_part(checker: Checker, what: str, at: int, *, by: Staff | None) -> None:
    """Remove the question, rule or outcome (``what``) at place ``at`` of a checker."""
    checker = lock_checker(checker)
    rows = list_parts(checker.script, what)
    del rows[at : at + 1]
    replace_parts(checker, what, rows, "drop_part", by)


@transaction.atomic
def move_part(checker: Checker, what: str, at: int, by_how_much: int, *, by: Staff | None) -> None:
    """Move a checker's question, rule or outcome up (-1) or down (1). The first rule that holds decides."""
    checker = lock_checker(checker)
    rows = list_parts(checker.script, what)
    to = at + by_how_much
    if 0 <= at < len(rows) and 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    replace_parts(checker, what, rows, "shift_part", by)


@transaction.atomic
def change_checker_state(checker: Checker, name: str, *, by: Staff | None) -> Checker:
    """Publish, submit, return or retire a checker (``name`` is the transition), and return it.

    ``name`` is that of the transition. Raise Refused if the state does not allow it, or with all problems that keep
    it from being published.
    """
    checker = lock_checker(checker)
    transition = TRANSITIONS[name]
    if checker.state not in transition.source:
        raise Refused(_("This checker is “%(state)s” now. Please look again.") % {"state": checker.get_state_display()})
    checker.state = transition.target
    check_publishable(checker)
    checker.save()
    append_checker_revision(checker, name, by)
    audit("answers.move_checker", by=staff_actor(by), subject=checker, move=name)
    return checker


@transaction.atomic
def restore_checker(checker: Checker, number: int, *, by: Staff | None) -> None:
    """Restore the texts and script of a checker's earlier revision, as a new one. The state stays."""
    checker = lock_checker(checker)
    found = CheckerRevision.objects.filter(checker=checker, number=number).first()
    if found is None:
        raise Refused(_("There is no such version."))
    checker.texts, checker.script = found.data["texts"], found.data["script"]
    check_publishable(checker)
    checker.save()
    append_checker_revision(checker, "restore", by)
    audit("answers.restore_checker", by=staff_actor(by), subject=checker, number=number)


def lock_checker(checker: Checker) -> Checker:
    """Return the checker read anew, its row locked until the transaction ends."""
    return Checker.objects.select_for_update().get(pk=checker.pk)


def replace_parts(checker: Checker, what: str, rows: list[Part], operation: str, by: Staff | None) -> None:
    """Save a checker's parts of one kind, with a revision and an audit entry."""
    checker.script = {**checker.script, what: rows}
    check_publishable(checker)
    checker.save()
    append_checker_revision(checker, operation, by)
    audit(f"answers.{operation}", by=staff_actor(by), subject=checker, what=what)


def check_publishable(checker: Checker) -> None:
    """Raise Refused if a published checker has problems, such as a path without an outcome."""
    if checker.state == State.PUBLISHED and (wrong := list_problems(checker)):
        raise Refused(" ".join(wrong))


def list_problems(checker: Checker) -> list[str]:
    """Return the problems that keep a checker from being published. Takes two database queries."""
    spoken = [lang for lang in checker.agency.languages if lang in LANGUAGES]
    facts, slugs = all_facts(), set(Answer.objects.published().values_list("slug", flat=True))
    return find_problems(checker.script, spoken, KnownNames(facts, fact_numbers(facts), slugs))


def check_key(key: str, taken: list[str]) -> None:
    """Raise Refused if a question's or outcome's key is invalid, reserved or among ``taken``."""
    if not re.fullmatch(KEY, key) or key in RESERVED:
        raise Refused(_("A short name has small Latin letters, digits and underscores: %(key)s.") % {"key": key})
    if key in taken:
        raise Refused(_("This short name is taken: %(key)s.") % {"key": key})


def clean_titles(texts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return a checker's titles and introductions by language, without empty ones. Raise Refused without a title."""
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


def append_checker_revision(checker: Checker, operation: str, by: Staff | None) -> None:
    """Append a revision with the checker's current texts and script to its history."""
    newest = CheckerRevision.objects.filter(checker=checker).aggregate(newest=Max("number"))["newest"] or 0
    data = {"texts": checker.texts, "script": checker.script}
    CheckerRevision.objects.create(
        agency_id=checker.agency_id, checker=checker, number=newest + 1, by=by, verb=operation, data=data
    )
