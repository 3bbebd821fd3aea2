"""Add the teams, topics and ready answers with which a kind of agency begins, and take back what nothing uses.

The sets are YAML files in `data/starter_sets`, with texts in four languages. What an agency has under the same code is
never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import models, transaction
from django.db.models import Max, ProtectedError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency, PublicText, Staff, Team
from kesher.agencies.services import add_public_texts, list_public_texts
from kesher.cases.models import ReadyAnswer, Topic
from kesher.core.audit import Actor, audit
from kesher.core.live.live_events import publish

STARTER_SETS: Final[dict[str, Promise]] = {"municipality": _("A municipality"), "ministry": _("A ministry")}
FOLDER = Path(__file__).parent.parent / "data" / "starter_sets"
Row = dict[str, Any]
type Outcome = tuple[str, str, bool]  # code, title, whether it was deleted
# What a topic has where its row is silent.
DEFAULTS: Final[Row] = {"reportable": False, "needs_place": True, "synonyms": {}, "is_active": True}


@dataclass(frozen=True, slots=True)
class StarterSet:
    """The content of a set: teams ({slug: names}), topics (columns of `Topic`, ``team`` as slug), answers, texts."""

    teams: dict[str, dict[str, str]]
    topics: list[Row]
    ready_answers: list[Row]
    public_texts: dict[str, dict[str, str]]  # {kind: {language: text}}


@cache
def read_starter_set(name: str) -> StarterSet:
    """Return the starter set of this name, one of `STARTER_SETS`."""
    data = read_yaml(name)
    texts = read_yaml("public_texts")
    public_texts = {"rules": texts["rules"], "charter": texts["charter"][name]}
    public_texts = {kind: {lang: text.strip() for lang, text in words.items()} for kind, words in public_texts.items()}
    return StarterSet(data["teams"], data["topics"], read_yaml("ready_answers"), public_texts)


def read_yaml(name: str) -> Any:
    """Return the content of a file of the sets."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_bytes())


@transaction.atomic
def add_starter_set(name: str, agency: Agency, *, staff: Staff) -> dict[str, int]:
    """Create what the agency does not have of a starter set; return how many teams, topics and answers were made."""
    content = read_starter_set(name)
    Agency.objects.select_for_update().get(pk=agency.pk)  # of two who press at once, the second finds it all here
    teams = {team.slug: team for team in Team.objects.all()}
    new_teams = Team.objects.bulk_create(
        Team(agency=agency, slug=slug, names=names) for slug, names in content.teams.items() if slug not in teams
    )
    teams |= {team.slug: team for team in new_teams}
    topics = create_missing_topics(agency, content.topics, teams)
    answers_here = ReadyAnswer.objects.all()
    known, known_texts = {row.name for row in answers_here}, [row.texts for row in answers_here]
    answers = ReadyAnswer.objects.bulk_create(
        ReadyAnswer(agency=agency, name=row["names"][agency.spoken[0]], texts=row["texts"])
        for row in content.ready_answers
        if row["names"][agency.spoken[0]] not in known and row["texts"] not in known_texts
    )
    by = Actor("staff", staff.pk, "desk")
    offered = {kind: {lang: words[lang] for lang in agency.spoken} for kind, words in content.public_texts.items()}
    texts = add_public_texts(agency, offered, by=by)
    added = {"topics": len(topics), "teams": len(new_teams), "answers": len(answers), "texts": texts}
    audit("cases.add_starter_set", by=by, subject=None, name=name, **added)
    publish("cases")
    return added


def create_missing_topics(agency: Agency, rows: Iterable[Row], teams: dict[str, Team]) -> list[Topic]:
    """Create the topics whose code the agency does not have, behind its own, and return them."""
    known = set(Topic.objects.values_list("code", flat=True))
    last = Topic.objects.aggregate(last=Max("order"))["last"] or 0
    return Topic.objects.bulk_create(
        Topic(agency=agency, team=teams[row["team"]], order=last + number, **columns(row))
        for number, row in enumerate(rows, 1)
        if row["code"] not in known
    )


