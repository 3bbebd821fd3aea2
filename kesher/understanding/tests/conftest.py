"""A model of few examples, trained once a session in a data folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from kesher.understanding.learning import examples, model_store
from kesher.understanding.learning.model_store import Model
from kesher.understanding.title_index import forget_indexes

CLASSES = {
    *("stop", "person", "menu", "thanks", "cancel", "answer", "nothing", "danger", "possible"),
    *("reports.report", "petitions.sign", "contests.vote"),
}
# Of so many examples and queries one is learned: enough for plain sentences, in two seconds.
STEP, QUERIES_STEP = 4, 16


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder whose model is as if these few examples were all."""
    folder = tmp_path_factory.mktemp("model")
    every, queries = model_store.product_examples(), model_store.topic_queries()
    model_store.model_name(())  # of all examples: it is cached
    with pytest.MonkeyPatch.context() as patch, override_settings(DATA=folder):
        patch.setattr(model_store, "product_examples", lambda: tuple(row for row in every[::STEP] if row[0] in CLASSES))
        patch.setattr(model_store, "topic_queries", lambda: queries[::QUERIES_STEP])
        model_store.train_model()
    return folder


@pytest.fixture
def model(model_folder: Path) -> Iterator[Model]:
    """Return the trained model, which every process of this installation would find."""
    forget_what_was_read()
    with override_settings(DATA=model_folder):
        found = model_store.find_model()
        assert found is not None
        yield found
    forget_what_was_read()


def forget_what_was_read() -> None:
    """Forget what this process holds of a data folder and of agencies."""
    model_store.load_model.cache_clear()
    examples._read.clear()
    forget_indexes()
