"""Classify short messages: multinomial logistic regression on sparse features, with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.understanding.learning.features import WEIGHTS, Features, Floats, Ids, text_features

# Chosen on the open sets, each tried at half and twice its value.
EPOCHS: Final = 3
BATCH: Final = 16
RATE: Final = 0.6
DECAY: Final = 3e-6
START: Final = 1e-4
RARE: Final = 2  # a feature of fewer messages is left out
BALANCE: Final = 0.5  # power of the balance between classes: 0 as they come, 1 each class alike
GROUP_WEIGHTS: Final = np.array(list(WEIGHTS.values()), dtype=np.float32)  # eight, by the lowest bits of an id


@dataclass(frozen=True, slots=True)
class Classifier:
    """Trained weights: of each known feature (a row, whose id is in ``ids``) for each class."""

    classes: tuple[str, ...]
    ids: Ids  # sorted
    idf: Floats
    weights: NDArray[np.int8]  # rows × classes
    scales: Floats  # of each class's weights
    bias: Floats

    def scores(self, features: Features) -> Floats:
        """Return the logit of each class for a message."""
        rows, values = weigh(features, self.ids, self.idf)
        found: Floats = (values @ self.weights[rows].astype(np.float32)) * self.scales + self.bias
        return found

    def probabilities(self, text: str) -> dict[str, float]:
        """Return {class: probability} for a message."""
        found = softmax(self.scores(text_features(text))[None, :])[0]
        return dict(zip(self.classes, found.tolist(), strict=True))


def weigh(features: Features, ids: Ids, idf: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return (rows, values) of a message's known features: tf-idf, each group at its own length."""
    rows = np.searchsorted(ids, features.ids)
    rows[rows == len(ids)] = 0
    known = ids[rows] == features.ids
    rows, groups = rows[known], features.ids[known] & 7
    values = features.counts[known] * idf[rows]
    lengths = np.sqrt(np.bincount(groups, weights=values * values, minlength=8)) + 1e-9
    return rows, (values * (GROUP_WEIGHTS / lengths)[groups]).astype(np.float32)


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of rows of logits."""
    found: Floats = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float32)
    found /= found.sum(axis=1, keepdims=True)
    return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Some messages: (message, column, value) of their features, the row of each column, targets and weights."""

    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    values: Floats
    rows: NDArray[np.intp]
    targets: NDArray[np.intp]
    weights: Floats


def train(texts: Sequence[str], labels: Sequence[str], weights: Sequence[float], *, seed: int = 1) -> Classifier:
    """Return a classifier of these messages. The same messages give the same classifier."""
    return train_features([text_features(text) for text in texts], labels, weights, seed=seed)


def train_features(
    found: Sequence[Features], labels: Sequence[str], weights: Sequence[float], *, batch: int = BATCH, seed: int = 1
) -> Classifier:
    """Return a classifier of the messages with these features; ``batch``: messages of one step."""
    classes = tuple(sorted(set(labels)))
    ids, counts = np.unique(np.concatenate([one.ids for one in found]), return_counts=True)
    ids, counts = ids[counts >= RARE], counts[counts >= RARE]
    idf = np.log((1 + len(found)) / (1 + counts)).astype(np.float32)
    targets = np.array([classes.index(label) for label in labels])
    balance = (len(labels) / len(classes) / np.bincount(targets, minlength=len(classes))) ** BALANCE
    importance = np.array(weights, dtype=np.float32) * balance[targets].astype(np.float32)
    random = np.random.default_rng(seed)
    rows = [weigh(one, ids, idf) for one in found]
    order = random.permutation(len(rows))
    batches = [
        make_batch([rows[at] for at in part], targets[part], importance[part])
        for part in (order[at : at + batch] for at in range(0, len(order), batch))
    ]
    matrix, bias = fit(batches, len(ids), len(classes), random)
    scales = np.abs(matrix).max(axis=0) / 127 + 1e-9
    return Classifier(classes, ids, idf, np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32), bias)


def make_batch(found: list[tuple[NDArray[np.intp], Floats]], targets: NDArray[np.intp], weights: Floats) -> Batch:
    """Return some messages' features as one batch."""
    owners = np.repeat(np.arange(len(found)), [len(rows) for rows, _values in found])
    rows, columns = np.unique(np.concatenate([rows for rows, _values in found]), return_inverse=True)
    return Batch((owners, columns), np.concatenate([values for _rows, values in found]), rows, targets, weights)


def fit(batches: list[Batch], features: int, classes: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return (weights, bias) that give the batches' messages their classes (Adagrad; Duchi, Hazan, Singer 2011)."""
    matrix = np.zeros((features, classes), dtype=np.float32)
    squares = np.full(features, START, dtype=np.float32)  # of each row's slopes, so far
    bias = np.zeros(classes, dtype=np.float32)
    bias_squares = np.full(classes, 1e-2, dtype=np.float32)
    for _epoch in range(EPOCHS):
        for number in random.permutation(len(batches)):
            one = batches[number]
            dense = np.zeros((len(one.targets), len(one.rows)), dtype=np.float32)
            dense[one.at] = one.values
            current = matrix[one.rows]
            slope = softmax(dense @ current + bias)
            slope[np.arange(len(slope)), one.targets] -= 1
            slope *= one.weights[:, None] / len(slope)
            change = dense.T @ slope
            change += DECAY * current
            squares[one.rows] += np.einsum("ij,ij->i", change, change)
            change *= (RATE / np.sqrt(squares[one.rows]))[:, None]
            current -= change
            matrix[one.rows] = current
            down = slope.sum(axis=0)
            bias_squares += down * down
            bias -= RATE * down / np.sqrt(bias_squares)
    return matrix, bias
