"""Train the model of messages from the product's examples and the agency's own, and keep it in a file.

A file's name is made from what it was trained on, so that a changed example gives another file, and every process sees
at once whether it has the right one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from django.conf import settings
from numpy.lib.format import write_array

from kesher.dialogues.registry import REGISTRY
from kesher.language import LANGUAGES
from kesher.understanding.learning.classifier import Classifier, train
from kesher.understanding.learning.features import GROUPS, Features, text_features, word_features
from kesher.understanding.learning.problem_kinds import problem_examples, train_problems
from kesher.understanding.learning.topic_vectors import TopicVectors, build_topic_vectors

DATA: Final = Path(__file__).parent.with_name("data")
FORMAT: Final = "4"  # raised where the features or the format of the file change
OWN_WEIGHT: Final = 3.0  # of an example that an agency added, beside one of the product
MODELS_MOST: Final = 16  # files that stay, the newest: those of agencies with examples of their own, too
COMMON: Final = 1.0  # subtracted from a word's rarity, so that the commonest words count next to nothing
LEAST: Final = 0.3

Example = tuple[str, str]  # (class, message)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: the classes of messages, the topics of services, and the kinds of problems."""

    name: str
    classifier: Classifier
    topics: TopicVectors
    problems: Classifier
    known: dict[int, float]  # {id of a stem: its rarity}
    rarest: float

    def rarity(self, word: str) -> float:
        """Return how rare a word is in messages, as a weight."""
        stems = [int(key) for key in word_features(word) if int(key) & 7 == GROUPS["k"]]
        return max(LEAST, min((self.known.get(stem, self.rarest) for stem in stems), default=self.rarest) - COMMON)

    def knows(self, word: str) -> bool:
        """Return whether a stem of the word occurs in the examples."""
        return any(int(key) in self.known for key in word_features(word) if int(key) & 7 == GROUPS["k"])


@cache
def product_examples() -> tuple[Example, ...]:
    """Return the examples that Kesher ships."""
    return tuple(row for lang in LANGUAGES for row in read_pairs(DATA / "examples" / f"{lang}.tsv"))


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the rows of a file with two columns."""
    return [
        (name, text) for name, _tab, text in (line.partition("\t") for line in path.read_text("utf-8").splitlines())
    ]


@cache
def topic_queries() -> tuple[Example, ...]:
    """Return (topic, query) for each query that Kesher ships."""
    return tuple(row for lang in LANGUAGES for row in read_pairs(DATA / "topics" / f"{lang}.tsv"))


def intent_examples() -> list[Example]:
    """Return the words that start an entry, as examples of it."""
    known = {name for name, _text in product_examples()}
    return [
        (entry.name, word)
        for entry in REGISTRY.skills.values()
        if entry.name in known
        for words in entry.intents.values()
        for word in words
    ]


@cache
def product_digest() -> str:
    """Return a digest of all that every agency's model is trained on."""
    digest = sha256(FORMAT.encode())
    for name, text in (*product_examples(), *topic_queries(), *problem_examples(), *intent_examples()):
        digest.update(f"{name}\t{text}\n".encode())
    digest.update((DATA / "lexicon.tsv").read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=256)
def model_name(own: tuple[Example, ...]) -> str:
    """Return the name of the model of these examples of an agency and all those of the product."""
    lines = "\n".join(f"{name}\t{text}" for name, text in sorted(own))
    return sha256(f"{product_digest()}\n{lines}".encode()).hexdigest()[:16]


def model_path(name: str) -> Path:
    """Return the path of a model's file."""
    return Path(settings.DATA) / "understanding" / f"{FORMAT}-{name}.npz"


def train_model(own: tuple[Example, ...] = ()) -> Model:
    """Train the model of these examples of an agency and all those of the product, store it, and return it."""
    examples = [*product_examples(), *intent_examples(), *own]
    weights = [1.0] * (len(examples) - len(own)) + [OWN_WEIGHT] * len(own)
    classifier = train([text for _name, text in examples], [name for name, _text in examples], weights)
    names = tuple(dict.fromkeys(topic for topic, _query in topic_queries()))
    numbers = {name: at for at, name in enumerate(names)}
    queries = [(topic, text_features(query, grams=False)) for topic, query in topic_queries()]
    topics = build_topic_vectors(names, [(numbers[topic], features) for topic, features in queries])
    problems = train_problems(queries)
    name = model_name(own)
    store_model(name, classifier, topics, problems)
    return make_model(name, classifier, topics, problems)


def make_model(name: str, classifier: Classifier, topics: TopicVectors, problems: Classifier) -> Model:
    """Return a model with the rarity of each stem."""
    stems = (classifier.ids & 7) == GROUPS["k"]
    known = dict(zip(classifier.ids[stems].tolist(), classifier.idf[stems].tolist(), strict=True))
    return Model(name, classifier, topics, problems, known, float(classifier.idf.max()))


def store_model(name: str, classifier: Classifier, topics: TopicVectors, problems: Classifier) -> None:
    """Write a model's file, so that other processes see all of it or nothing, and delete old ones."""
    path = model_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        **{f"classifier_{key}": np.array(getattr(classifier, key)) for key in Classifier.__slots__},
        **{f"topics_{key}": np.array(getattr(topics, key)) for key in TopicVectors.__slots__},
        **{f"problems_{key}": np.array(getattr(problems, key)) for key in Classifier.__slots__},
    }
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        # Like savez_compressed, which spends a tenth of the training to save a tenth of the size.
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w") as entry:
                    write_array(entry, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    kept = sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in kept[MODELS_MOST:]:
        old.unlink(missing_ok=True)


@lru_cache(maxsize=4)
def load_model(name: str) -> Model:
    """Return the model of this name from its file."""
    with np.load(model_path(name), allow_pickle=False) as stored:
        classifier = Classifier(**{key: thaw(stored[f"classifier_{key}"]) for key in Classifier.__slots__})
        topics = TopicVectors(**{key: thaw(stored[f"topics_{key}"]) for key in TopicVectors.__slots__})
        problems = Classifier(**{key: thaw(stored[f"problems_{key}"]) for key in Classifier.__slots__})
    return make_model(name, classifier, topics, problems)


def thaw(stored: Any) -> Any:
    """Return an array, or a tuple of strings where it is one of names."""
    return tuple(stored.tolist()) if stored.dtype.kind == "U" else stored


def has_models() -> bool:
    """Return whether any model was trained here."""
    return model_path("").parent.is_dir()


def is_trained(own: tuple[Example, ...] = ()) -> bool:
    """Return whether the model of an agency's examples was trained."""
    return model_path(model_name(own)).exists()


def find_model(own: tuple[Example, ...] = ()) -> Model | None:
    """Return the trained model of an agency's examples, else the newest one of this installation; None for none."""
    name = model_name(own)
    if model_path(name).exists():
        return load_model(name)
    files = model_path(name).parent.glob(f"{FORMAT}-*.npz")
    newest = max(files, key=lambda path: path.stat().st_mtime, default=None)
    return load_model(newest.stem.removeprefix(f"{FORMAT}-")) if newest is not None else None


def document_features(phrases: Iterable[str]) -> list[Features]:
    """Return the features of a document's phrases; a phrase of several words counts twice."""
    return [
        text_features(phrase, grams=False) for phrase in phrases for _time in range(2 if " " in phrase.strip() else 1)
    ]
