"""Sentiment: learned from a team's own labels, honest about what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kesher.listening.labelled_texts import LabelledText, distinct_texts, fold_of, read_labelled
from kesher.listening.model_files import UnknownModel, activate_model, active_name, load_model, save_model
from kesher.listening.sentiment_model import (
    SentimentModel,
    TooFewTexts,
    calibrate,
    confidences,
    fit_model,
    train_sentiment,
)

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "listening"
GOOD = ("תודה רבה", "שירות מצוין", "עבודה יפה", "כל הכבוד", "נהדר ומהיר")
BAD = ("בושה וחרפה", "שירות גרוע", "מלוכלך ומוזנח", "אף אחד לא עונה", "מתי זה ייגמר כבר")
WHERE = ("ברחוב הרצל", "בגן", "במוקד", "בעירייה", "בשכונה", "בספרייה", "בבריכה", "בשוק")


@pytest.fixture(scope="module")
def rows() -> dict[str, LabelledText]:
    """Eighty distinct short texts with two labels."""
    pairs = (
        (f"{words} {where}", label) for label, many in (("1", GOOD), ("0", BAD)) for words in many for where in WHERE
    )
    return distinct_texts(LabelledText(*pair) for pair in pairs)


@pytest.fixture(scope="module")
def model(rows: dict[str, LabelledText]) -> SentimentModel:
    """Return a model of these texts."""
    return train_sentiment(rows)[0]


def test_it_tells_praise_from_complaint_in_words_that_it_has_not_seen_together(model: SentimentModel) -> None:
    found = model.classify(["תודה על השירות המצוין במרפאה", "גרוע ומוזנח, בושה"])
    assert [one.label for one in found] == ["1", "0"]
    assert all(0.5 <= one.confidence <= 1 for one in found)


def test_held_back_texts_are_not_among_those_that_were_learned(rows: dict[str, LabelledText]) -> None:
    nonsense = {key: LabelledText(row.text, str(fold_of(key[::-1]) % 2)) for key, row in rows.items()}
    _model, scores, _took = train_sentiment(nonsense)
    assert scores.accuracy < 0.75  # whoever had seen them would know them all
    assert scores.folds == 5


def test_another_language_than_that_of_the_labels_is_unsure(model: SentimentModel) -> None:
    assert model.languages == ("he",)
    found = model.classify(["The bin was not emptied", "yesh bor anak bakvish", "شكرا جزيلا", ""])
    assert [one.unsure for one in found] == [True] * 4


@pytest.mark.parametrize("labels", ["", "a", "aaaa", "aab"])
def test_too_few_labels_are_refused(labels: str) -> None:
    with pytest.raises(TooFewTexts, match=r"Too few with .*'b'" if "b" in labels else "two labels"):
        fit_model([LabelledText(f"text {number}", label) for number, label in enumerate(labels)])


def test_below_the_limit_most_held_back_labels_were_wrong() -> None:
    sure = [("a", np.array([2.0, -2.0]))] * 30
    doubtful = [("b", np.array([0.1, -0.1]))] * 20
    temperature, limit = calibrate(sure + doubtful, ("a", "b"))
    assert temperature > 0
    certainty = confidences(np.array([[2.0, -2.0], [0.1, -0.1]]), temperature).max(axis=1)
    assert certainty[1] < limit <= certainty[0]


def test_a_stored_model_answers_as_before(model: SentimentModel, tmp_path: Path, settings: object) -> None:
    settings.DATA = tmp_path  # type: ignore[attr-defined]
    save_model("first", model)
    texts = ["תודה רבה", "בושה", "hello"]
    for one, other in zip(load_model("first").classify(texts), model.classify(texts), strict=True):
        assert (one.label, one.unsure) == (other.label, other.unsure)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 61])
def test_a_name_that_leads_elsewhere_is_no_name(
    model: SentimentModel, tmp_path: Path, settings: object, name: str
) -> None:
    settings.DATA = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(UnknownModel):
        save_model(name, model)
    with pytest.raises(UnknownModel):
        activate_model(name)
    assert active_name() == ""
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="public sets of sentiment: ../shared/data/listening is absent")
def test_public_sets_are_learned_as_well_as_published_figures_allow() -> None:
    for file, form, accuracy, macro in (
        ("omilab/token_train.tsv", "tsv", 0.86, 0.68),
        ("hebemo/covid_main_raw_to_publish.zip", "hebemo", 0.9, 0.87),
    ):
        _model, scores, _took = train_sentiment(distinct_texts(read_labelled(DATA / file, form)))  # type: ignore[arg-type]
        assert scores.accuracy >= accuracy
        assert scores.macro_f1 >= macro
