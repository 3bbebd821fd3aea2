"""Update the search index: add the words of published answers, remove those of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

import numpy as np
from django.db import transaction

from kesher.answers.fact_placeholders import Facts, all_facts, fill_words
from kesher.answers.language_fallback import LISTS
from kesher.answers.models import BLOCK, Answer, Posting, SearchIndex, SearchText, State, Word, WordKey
from kesher.answers.search.posting_codec import compute_impacts, encode_posting, set_impact
from kesher.answers.search.stopwords import is_stopword
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.language import word_keys, words

BATCH_ROWS = 2000
REBUILD_FROM = 50  # from so many changed answers on, rebuilding the index is faster
KEY_LENGTH = 34


def lock_index() -> SearchIndex:
    """Return the row of this agency's search index, created if missing, locked until the transaction ends."""
    SearchIndex.objects.get_or_create(agency_id=current_agency_id())
    return SearchIndex.objects.select_for_update().get(agency_id=current_agency_id())


@transaction.atomic
def index_answers(answers: Iterable[Answer]) -> None:
    """Update the search index for these answers: published ones are written, others removed."""
    index, facts = lock_index(), all_facts()
    for answer in answers:
        before = SearchText.objects.filter(pk=answer.pk).first()
        now = compute_word_weights(answer, facts) if answer.state == State.PUBLISHED else {}
        if before is None and not now:
            continue
        ids = get_or_create_words(now)
        update_postings(answer, before, {ids[word]: weight for word, weight in now.items()})
        if now:
            text = SearchText(
                agency_id=answer.agency_id,
                answer=answer,
                words=encode_ids(ids.values()),
                phrases=build_phrases(answer, facts),
            )
            text.save(force_insert=before is None)
        elif before is not None:
            before.delete()
        index.size += bool(now) - (before is not None)
        index.last = max(index.last, answer.pk)
    index.save()


def index_or_rebuild(answers: Sequence[Answer]) -> None:
    """Update the search index for these answers one by one, or rebuild all of it if they are many."""
    rebuild_index() if len(answers) > REBUILD_FROM else index_answers(answers)


def update_postings(answer: Answer, before: SearchText | None, weights: dict[int, int]) -> None:
    """Store how much each word says about an answer (``weights``) in the postings; remove it from old words."""
    block, place = divmod(answer.pk, BLOCK)
    gone = set(np.frombuffer(before.words, dtype="<u4").tolist()) if before else set()
    rows = {row.word_id: row for row in Posting.objects.filter(block=block, word_id__in=gone | set(weights))}
    fresh, touched = [], []
    for word in gone | set(weights):
        row = rows.get(word)
        data = set_impact(bytes(row.data) if row else b"", place, weights.get(word, 0))
        if row is None:
            fresh.append(Posting(agency_id=answer.agency_id, word_id=word, block=block, data=data))
        else:
            row.data = data
            touched.append(row)
    Posting.objects.bulk_create(fresh, batch_size=BATCH_ROWS)
    Posting.objects.bulk_update(touched, ["data"], batch_size=200)


def get_or_create_words(wanted: Iterable[str]) -> dict[str, int]:
    """Return {word: row id} of these index words; create the missing ones, with their spelling keys."""
    texts, agency_id = list(wanted), current_agency_id()
    found = dict(Word.objects.filter(text__in=texts).values_list("text", "pk"))
    fresh = [Word(agency_id=agency_id, text=text) for text in texts if text not in found]
    if fresh:
        made = Word.objects.bulk_create(fresh, batch_size=BATCH_ROWS)
        keys = [
            WordKey(agency_id=agency_id, key=key[:KEY_LENGTH], word_id=word.pk, text=word.text)
            for word in made
            for key in word_keys(word.text)
        ]
        WordKey.objects.bulk_create(keys, batch_size=BATCH_ROWS)
        found |= {word.text: word.pk for word in made}
    return found


