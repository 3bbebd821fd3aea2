"""Classifier, topics and index of texts: the same input gives the same result, and every figure is from 0 to 1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.understanding.learning.classifier import Classifier, train
from kesher.understanding.learning.features import text_features, tokens
from kesher.understanding.learning.topic_vectors import TopicVectors, build_topic_vectors
from kesher.understanding.text_index import Link, TextIndex

TAUGHT = [
    ("stop", "stop sending me messages"), ("stop", "תפסיקו לשלוח לי הודעות"), ("stop", "не присылайте мне сообщения"),
    ("person", "I want to talk to a person"), ("person", "אני רוצה לדבר עם נציג"), ("person", "хочу поговорить с человеком"),
    ("report", "there is a hole in the road"), ("report", "יש בור בכביש ליד הבית"), ("report", "яма на дороге у дома"),
]  # fmt: skip
TAUGHT = TAUGHT * 2  # a feature of one message is left out
QUERIES = [(0, "street light is dark"), (0, "פנס הרחוב לא דולק"), (1, "dog park"), (1, "גינת כלבים")] * 2
TITLES = ["Shade in playgrounds", "הצללה בגני השעשועים", "A dog park in the north", "Bicycle lane on Herzl street"]
SAID = st.text(
    st.sampled_from("abcdegiknoprstu אבגדהוכלמנפרשת аеиклмнопрст ابتدركلمن ?!.,0123456789 😀\u200f"), max_size=60
)
# Any text at all, too: from the net comes everything.
TEXTS = SAID | st.text(max_size=40) | st.sampled_from([*TITLES, *(text for _name, text in TAUGHT)])


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return learn()


@pytest.fixture(scope="module")
def topics() -> TopicVectors:
    return build_topic_vectors(["light", "dogs"], [(topic, text_features(query)) for topic, query in QUERIES])


@pytest.fixture(scope="module")
def index() -> TextIndex:
    return TextIndex([[(title, 1.0), (title.split()[0], 0.8)] for title in TITLES], lambda word: 1.0 + len(word) / 10)


def learn(seed: int = 1) -> Classifier:
    return train([text for _name, text in TAUGHT], [name for name, _text in TAUGHT], [1.0] * len(TAUGHT), seed=seed)


def test_the_same_examples_give_the_same_classifier() -> None:
    one, other = learn(), learn()
    assert one.classes == other.classes == ("person", "report", "stop")
    assert all(np.array_equal(getattr(one, key), getattr(other, key)) for key in Classifier.__slots__)


def test_a_classifier_knows_what_it_was_taught(classifier: Classifier) -> None:
    for name, text in TAUGHT:
        found = classifier.probabilities(text)
        assert max(found, key=lambda one: found[one]) == name


@given(TEXTS)
def test_probabilities_of_classes_add_up_to_one(classifier: Classifier, text: str) -> None:
    found = classifier.probabilities(text)
    assert set(found) == set(classifier.classes)
    assert all(0 <= value <= 1 for value in found.values())
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)
    assert classifier.probabilities(text) == found


@given(TEXTS)
def test_a_text_is_as_near_to_a_topic_each_time_from_0_to_1(topics: TopicVectors, text: str) -> None:
    features = text_features(text)
    near = topics.nearness(features)
    assert ((near >= 0) & (near <= 1 + 1e-3)).all()
    assert np.array_equal(near, topics.nearness(features))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_parts_of_a_document_that_belong_to_topics_add_up_to_one_or_nothing(
    topics: TopicVectors, phrases: list[str]
) -> None:
    parts = topics.topics_of([text_features(phrase) for phrase in phrases])
    assert ((parts >= 0) & (parts <= 1)).all()
    assert float(parts.sum()) == pytest.approx(1, abs=1e-4) or not parts.any()


def test_a_query_is_nearest_to_its_topic(topics: TopicVectors) -> None:
    for topic, query in QUERIES:
        assert int(topics.nearness(text_features(query)).argmax()) == topic


@given(TEXTS, st.integers(0, 6))
def test_links_are_from_0_to_1_best_first_and_each_document_once(index: TextIndex, text: str, most: int) -> None:
    found = index.find(tokens(text), most)
    assert len(found) <= most
    assert len({link.number for link in found}) == len(found)
    assert all(0 <= value <= 1 + 1e-5 for link in found for value in (link.score, link.of_title, link.of_message))
    assert [link.score for link in found] == sorted((link.score for link in found), reverse=True)
    assert index.find(tokens(text), most) == found


@pytest.mark.parametrize("number", range(len(TITLES)))
def test_a_title_finds_itself_as_a_whole(index: TextIndex, number: int) -> None:
    [found] = index.find(tokens(TITLES[number]), 1)
    assert found.number == number
    assert (found.score, found.of_title, found.of_message) == pytest.approx((1, 1, 1), abs=1e-3)


@given(st.permutations(TITLES), TEXTS)
def test_the_order_of_documents_changes_no_score(index: TextIndex, order: list[str], text: str) -> None:
    other = TextIndex([[(title, 1.0), (title.split()[0], 0.8)] for title in order], index.rarity)
    found = {TITLES[link.number]: scores(link) for link in index.find(tokens(text), 9)}
    assert {order[link.number]: scores(link) for link in other.find(tokens(text), 9)} == {
        title: pytest.approx(values, abs=1e-5) for title, values in found.items()
    }


def scores(link: Link) -> tuple[float, float, float]:
    return link.score, link.of_title, link.of_message


def test_an_empty_index_and_an_empty_message_find_nothing(index: TextIndex) -> None:
    assert TextIndex([], lambda _word: 1.0).find(["dog"], 3) == []
    assert index.find([], 3) == []
