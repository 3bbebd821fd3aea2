"""Create, change and publish answers; each change is stored as a revision that can be restored."""

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
from kesher.answers.fact_placeholders import all_facts, fill_facts
from kesher.answers.language_fallback import SHORT, clean_texts, find_fact_names
from kesher.answers.models import Answer, AnswerTopic, Fact, Revision, State
from kesher.answers.services.search_index import index_answers
from kesher.answers.states import TRANSITIONS
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused

DATES = ("valid_from", "valid_to", "review")


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """What an editor writes: the texts in each language, and the values that all languages share."""

    texts: Mapping[str, Mapping[str, Any]]
    topic: AnswerTopic | None = None
    owner: Team | None = None
    start_url: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    review: dt.date | None = None
    source: str = field(default="")


def staff_actor(by: Staff | None) -> Actor:
    """Return the audit's actor for a member of staff, or for the system if None."""
    return Actor("staff", by.pk, "desk") if by else SYSTEM


@transaction.atomic
def create_answer(
    slug: str, written: AnswerContent, *, by: Staff | None, state: str = State.DRAFT, later: bool = False
) -> Answer:
    """Create an answer with its first revision, and add it to the search index.

    With ``later`` the caller brings the index up to date. Raise Refused if the slug is taken or the texts are invalid.
    """
    if Answer.objects.filter(slug=slug).exists():
        raise Refused(_("There is an answer with this address already: %(slug)s.") % {"slug": slug})
    answer = Answer(slug=slug, state=state)
    assign_checked_content(answer, written)
    if state == State.PUBLISHED:
        check_ready(answer)
    answer.save()
    append_revision(answer, "create", by, changed=[])
    if not later:
        index_answers([answer])
    audit("answers.create", by=staff_actor(by), subject=answer, slug=slug)
    return answer


@transaction.atomic
def change_answer(answer: Answer, written: AnswerContent, *, by: Staff | None, seen: int | None = None) -> list[str]:
    """Change an answer's content, and return the changed fields (["he.short", …]); write nothing if none.

    ``seen`` is the revision that the editor saw. Raise Refused if there is a newer one, or if the texts are invalid.
    """
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    check_seen(answer, seen)
    before = snapshot(answer)
    assign_checked_content(answer, written)
    if answer.state == State.PUBLISHED:
        check_ready(answer)
    changed = list_changed_fields(before, snapshot(answer))
    if not changed:
        return []
    answer.save()
    append_revision(answer, "change", by, changed)
    index_answers([answer])
    audit("answers.change", by=staff_actor(by), subject=answer, changed=changed)
    return changed


@transaction.atomic
def change_answer_state(answer: Answer, name: str, *, by: Staff | None) -> Answer:
    """Submit, publish, return or retire an answer (``name`` is the transition), and return it.

    ``name`` is that of the transition. Raise Refused if the answer's state does not allow it.
    """
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    transition = TRANSITIONS[name]
    if answer.state not in transition.source:
        raise Refused(_("This answer is “%(state)s” now. Please look again.") % {"state": answer.get_state_display()})
    if transition.target == State.PUBLISHED:
        check_ready(answer)
    answer.state = transition.target
    if transition.target == State.RETIRED:
        answer.waiting = None  # a retired answer has no waiting change; the history keeps its texts
    answer.save()
    append_revision(answer, name, by, changed=["state"])
    index_answers([answer])
    audit("answers.move", by=staff_actor(by), subject=answer, move=name)
    return answer


@transaction.atomic
def restore_answer(answer: Answer, number: int, *, by: Staff | None) -> Answer:
    """Restore the texts of an answer's earlier revision ``number``, as a new one. The state stays."""
    found = Revision.objects.filter(answer=answer, number=number).first()
    if found is None:
        raise Refused(_("There is no such version."))
    change_answer(answer, content_from_snapshot(found.data, answer), by=by)
    audit("answers.restore", by=staff_actor(by), subject=answer, number=number)
    return answer.again()