@transaction.atomic
def rebuild_index(*, words_too: bool = False) -> int:
    """Rebuild this agency's whole search index, and return how many answers it has.

    With ``words_too`` the words and their keys, too: needed if `kesher.language` makes other keys than before.
    """
    index = lock_index()
    for model in (SearchText, Posting, *((WordKey, Word) if words_too else ())):
        model.objects.all().delete()
    index.size, index.last = 0, 0
    facts = all_facts()
    ids: dict[str, int] = {}
    for block, rows in iterate_blocks():
        texts = []
        weights: dict[int, dict[int, int]] = defaultdict(dict)
        for batch in batched(rows, 500):
            found = {answer.pk: compute_word_weights(answer, facts) for answer in batch}
            ids |= get_or_create_words({word for own in found.values() for word in own} - set(ids))
            for answer in batch:
                own = {ids[word]: weight for word, weight in found[answer.pk].items()}
                for word, weight in own.items():
                    weights[word][answer.pk % BLOCK] = weight
                texts.append(build_search_text(answer, own, facts))
        postings = (
            Posting(agency_id=index.agency_id, word_id=word, block=block, data=encode_posting(places))
            for word, places in weights.items()
        )
        for some in batched(postings, BATCH_ROWS):
            Posting.objects.bulk_create(some)
        for few in batched(texts, BATCH_ROWS):
            SearchText.objects.bulk_create(few)
        index.size += len(texts)
        index.last = max((row.pk for row in texts), default=index.last)
    index.save()
    audit("answers.rebuild", by=SYSTEM, subject=index, answers=index.size)
    return index.size


def iterate_blocks() -> Iterator[tuple[int, Iterator[Answer]]]:
    """Yield (block number, its published answers), in the order of the answers' ids."""
    published = Answer.objects.filter(state=State.PUBLISHED).select_related("topic")
    last = published.order_by("-pk").values_list("pk", flat=True).first() or 0
    first = published.order_by("pk").values_list("pk", flat=True).first() or 0
    for block in range(first // BLOCK, last // BLOCK + 1):
        rows = published.filter(pk__gte=block * BLOCK, pk__lt=(block + 1) * BLOCK).order_by("pk")
        yield block, rows.iterator(chunk_size=500)


def build_search_text(answer: Answer, own: dict[int, int], facts: Facts) -> SearchText:
    """Return an answer's unsaved `SearchText` row; ``own`` are the impacts of its words by word id."""
    return SearchText(
        agency_id=answer.agency_id, answer=answer, words=encode_ids(own), phrases=build_phrases(answer, facts)
    )


def encode_ids(ids: Iterable[int]) -> bytes:
    """Return the row ids as bytes, four for each, ascending."""
    return np.array(sorted(ids), dtype="<u4").tobytes()


def compute_word_weights(answer: Answer, facts: Facts) -> dict[str, int]:
    """Return {word: impact from 1 to 255} of an answer's words in all languages, without stopwords."""
    return {
        word: weight for word, weight in compute_impacts(iterate_fields(answer, facts)).items() if not is_stopword(word)
    }


def iterate_fields(answer: Answer, facts: Facts) -> Iterator[tuple[str, list[str]]]:
    """Yield (index field, its words) for each language of an answer."""
    for lang, raw in answer.texts.items():
        text = fill_words(raw, facts, lang)
        yield "question", words(text.get("question", ""))
        yield "short", words(text.get("short", ""))
        yield "hidden", words(", ".join(text.get("hidden", [])))
        rest = [text.get(name) for name in ("body", "steps", "bring", "cost", "time", "where", "who")]
        body = words("\n".join("\n".join(part) if isinstance(part, list) else part for part in rest if part))
        if body:
            yield "body", body
    for name in answer.topic.names.values() if answer.topic else ():
        yield "topic", words(name)


def build_phrases(answer: Answer, facts: Facts) -> str:
    """Return an answer's questions and hidden search terms in normalised spelling, one a line."""
    found: list[str] = []
    for lang, raw in answer.texts.items():
        text = fill_words({name: raw[name] for name in raw if name in ("question", "hidden")}, facts, lang)
        assert "hidden" in LISTS
        found += [text.get("question", ""), *text.get("hidden", [])]
    return "\n".join(dict.fromkeys(line for text in found if (line := " ".join(words(text)))))
