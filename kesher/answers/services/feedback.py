"""Store readers' feedback, count queries that found no answer, and edit the search synonyms."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.models import Answer, Feedback, Miss, Synonym
from kesher.answers.services.answers import staff_actor
from kesher.answers.services.search_index import lock_index
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.prepared_query import Prepared
from kesher.core.errors import Refused
from kesher.language import LANGUAGES, mask, words

QUERY_LENGTH_MAX = 200


@transaction.atomic
def record_feedback(
    answer: Answer, useful: bool, *, lang: str, door: str, query: str = "", comment: str = ""
) -> Feedback:
    """Record whether an answer was useful, with the masked query, and without who said so."""
    return Feedback.objects.create(
        agency_id=answer.agency_id, answer=answer, useful=useful, lang=lang[:2], door=door,
        query=mask(query.strip())[:QUERY_LENGTH_MAX], comment=mask(comment.strip())[:500],
    )  # fmt: skip


@transaction.atomic(savepoint=False)
def record_miss(text: str, lang: str) -> Miss | None:
    """Count a query that found nothing, and return its row; None, and nothing stored, if it has no letters."""
    query = " ".join(words(mask(text)))[:QUERY_LENGTH_MAX]
    if not any(letter.isalpha() for letter in query):
        return None
    known = query_misses(lang[:2], query)
    if not known:
        row, made = Miss.objects.get_or_create(agency_id=current_agency_id(), lang=lang[:2], query=query)
        if made:
            return row
        known = [row]
    Miss.objects.filter(pk=known[0].pk).update(times=F("times") + 1, last=timezone.now(), handled=False)
    return known[0]


@Prepared.of(str, str)
def query_misses(lang: str, query: str) -> QuerySet[Miss]:
    """Return a queryset of the row of a query that found nothing."""
    return Miss.objects.filter(lang=lang, query=query)


@transaction.atomic
def handle_miss(miss: Miss, *, by: Staff, answer: Answer | None = None) -> None:
    """Take a query off the editors' list of misses; ``answer`` is the one that answers it, if any."""
    miss.handled, miss.answer = True, answer
    miss.save(update_fields=["handled", "answer"])
    audit("answers.handle_miss", by=staff_actor(by), subject=miss, answer=answer.slug if answer else "")


@transaction.atomic
def add_synonym(terms: Mapping[str, Sequence[str]], *, by: Staff | None) -> Synonym:
    """Create a group of words that mean the same, by language. Raise Refused for fewer than two."""
    row = Synonym(agency_id=current_agency_id(), words=clean_terms(terms))
    row.save()
    mark_synonyms_changed()
    audit("answers.add_synonym", by=staff_actor(by), subject=row, words=row.words)
    return row


@transaction.atomic
def change_synonym(row: Synonym, terms: Mapping[str, Sequence[str]], *, by: Staff) -> None:
    """Replace the words of a group of synonyms by these. Raise Refused for fewer than two."""
    row.words = clean_terms(terms)
    row.save()
    mark_synonyms_changed()
    audit("answers.change_synonym", by=staff_actor(by), subject=row, words=row.words)


@transaction.atomic
def drop_synonym(row: Synonym, *, by: Staff) -> None:
    """Delete a group of synonyms."""
    audit("answers.drop_synonym", by=staff_actor(by), subject=row, words=row.words)
    row.delete()
    mark_synonyms_changed()


def clean_terms(terms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return a synonym group's words by language, stripped, each once. Raise Refused for fewer than two."""
    kept = {
        lang: list(dict.fromkeys(term for raw in terms.get(lang, []) if (term := raw.strip()))) for lang in LANGUAGES
    }
    if sum(map(len, kept.values())) < 2:
        raise Refused(_("Please write two words at least that mean the same."))
    return {lang: several for lang, several in kept.items() if several}


def mark_synonyms_changed() -> None:
    """Bump the agency's synonym stamp, so that every process reads the synonyms anew."""
    index = lock_index()
    index.synonyms = max(index.synonyms + 1, time.time_ns() // 1000)
    index.save(update_fields=["synonyms"])
