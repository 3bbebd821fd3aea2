"""What those who ask teach us."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import Answer, Feedback, Miss, Synonym
from kesher.answers.services.answers import actor
from kesher.answers.services.search_index import lock_index
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.scope import current_agency_id
from kesher.language import LANGUAGES, mask, words

QUERY = 200


@transaction.atomic
def say_useful(answer: Answer, useful: bool, *, lang: str, door: str, query: str = "", comment: str = "") -> Feedback:
    """Keeps whether an answer helped, with the words that led to it and without who said so."""
    return Feedback.objects.create(
        agency_id=answer.agency_id, answer=answer, useful=useful, lang=lang[:2], door=door,
        query=mask(query.strip())[:QUERY], comment=mask(comment.strip())[:500],
    )  # fmt: skip


@transaction.atomic
def note_miss(text: str, lang: str) -> Miss | None:
    """Counts words for which nothing was found; what holds no word is not kept."""
    query = " ".join(words(mask(text)))[:QUERY]
    if not any(letter.isalpha() for letter in query):
        return None
    row, made = Miss.objects.get_or_create(agency_id=current_agency_id(), lang=lang[:2], query=query)
    if not made:
        Miss.objects.filter(pk=row.pk).update(times=F("times") + 1, last=timezone.now(), handled=False)
    return row


@transaction.atomic
def handle_miss(miss: Miss, *, by: Staff, answer: Answer | None = None) -> None:
    """Takes words off the editors' list: an answer was written, a synonym was added, or it was nothing."""
    miss.handled, miss.answer = True, answer
    miss.save(update_fields=["handled", "answer"])
    audit("answers.handle_miss", by=actor(by), subject=miss, answer=answer.slug if answer else "")


@transaction.atomic
def add_synonym(terms: Mapping[str, Sequence[str]], *, by: Staff | None) -> Synonym:
    """Takes words for one thing from now on. Raises Refused for fewer than two."""
    row = Synonym(agency_id=current_agency_id(), words=checked(terms))
    row.save()
    stamp_synonyms()
    audit("answers.add_synonym", by=actor(by), subject=row, words=row.words)
    return row


@transaction.atomic
def change_synonym(row: Synonym, terms: Mapping[str, Sequence[str]], *, by: Staff) -> None:
    row.words = checked(terms)
    row.save()
    stamp_synonyms()
    audit("answers.change_synonym", by=actor(by), subject=row, words=row.words)


@transaction.atomic
def drop_synonym(row: Synonym, *, by: Staff) -> None:
    audit("answers.drop_synonym", by=actor(by), subject=row, words=row.words)
    row.delete()
    stamp_synonyms()


def checked(terms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    kept = {
        lang: list(dict.fromkeys(term for raw in terms.get(lang, []) if (term := raw.strip()))) for lang in LANGUAGES
    }
    if sum(map(len, kept.values())) < 2:
        raise Refused(_("Please write two words at least that mean the same."))
    return {lang: several for lang, several in kept.items() if several}


def stamp_synonyms() -> None:
    """Tells every process that keeps the desk's synonyms in memory to read them again."""
    index = lock_index()
    index.synonyms = max(index.synonyms + 1, time.time_ns() // 1000)
    index.save(update_fields=["synonyms"])
