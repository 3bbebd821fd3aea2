"""Making, changing and publishing answers. Every change is a revision that can be brought back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, Team
from kesher.answers.language_fallback import SHORT, clean, facts_in
from kesher.answers.models import Answer, AnswerTopic, Fact, Revision, State
from kesher.answers.placeholders import all_facts, filled
from kesher.answers.services.search_index import index_answers
from kesher.answers.states import TRANSITIONS
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused

DATES = ("valid_from", "valid_to", "review")


@dataclass(frozen=True, slots=True)
class Written:
    """What an editor writes: the words in each language, and what belongs to all of them."""

    texts: Mapping[str, Mapping[str, Any]]
    topic: AnswerTopic | None = None
    owner: Team | None = None
    start_url: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    review: dt.date | None = None
    source: str = field(default="")


def actor(by: Staff | None) -> Actor:
    return Actor("staff", by.pk, "desk") if by else SYSTEM


@transaction.atomic
def create_answer(
    slug: str, written: Written, *, by: Staff | None, state: str = State.DRAFT, later: bool = False
) -> Answer:
    """A new answer; ``later``: the caller brings the index up to date. Raises Refused where its address is taken, or
    its words do not fit."""
    if Answer.objects.filter(slug=slug).exists():
        raise Refused(_("There is an answer with this address already: %(slug)s.") % {"slug": slug})
    answer = Answer(slug=slug, state=state)
    fill(answer, written)
    if state == State.PUBLISHED:
        check_ready(answer)
    answer.save()
    append_revision(answer, "create", by, changed=[])
    if not later:
        index_answers([answer])
    audit("answers.create", by=actor(by), subject=answer, slug=slug)
    return answer


@transaction.atomic
def change_answer(answer: Answer, written: Written, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Changes an answer and returns what changed (["he.short", …]); nothing is written where nothing did. ``seen``: the
    revision that the editor had before him; Refused where somebody was quicker, or where the words do not fit."""
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    before = snapshot(answer)
    fill(answer, written)
    if answer.state == State.PUBLISHED:
        check_ready(answer)
    changed = differences(before, snapshot(answer))
    if not changed:
        return []
    answer.save()
    append_revision(answer, "change", by, changed)
    index_answers([answer])
    audit("answers.change", by=actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def move_answer(answer: Answer, transition: str, *, by: Staff | None) -> Answer:
    """Submits, publishes, returns or retires. Raises Refused where it cannot move so from where it is."""
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    step = TRANSITIONS[transition]
    if answer.state not in step.source:
        raise Refused(_("This answer is “%(state)s” now. Please look again.") % {"state": answer.get_state_display()})
    if step.target == State.PUBLISHED:
        check_ready(answer)
    answer.state = step.target
    if step.target == State.RETIRED:
        answer.waiting = None  # what nobody reads any more has no change that waits; the history keeps the words
    answer.save()
    append_revision(answer, transition, by, changed=["state"])
    index_answers([answer])
    audit("answers.move", by=actor(by), subject=answer, move=transition)
    return answer


@transaction.atomic
def restore(answer: Answer, number: int, *, by: Staff | None) -> Answer:
    """Brings the words of an earlier revision back, as a new one. The state stays."""
    found = Revision.objects.filter(answer=answer, number=number).first()
    if found is None:
        raise Refused(_("There is no such version."))
    change_answer(answer, written_in(found.data, answer), by=by)
    audit("answers.restore", by=actor(by), subject=answer, number=number)
    return answer.again()


def written_in(data: Mapping[str, Any], answer: Answer) -> Written:
    """What a snapshot says. A topic or a team that is gone since leaves the answer where it stands now."""
    code, slug = data.get("topic", ""), data.get("owner", "")
    topic = AnswerTopic.objects.filter(code=code).first() or (answer.topic if code else None)
    owner = Team.objects.filter(slug=slug).first() or (answer.owner if slug else None)
    dates: dict[str, Any] = {name: parse_date(data.get(name) or "") for name in DATES}
    return Written(data["texts"], topic, owner, data.get("start_url", ""), **dates)


def check_seen(answer: Answer, seen: int | None) -> None:
    """``seen`` is the revision that an editor had before him; None where nobody looked. Raises Refused where there is
    a newer one."""
    if seen is not None and seen != newest_number(answer):
        raise Refused(
            _("Somebody changed this answer while you wrote. Your words are still here: look at theirs first.")
        )


def put(answer: Answer, written: Written) -> None:
    """Puts the words into the row, whatever they are."""
    answer.texts = clean(written.texts)
    answer.topic, answer.owner, answer.start_url = written.topic, written.owner, written.start_url
    answer.valid_from, answer.valid_to, answer.review = written.valid_from, written.valid_to, written.review
    answer.source = written.source or answer.source


def fill(answer: Answer, written: Written) -> None:
    """Puts the words into the row. Raises Refused where they do not fit."""
    put(answer, written)
    if not any(words.get("question") for words in answer.texts.values()):
        raise Refused(_("Please write the question, in one language at least."))
    if answer.valid_from and answer.valid_to and answer.valid_to < answer.valid_from:
        raise Refused(_("It cannot end before it begins."))
    check_facts_and_length(answer)


def check_facts_and_length(answer: Answer) -> None:
    """Facts must be stored, and with them a short answer must still be short."""
    names = facts_in(answer.texts)
    facts = all_facts(names) if names else {}
    if unknown := sorted(names - set(facts)):
        raise Refused(_("Nobody stored this fact: %(names)s.") % {"names": ", ".join(unknown)})
    for lang, words in answer.texts.items():
        length = len(filled(words.get("short", ""), facts, lang))
        if length > SHORT:
            raise Refused(
                _("The short answer (%(lang)s) has %(length)d characters; at most %(most)d.")
                % {"lang": lang, "length": length, "most": SHORT}
            )


def check_ready(answer: Answer) -> None:
    """What is published has a question with its short answer, in one language at least."""
    if not answer.languages:
        raise Refused(_("A published answer needs a question and a short answer, in one language at least."))


def snapshot(answer: Answer) -> dict[str, Any]:
    """Everything that an editor can change, as plain data."""
    return {
        "texts": answer.texts,
        "topic": answer.topic.code if answer.topic else "",
        "owner": answer.owner.slug if answer.owner else "",
        "start_url": answer.start_url,
        **{name: value.isoformat() if (value := getattr(answer, name)) else "" for name in DATES},
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which fields differ: "he.short" for words, "review" for what belongs to all languages."""
    found = [name for name in after if name != "texts" and before[name] != after[name]]
    for lang in {**before["texts"], **after["texts"]}:
        old, new = before["texts"].get(lang, {}), after["texts"].get(lang, {})
        found += [f"{lang}.{name}" for name in {**old, **new} if old.get(name) != new.get(name)]
    return sorted(found)


def newest_number(answer: Answer) -> int:
    return Revision.objects.filter(answer=answer).aggregate(newest=Max("number"))["newest"] or 0


def append_revision(answer: Answer, verb: str, by: Staff | None, changed: list[str]) -> Revision:
    """Appends a revision, and ties the answer to the facts that it uses."""
    answer.facts.set(Fact.objects.filter(name__in=facts_in(answer.texts)))
    return Revision.objects.create(
        agency_id=answer.agency_id, answer=answer, number=newest_number(answer) + 1, by=by, verb=verb,
        state=answer.state, data=snapshot(answer), changed=changed,
    )  # fmt: skip
