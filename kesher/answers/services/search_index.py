"""Keeping the index: what of an answer can be found, put in and taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

import numpy as np
from django.db import transaction

from kesher.answers.language_fallback import LISTS
from kesher.answers.models import BLOCK, Answer, Posting, SearchIndex, SearchText, State, Word, WordKey
from kesher.answers.placeholders import Facts, all_facts, filled_words
from kesher.answers.posting_codec import changed, impacts, packed
from kesher.answers.stopwords import is_empty
from kesher.core.audit import SYSTEM, audit
from kesher.core.scope import current_agency_id
from kesher.language import word_keys, words

ROWS = 2000
MANY = 50  # from here on the whole index is built anew: it is quicker
KEY = 34


def lock_index() -> SearchIndex:
    """The index of this agency, so that one change waits for another."""
    SearchIndex.objects.get_or_create(agency_id=current_agency_id())
    return SearchIndex.objects.select_for_update().get(agency_id=current_agency_id())


@transaction.atomic
def index_answers(answers: Iterable[Answer]) -> None:
    """Brings the index up to date with these answers: the published ones are found as they are now, others no more."""
    index, facts = lock_index(), all_facts()
    for answer in answers:
        before = SearchText.objects.filter(pk=answer.pk).first()
        now = weighed(answer, facts) if answer.state == State.PUBLISHED else {}
        if before is None and not now:
            continue
        ids = known_words(now)
        settle_postings(answer, before, {ids[word]: weight for word, weight in now.items()})
        if now:
            text = SearchText(
                agency_id=answer.agency_id,
                answer=answer,
                words=id_bytes(ids.values()),
                phrases=phrases_of(answer, facts),
            )
            text.save(force_insert=before is None)
        elif before is not None:
            before.delete()
        index.size += bool(now) - (before is not None)
        index.last = max(index.last, answer.pk)
    index.save()


def index_many(answers: Sequence[Answer]) -> None:
    """The same for as many as there may be."""
    rebuild() if len(answers) > MANY else index_answers(answers)


def settle_postings(answer: Answer, before: SearchText | None, weights: dict[int, int]) -> None:
    """Writes an answer's weights into the postings of its block, and takes out the words that it no longer has."""
    block, place = divmod(answer.pk, BLOCK)
    gone = set(np.frombuffer(before.words, dtype="<u4").tolist()) if before else set()
    rows = {row.word_id: row for row in Posting.objects.filter(block=block, word_id__in=gone | set(weights))}
    fresh, touched = [], []
    for word in gone | set(weights):
        row = rows.get(word)
        data = changed(bytes(row.data) if row else b"", place, weights.get(word, 0))
        if row is None:
            fresh.append(Posting(agency_id=answer.agency_id, word_id=word, block=block, data=data))
        else:
            row.data = data
            touched.append(row)
    Posting.objects.bulk_create(fresh, batch_size=ROWS)
    Posting.objects.bulk_update(touched, ["data"], batch_size=200)


def known_words(wanted: Iterable[str]) -> dict[str, int]:
    """The rows of these words: {word: id}. New ones are made, with their keys."""
    texts, agency_id = list(wanted), current_agency_id()
    found = dict(Word.objects.filter(text__in=texts).values_list("text", "pk"))
    fresh = [Word(agency_id=agency_id, text=text) for text in texts if text not in found]
    if fresh:
        made = Word.objects.bulk_create(fresh, batch_size=ROWS)
        keys = [
            WordKey(agency_id=agency_id, key=key[:KEY], word_id=word.pk, text=word.text)
            for word in made
            for key in word_keys(word.text)
        ]
        WordKey.objects.bulk_create(keys, batch_size=ROWS)
        found |= {word.text: word.pk for word in made}
    return found


@transaction.atomic
def rebuild(*, words_too: bool = False) -> int:
    """The whole index anew, block by block; returns how many answers are in it. ``words_too``: the vocabulary as well,
    which is needed where `kesher.language` makes other keys than it did."""
    index = lock_index()
    for model in (SearchText, Posting, *((WordKey, Word) if words_too else ())):
        model.objects.all().delete()
    index.size, index.last = 0, 0
    facts = all_facts()
    ids: dict[str, int] = {}
    for block, rows in blocks():
        texts = []
        weights: dict[int, dict[int, int]] = defaultdict(dict)
        for batch in batched(rows, 500):
            found = {answer.pk: weighed(answer, facts) for answer in batch}
            ids |= known_words({word for own in found.values() for word in own} - set(ids))
            for answer in batch:
                own = {ids[word]: weight for word, weight in found[answer.pk].items()}
                for word, weight in own.items():
                    weights[word][answer.pk % BLOCK] = weight
                texts.append(text_row(answer, own, facts))
        postings = (
            Posting(agency_id=index.agency_id, word_id=word, block=block, data=packed(places))
            for word, places in weights.items()
        )
        for some in batched(postings, ROWS):
            Posting.objects.bulk_create(some)
        for few in batched(texts, ROWS):
            SearchText.objects.bulk_create(few)
        index.size += len(texts)
        index.last = max((row.pk for row in texts), default=index.last)
    index.save()
    audit("answers.rebuild", by=SYSTEM, subject=index, answers=index.size)
    return index.size


def blocks() -> Iterator[tuple[int, Iterator[Answer]]]:
    """The published answers, a block of ids at a time."""
    published = Answer.objects.filter(state=State.PUBLISHED).select_related("topic")
    last = published.order_by("-pk").values_list("pk", flat=True).first() or 0
    first = published.order_by("pk").values_list("pk", flat=True).first() or 0
    for block in range(first // BLOCK, last // BLOCK + 1):
        rows = published.filter(pk__gte=block * BLOCK, pk__lt=(block + 1) * BLOCK).order_by("pk")
        yield block, rows.iterator(chunk_size=500)


def text_row(answer: Answer, own: dict[int, int], facts: Facts) -> SearchText:
    return SearchText(agency_id=answer.agency_id, answer=answer, words=id_bytes(own), phrases=phrases_of(answer, facts))


def id_bytes(ids: Iterable[int]) -> bytes:
    return np.array(sorted(ids), dtype="<u4").tobytes()


def weighed(answer: Answer, facts: Facts) -> dict[str, int]:
    """The words of an answer and how much each says about it."""
    return {word: weight for word, weight in impacts(fields_of(answer, facts)).items() if not is_empty(word)}


def fields_of(answer: Answer, facts: Facts) -> Iterator[tuple[str, list[str]]]:
    """(field as the index knows it, its words), for each language."""
    for lang, raw in answer.texts.items():
        text = filled_words(raw, facts, lang)
        yield "question", words(text.get("question", ""))
        yield "short", words(text.get("short", ""))
        yield "hidden", words(", ".join(text.get("hidden", [])))
        rest = [text.get(name) for name in ("body", "steps", "bring", "cost", "time", "where", "who")]
        body = words("\n".join("\n".join(part) if isinstance(part, list) else part for part in rest if part))
        if body:
            yield "body", body
    for name in answer.topic.names.values() if answer.topic else ():
        yield "topic", words(name)


def phrases_of(answer: Answer, facts: Facts) -> str:
    """The questions and hidden terms in one spelling, one a line."""
    found: list[str] = []
    for lang, raw in answer.texts.items():
        text = filled_words({name: raw[name] for name in raw if name in ("question", "hidden")}, facts, lang)
        assert "hidden" in LISTS
        found += [text.get("question", ""), *text.get("hidden", [])]
    return "\n".join(dict.fromkeys(line for text in found if (line := " ".join(words(text)))))