def content_from_snapshot(data: Mapping[str, Any], answer: Answer) -> AnswerContent:
    """Return the editable content that a revision's snapshot holds.

    If its topic or team no longer exists, the answer keeps the one it has now.
    """
    code, slug = data.get("topic", ""), data.get("owner", "")
    topic = AnswerTopic.objects.filter(code=code).first() or (answer.topic if code else None)
    owner = Team.objects.filter(slug=slug).first() or (answer.owner if slug else None)
    dates: dict[str, Any] = {name: parse_date(data.get(name) or "") for name in DATES}
    return AnswerContent(data["texts"], topic, owner, data.get("start_url", ""), **dates)


def check_seen(answer: Answer, seen: int | None) -> None:
    """Raise Refused if the answer has a newer revision than the one the editor saw (None: no check)."""
    if seen is not None and seen != newest_revision_number(answer):
        raise Refused(
            _("Somebody changed this answer while you wrote. Your words are still here: look at theirs first.")
        )


def assign_content(answer: Answer, written: AnswerContent) -> None:
    """Assign the written content to the answer's fields, without checks and without saving."""
    answer.texts = clean_texts(written.texts)
    answer.topic, answer.owner, answer.start_url = written.topic, written.owner, written.start_url
    answer.valid_from, answer.valid_to, answer.review = written.valid_from, written.valid_to, written.review
    answer.source = written.source or answer.source


def assign_checked_content(answer: Answer, written: AnswerContent) -> None:
    """Assign the written content to the answer's fields, not saved. Raise Refused if it is invalid."""
    assign_content(answer, written)
    if not any(words.get("question") for words in answer.texts.values()):
        raise Refused(_("Please write the question, in one language at least."))
    if answer.valid_from and answer.valid_to and answer.valid_to < answer.valid_from:
        raise Refused(_("It cannot end before it begins."))
    check_facts_and_length(answer)


def check_facts_and_length(answer: Answer) -> None:
    """Raise Refused if a text uses an unknown fact, or a short answer is too long with its facts."""
    names = find_fact_names(answer.texts)
    facts = all_facts(names) if names else {}
    if unknown := sorted(names - set(facts)):
        raise Refused(_("Nobody stored this fact: %(names)s.") % {"names": ", ".join(unknown)})
    for lang, words in answer.texts.items():
        length = len(fill_facts(words.get("short", ""), facts, lang))
        if length > SHORT:
            raise Refused(
                _("The short answer (%(lang)s) has %(length)d characters; at most %(most)d.")
                % {"lang": lang, "length": length, "most": SHORT}
            )


def check_ready(answer: Answer) -> None:
    """Raise Refused unless the answer has both a question and a short answer in one language."""
    if not answer.languages:
        raise Refused(_("A published answer needs a question and a short answer, in one language at least."))


def snapshot(answer: Answer) -> dict[str, Any]:
    """Return all that editors can change of an answer, as plain data for a revision."""
    return {
        "texts": answer.texts,
        "topic": answer.topic.code if answer.topic else "",
        "owner": answer.owner.slug if answer.owner else "",
        "start_url": answer.start_url,
        **{name: value.isoformat() if (value := getattr(answer, name)) else "" for name in DATES},
    }


def list_changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that differ: "he.short" for a text, "review" for a shared value."""
    found = [name for name in after if name != "texts" and before[name] != after[name]]
    for lang in {**before["texts"], **after["texts"]}:
        old, new = before["texts"].get(lang, {}), after["texts"].get(lang, {})
        found += [f"{lang}.{name}" for name in {**old, **new} if old.get(name) != new.get(name)]
    return sorted(found)


def newest_revision_number(answer: Answer) -> int:
    """Return the number of an answer's newest revision, 0 if there is none."""
    return Revision.objects.filter(answer=answer).aggregate(newest=Max("number"))["newest"] or 0


def append_revision(answer: Answer, operation: str, by: Staff | None, changed: list[str]) -> Revision:
    """Append a revision with the answer's current content, and link the answer to the facts it uses."""
    answer.facts.set(Fact.objects.filter(name__in=find_fact_names(answer.texts)))
    return Revision.objects.create(
        agency_id=answer.agency_id, answer=answer, number=newest_revision_number(answer) + 1, by=by, verb=operation,
        state=answer.state, data=snapshot(answer), changed=changed,
    )  # fmt: skip
