"""``script/bench sentiment``: how well sentiment is learned from public data, clean and as it is often published.

Data: ``../shared/data/listening``; what is absent is skipped by name. The last lines are the summaries, one
for each set. "Leaky" is a random split over the raw rows, repeats and all.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

from kesher.listening.labelled_texts import FOLDS, Format, LabelledText, distinct_texts, read_labelled
from kesher.listening.sentiment_model import Scores, fit_model, hold_back, score_folds

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "listening"
SETS: dict[str, tuple[str, Format]] = {
    "token": ("omilab/token_train.tsv", "tsv"),
    "hebemo": ("hebemo/covid_main_raw_to_publish.zip", "hebemo"),
}


def leaky_scores(rows: list[LabelledText], labels: tuple[str, ...]) -> Scores:
    """Return the scores on folds of the raw rows, drawn at random."""
    order = list(range(len(rows)))
    Random(0).shuffle(order)  # a fixed order, no secret
    return score_folds([(place % FOLDS, rows[at]) for place, at in enumerate(order)], labels)[1]


def measure(name: str, path: Path, form: Format) -> dict[str, object]:
    """Return the summary of one set."""
    rows = read_labelled(path, form)
    distinct = distinct_texts(rows)
    model = fit_model(list(distinct.values()))
    _held, scores = hold_back(distinct, model.labels)
    texts = [row.text for row in distinct.values()][:2000]
    began = time.process_time()
    model.classify(texts)
    speed = len(texts) / (time.process_time() - began)
    leaky = leaky_scores(rows, model.labels)
    return {
        "bench": "sentiment", "data": name,
        "accuracy": round(scores.accuracy, 4), "macro_f1": round(scores.macro_f1, 4),
        "accuracy_leaky": round(leaky.accuracy, 4), "macro_f1_leaky": round(leaky.macro_f1, 4), "texts_per_s": round(speed),
    }  # fmt: skip


def main() -> None:
    """Print a summary for each set that is there."""
    summaries = []
    for name, (file, form) in SETS.items():
        if (FOLDER / file).exists():
            summaries.append(measure(name, FOLDER / file, form))
        else:
            print(f"SKIPPED  {name}: {file} is not in the data folder", flush=True)
    for summary in summaries:
        print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main()