def columns(row: Row) -> Row:
    """Return a topic's row without its team."""
    return {name: value for name, value in row.items() if name != "team"}


def holds_starter_set(name: str) -> bool:
    """Return whether something of the set's topics is here as it was added."""
    rows = {row["code"]: row for row in read_starter_set(name).topics}
    here = Topic.objects.filter(code__in=rows).select_related("team")
    return any(is_as_added(topic, rows[topic.code]) for topic in here)


def is_as_added(topic: Topic, row: Row) -> bool:
    """Return whether nobody changed a topic since it was added."""
    added = {**DEFAULTS, **columns(row)}
    same_team = topic.team is not None and topic.team.slug == row["team"]
    return same_team and all(getattr(topic, name) == value for name, value in added.items())


@transaction.atomic
def remove_starter_set(name: str, *, staff: Staff) -> tuple[int, int]:
    """Delete what is here of a starter set as it was added and in no use; return (how many were deleted, were kept)."""
    outcomes = delete_set(name)
    list_public_texts(staff.agency)
    taken = [code for code, _title, was_deleted in outcomes if was_deleted]
    audit("cases.remove_starter_set", by=Actor("staff", staff.pk, "desk"), subject=None, name=name, taken=taken)
    publish("cases")
    return len(taken), len(outcomes) - len(taken)


def find_removable(name: str) -> list[str]:
    """Return the titles of what `remove_starter_set` would delete now."""
    with transaction.atomic():
        outcomes = delete_set(name)
        transaction.set_rollback(True)
    return [title for _code, title, was_deleted in outcomes if was_deleted]


def delete_set(name: str) -> list[Outcome]:
    """Delete what is unchanged and unused of a set, except what another set that is here has as well."""
    content = read_starter_set(name)
    others = [read_starter_set(other) for other in STARTER_SETS if other != name and holds_more(other, than=name)]
    rows = {row["code"]: row for row in content.topics}
    texts = [] if others else [row["texts"] for row in content.ready_answers]  # all sets have the same
    codes = rows.keys() - {row["code"] for other in others for row in other.topics}
    kept_kinds = [PublicText.Kind.RULES] if others else []  # all sets have the same
    slugs = content.teams.keys() - {slug for other in others for slug in other.teams}
    return [
        *delete_unused((row for row in ReadyAnswer.objects.all() if row.texts in texts), lambda row: True),
        *delete_unused(
            Topic.objects.filter(code__in=codes).select_related("team"), lambda row: is_as_added(row, rows[row.code])
        ),
        *delete_unused(
            Team.objects.filter(slug__in=slugs),
            lambda row: row.names == content.teams[row.slug] and not row.topics.exists() and not row.members.exists(),
        ),
        *delete_unused(
            (row for row in PublicText.objects.exclude(kind__in=kept_kinds) if is_text_as_added(row, content)),
            lambda row: True,
        ),
    ]


def holds_more(name: str, *, than: str) -> bool:
    """Return whether a topic of the set is here as it was added that the set ``than`` does not have."""
    shared = {row["code"] for row in read_starter_set(than).topics}
    rows = {row["code"]: row for row in read_starter_set(name).topics if row["code"] not in shared}
    here = Topic.objects.filter(code__in=rows).select_related("team")
    return any(is_as_added(topic, rows[topic.code]) for topic in here)


def is_text_as_added(row: PublicText, content: StarterSet) -> bool:
    """Return whether nobody changed a public text since it was added in the agency's languages."""
    return bool(row.texts) and row.texts.items() <= content.public_texts.get(row.kind, {}).items()


def delete_unused(rows: Iterable[models.Model], is_ours: Callable[[Any], bool]) -> list[Outcome]:
    """Delete the rows that are a set's own and that nothing uses; return what became of each."""
    outcomes = []
    for row in rows:
        code, was_deleted = str(getattr(row, "code", "") or getattr(row, "slug", "") or row.pk), is_ours(row)
        if was_deleted:
            try:
                with transaction.atomic():
                    row.delete()
            except ProtectedError:
                was_deleted = False
        outcomes.append((code, str(row), was_deleted))
    return outcomes
