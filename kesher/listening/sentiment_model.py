"""Learn from a team's own labels how a text is meant, and say how sure that is.

The model is a linear support vector machine on parts of words, which carry most of the grammar of Hebrew and Arabic.
Its confidence is fitted to labels that were held back, and below a limit, fitted in the same way, it is *unsure*.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.svm import LinearSVC

from kesher.listening.labelled_texts import FOLDS, POINTS, LabelledText, fold_of
from kesher.listening.post_language import post_language
from kesher.listening.sentiment_label import Sentiment

COST: Final = 0.2  # of an error in training, against the size of the weights
PARTS: Final = (1, 6)  # letters in a part of a word
LINK: Final = re.compile(r"https?://\S+|www\.\S+")
STRETCHED: Final = re.compile(r"(.)\1{3,}")  # "sooooo"
RIGHT_ENOUGH: Final = 2 / 3  # of the held-back texts with a confidence at the limit
TEMPERATURES: Final = np.geomspace(0.05, 5.0, 40)
LABELS_LEAST, EACH_LEAST = 2, 2
type Held = tuple[str, np.ndarray]  # the label of a text that was held back, and its scores


class TooFewTexts(Exception):
    """Labels from which nothing can be learned; the message says why."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How a model did on labels that were held back from it: the means over the folds."""

    accuracy: float
    macro_f1: float
    folds: int


@dataclass(frozen=True)
class SentimentModel:
    """A trained model.

    ``weights`` has a row for each label and a column for each part of a word; ``offsets`` a number for each label.
    ``temperature`` divides the scores before they become a confidence, below ``limit`` of which the model is unsure,
    as it is of every text in a language that is not among ``languages``: those of its texts.
    """

    labels: tuple[str, ...]
    parts: tuple[str, ...]
    rarity: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    temperature: float = 1.0
    limit: float = 0.0
    languages: tuple[str, ...] = ()

    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        """Return the sentiment of each text."""
        certainty = confidences(self.scores(texts), self.temperature)
        found = zip(texts, certainty.argmax(axis=1), certainty.max(axis=1), strict=True)
        return [Sentiment(self.labels[at], float(sure), self.is_unsure(text, float(sure))) for text, at, sure in found]

    def is_unsure(self, text: str, confidence: float) -> bool:
        """Return whether a person should look before the label of a text counts."""
        return confidence < self.limit or post_language(text) not in self.languages

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Return a score for each text (rows) and label (columns)."""
        vectors = self.vectorizer.transform([plain_text(text) for text in texts])
        return np.asarray(vectors @ self.weights.T + self.offsets)

    @cached_property
    def vectorizer(self) -> TfidfVectorizer:
        """Return the reader of texts."""
        found = make_vectorizer(vocabulary={part: at for at, part in enumerate(self.parts)})
        found.idf_ = self.rarity
        return found


def plain_text(text: str) -> str:
    """Return a text as the model reads it: without vowel points and capitals, links as one word, no letter 4 times."""
    plain = unicodedata.normalize("NFKC", text).translate(POINTS)
    return STRETCHED.sub(r"\1\1\1", LINK.sub(" URL ", plain)).lower()


def make_vectorizer(**given: Any) -> TfidfVectorizer:
    """Return a reader of texts that counts parts of words, rare ones more."""
    return TfidfVectorizer(analyzer="char_wb", ngram_range=PARTS, sublinear_tf=True, **given)


def confidences(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probability of each label (columns) for each text (rows)."""
    scaled = scores / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_model(rows: Sequence[LabelledText]) -> SentimentModel:
    """Return a model of these texts, not calibrated yet. Raise TooFewTexts."""
    given = [row.label for row in rows]
    labels = tuple(sorted(set(given)))
    short = [label for label in labels if given.count(label) < EACH_LEAST]
    if len(labels) < LABELS_LEAST or short:
        found = f"Too few with {', '.join(map(repr, short))}." if short else f"Found: {', '.join(labels) or 'none'}."
        raise TooFewTexts(f"Training needs at least two labels, each with two different texts. {found}")
    least = 2 if len(rows) >= 200 else 1  # a part of one text only says little, but of fifty texts all is said once
    reader = make_vectorizer(min_df=least)
    vectors = reader.fit_transform([plain_text(row.text) for row in rows])
    machine = LinearSVC(C=COST, class_weight="balanced", random_state=0).fit(vectors, given)
    weights, offsets = machine.coef_, machine.intercept_
    if len(labels) == LABELS_LEAST:  # one score, that of the second label against the first
        weights, offsets = np.vstack([-weights, weights]) / 2, np.array([-offsets[0], offsets[0]]) / 2
    parts = tuple(str(part) for part in reader.get_feature_names_out())
    return SentimentModel(labels, parts, reader.idf_, weights, offsets)


