"""Fit the weights of the ranking and of the tiers of danger: ``python -m tools.ranking_weights [FILE]``.

It reads the open judged messages in the demo municipality of `KESHER_DATA` (where `kesher demo` and `kesher understand`
ran), and writes `kesher/understanding/data/ranking.json`, or FILE. Before that it prints how well weights do that were
fitted without a fifth of the messages, on that fifth.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import django
import numpy as np
from numpy.typing import NDArray

django.setup()

from kesher.agencies.models import Agency  # noqa: E402  needs the apps
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.understanding.candidates import WEIGHTS, Candidate, Evidence, list_candidates  # noqa: E402
from kesher.understanding.evidence import gather  # noqa: E402
from kesher.understanding.learning.model_store import find_model  # noqa: E402
from kesher.understanding.message_text import read  # noqa: E402
from kesher.understanding.situations import situation_features  # noqa: E402
from kesher.understanding.title_index import agency_index  # noqa: E402

Rows = NDArray[np.float64]
Mask = NDArray[np.bool_]
OPEN: Final = Path(__file__).parent.parent / "tests" / "judged" / "messages" / "open"
FOLDS, STEPS, RATE = 5, 200, 0.08
RANKING_L2, TIER_L2 = 0.3, 1.0


def read_messages() -> list[dict[str, Any]]:
    """Return the open judged messages."""
    paths = sorted(OPEN.glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def gather_evidence(messages: Sequence[Mapping[str, Any]]) -> list[Evidence]:
    """Return what is known of each message in the first agency."""
    with scope(Agency.objects.order_by("pk")[0]):
        model = find_model()
        if model is None:
            sys.exit("No model is trained: run kesher understand first.")
        index = agency_index(model)
        return [gather(read(row["text"], row["lang"], model), model, index) for row in messages]


def is_right(one: Candidate, row: Mapping[str, Any]) -> bool:
    """Return whether a candidate is what a message means, or another reading that is as good."""
    if f"{one.kind}:{one.name}" in row.get("also", ()):
        return True
    match one.kind:
        case "command":
            return row["kind"] in ("command", "several") and one.name in row.get("commands", ())
        case "verb":
            return row.get("verb") == one.name and one.subject == (row.get("subject") or one.subject)
        case "answer":
            return row.get("slug") == one.name
    return bool(row["kind"] == "nothing")


def step(slope: Rows, state: list[Rows], number: int) -> Rows:
    """Return the change of the weights for a slope (Adam; Kingma, Ba 2015); ``state`` has both moments."""
    state[0] = 0.9 * state[0] + 0.1 * slope
    state[1] = 0.99 * state[1] + 0.01 * slope * slope
    mean, spread = state[0] / (1 - 0.9**number), state[1] / (1 - 0.99**number)
    return RATE * mean / (np.sqrt(spread) + 1e-8)


def probabilities(values: Rows, owners: NDArray[np.intp], weights: Rows) -> Rows:
    """Return the probability of each candidate among those of its message."""
    starts = np.searchsorted(owners, np.arange(owners[-1] + 1))
    scores = values @ weights
    parts = np.exp(scores - np.maximum.reduceat(scores, starts)[owners])
    found: Rows = parts / np.add.reduceat(parts, starts)[owners]
    return found


def fit_ranking(values: Rows, owners: NDArray[np.intp], right: Mask) -> Rows:
    """Return the weights that give the right candidates of each message the most probability (a conditional logit)."""
    starts = np.searchsorted(owners, np.arange(owners[-1] + 1))
    counts = np.logical_or.reduceat(right, starts).astype(float)
    weights = np.zeros(values.shape[1])
    state = [weights.copy(), weights.copy()]
    for number in range(1, STEPS + 1):
        found = probabilities(values, owners, weights)
        wanted = found * right
        wanted /= np.maximum(np.add.reduceat(wanted, starts), 1e-12)[owners]
        slope = values.T @ ((found - wanted) * counts[owners]) + RANKING_L2 * weights
        weights = weights - step(slope / counts.sum(), state, number)
    return weights


def fit_tier(values: Rows, right: Mask) -> Rows:
    """Return the weights of one tier of danger (a logistic regression)."""
    weights = np.zeros(values.shape[1])
    state = [weights.copy(), weights.copy()]
    for number in range(1, 3 * STEPS + 1):
        found = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (found - right) + TIER_L2 * weights
        weights = weights - step(slope / len(right), state, number)
    return weights


def choose(mask: Mask, values: Rows, owners: NDArray[np.intp], right: Mask) -> tuple[Rows, NDArray[np.intp], Mask]:
    """Return the candidates of some messages, whose numbers then have no gaps."""
    chosen = mask[owners]
    return values[chosen], (np.cumsum(mask) - 1)[owners[chosen]], right[chosen]


def held_out_accuracy(rows: Sequence[Mapping[str, Any]], ordinary: Mask, packed: tuple[Any, Any, Any]) -> float:
    """Return the share of messages whose first candidate is right by weights fitted without them."""
    folds = np.array([crc32(row["id"].encode()) % FOLDS for row in rows])
    hits = 0
    for fold in range(FOLDS):
        weights = fit_ranking(*choose((folds != fold) & ordinary, *packed))
        values, owners, right = choose((folds == fold) & ordinary, *packed)
        found = probabilities(values, owners, weights)
        hits += sum(bool(right[owners == n][found[owners == n].argmax()]) for n in range(owners[-1] + 1))
    return hits / int(ordinary.sum())


def main() -> None:
    """Fit all weights and write them."""
    rows = read_messages()
    evidence = gather_evidence(rows)
    candidates = [list_candidates(seen) for seen in evidence]
    names = sorted({name for several in candidates for one in several for name in one.features})
    flat = [(at, one) for at, several in enumerate(candidates) for one in several]
    values = np.array([[one.features.get(name, 0.0) for name in names] for _at, one in flat])
    owners = np.array([at for at, _one in flat])
    right = np.array([is_right(one, rows[at]) for at, one in flat])
    ordinary = np.array([row["kind"] != "situation" for row in rows])
    print(
        f"right first, held out: {held_out_accuracy(rows, ordinary, (values, owners, right)):.3f} of {ordinary.sum()}"
    )
    weights = dict(zip(names, fit_ranking(*choose(ordinary, values, owners, right)).tolist(), strict=True))
    tiers = [situation_features(seen) for seen in evidence]
    table = np.array([list(one.values()) for one in tiers])
    for tier, wanted in (("sure", ("sure",)), ("possible", ("sure", "possible"))):
        found = fit_tier(table, np.array([row.get("situation") in wanted for row in rows]))
        weights |= {f"{tier}.{name}": float(value) for name, value in zip(tiers[0], found, strict=True)}
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else WEIGHTS
    path.write_text(json.dumps({name: round(weights[name], 4) for name in sorted(weights)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
