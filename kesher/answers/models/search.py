"""The index: the words of published answers, the keys by which a word is found, and in which answers it stands.

Plain tables, the same on every database (docs/adr/0010). A posting row holds the answers of one word within
one block of answers, as bytes: see `posting_codec.py`.
"""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.answers.models.content import Answer
from kesher.core.scope import Scoped, ScopedManager

# Answers in a block: a change rewrites the rows of one block only, and an answer's place in it fits two bytes.
BLOCK = 16384


class SearchIndex(AgencyOwned):
    """One row a body: how many answers are in the index. Whoever changes the index locks it."""

    size = models.PositiveIntegerField(default=0)
    last = models.PositiveBigIntegerField(default=0)  # the highest answer id that was ever in it
    synonyms = models.PositiveBigIntegerField(default=0)  # when one last changed, in microseconds; 0: there are none

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency"], name="search_index_once")]

    def __str__(self) -> str:
        return str(self.size)


class Word(AgencyOwned):
    """A word of some answer, in one spelling."""

    text = models.CharField(max_length=30)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "text"], name="answer_word_once")]

    def __str__(self) -> str:
        return self.text


class WordKey(Scoped):
    """A key under which a word is found (`kesher.language.word_keys`). Plain columns, and the word's text once more:
    there are ten rows a word, and a question reads hundreds."""

    agency_id = models.BigIntegerField()
    key = models.CharField(max_length=34)
    word_id = models.BigIntegerField()
    text = models.CharField(max_length=30)

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        indexes = [models.Index(fields=["agency_id", "key"], name="answer_word_key")]

    def __str__(self) -> str:
        return self.key


class Posting(Scoped):
    """The answers of one block in which a word stands, with how much it says there."""

    agency_id = models.BigIntegerField()
    word_id = models.BigIntegerField()
    block = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        constraints = [models.UniqueConstraint(fields=["word_id", "block"], name="posting_once")]

    def __str__(self) -> str:
        return f"{self.word_id} {self.block}"


class SearchText(Scoped):
    """What of an answer is in the index: its words (ids, to take them out again), and its question and hidden terms
    in one spelling, by which the best answers are put in order. It has no index but its key, and answers are read
    through it: SQLite without statistics would rather walk through all rows of an agency than fetch a few by key."""

    agency_id = models.BigIntegerField()
    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, primary_key=True, related_name="searched")
    words = models.BinaryField()
    phrases = models.TextField()  # one a line

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        pass

    def __str__(self) -> str:
        return str(self.pk)