def languages_of(rows: Sequence[LabelledText]) -> tuple[str, ...]:
    """Return the languages of at least a twentieth of the texts."""
    counts = Counter(post_language(row.text) for row in rows)
    return tuple(sorted(language for language, count in counts.items() if count >= len(rows) / 20))


def train_sentiment(rows: dict[str, LabelledText]) -> tuple[SentimentModel, Scores, float]:
    """Return a calibrated model of distinct texts by key, its scores on held-back folds, and the seconds of training.

    Raise TooFewTexts.
    """
    began = time.perf_counter()
    model = fit_model(list(rows.values()))
    took = time.perf_counter() - began
    held, scores = hold_back(rows, model.labels)
    temperature, limit = calibrate(held, model.labels)
    languages = languages_of(list(rows.values()))
    return replace(model, temperature=temperature, limit=limit, languages=languages), scores, took


def hold_back(rows: dict[str, LabelledText], labels: tuple[str, ...]) -> tuple[list[Held], Scores]:
    """Return every text's label and scores by a model that has not seen its fold, and the means over the folds."""
    numbered = [(fold_of(key), row) for key, row in rows.items()]
    return score_folds(numbered, labels)


def score_folds(rows: Sequence[tuple[int, LabelledText]], labels: tuple[str, ...]) -> tuple[list[Held], Scores]:
    """Return the same for texts with the number of their fold. Raise TooFewTexts where no fold can be held back."""
    held: list[Held] = []
    accuracies, macros = [], []
    for fold in range(FOLDS):
        test = [row for number, row in rows if number == fold]
        try:
            model = fit_model([row for number, row in rows if number != fold])
        except TooFewTexts:
            continue
        if not test or model.labels != labels:
            continue
        scores = model.scores([row.text for row in test])
        truth, found = [row.label for row in test], [labels[at] for at in scores.argmax(axis=1)]
        accuracies.append(float(accuracy_score(truth, found)))
        macros.append(float(f1_score(truth, found, average="macro", labels=labels, zero_division=0)))
        held += zip(truth, scores, strict=True)
    if not held:
        raise TooFewTexts("Too few texts to hold some back: add labels, so that each fifth of the texts has them all.")
    return held, Scores(float(np.mean(accuracies)), float(np.mean(macros)), len(accuracies))


def calibrate(held: list[Held], labels: tuple[str, ...]) -> tuple[float, float]:
    """Return the temperature at which held-back labels are most probable, and the confidence of the unsure limit."""
    truth = np.array([labels.index(label) for label, _scores in held])
    scores = np.vstack([row for _label, row in held])
    losses = [-np.log(confidences(scores, one)[np.arange(len(truth)), truth] + 1e-12).mean() for one in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(losses))])
    certainty = confidences(scores, temperature)
    sure, right = certainty.max(axis=1), certainty.argmax(axis=1) == truth
    share = IsotonicRegression(out_of_bounds="clip").fit(sure, right).predict(sure)
    enough = sure[share >= RIGHT_ENOUGH]
    return temperature, float(enough.min()) if len(enough) else 1.0
