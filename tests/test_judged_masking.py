"""The judged texts of masking are well formed, and masking stays at its bar on the open ones."""

from __future__ import annotations

import pytest

from bench import masking

KINDS = {"identity", "phone", "email", "card", "iban", "ip"}


@pytest.fixture(scope="module")
def texts() -> list[masking.Text]:
    return masking.load(masking.OPEN)


def test_masking_is_at_its_bar(texts: list[masking.Text]) -> None:
    """The bar: recall 0.99, precision 0.97 by span."""
    found = masking.tally(texts)
    assert found.recall >= 0.99, found.misses
    assert found.precision >= 0.97, found.misses


def test_half_of_the_texts_have_nothing_to_mask(texts: list[masking.Text]) -> None:
    assert len(texts) >= 200
    assert sum(not text["spans"] for text in texts) * 2 >= len(texts)


def test_labels_are_places_of_known_kinds_in_order(texts: list[masking.Text]) -> None:
    for text in texts:
        assert text["spans"] == sorted(text["spans"])
        assert all(0 <= start < end <= len(text["text"]) for start, end, _kind in text["spans"])
        assert {kind for _start, _end, kind in text["spans"]} <= KINDS


def test_the_runner_says_what_was_missed_and_what_was_hurt() -> None:
    found = masking.tally(
        [
            {"id": "1", "lang": "he", "text": "שמי דנה", "spans": [[4, 7, "email"]]},
            {"id": "2", "lang": "he", "text": "050-1234567", "spans": []},
        ]
    )
    assert (found.recall, found.precision, found.nothing, found.nothing_hurt) == (0, 0, 1, 1)
    assert found.misses == {"1": (["דנה"], []), "2": ([], ["050-1234567"])}
