"""Which skill the first words of a message wake."""

from __future__ import annotations

import pytest

from kesher.dialogues.registry import Registry, Skill
from kesher.dialogues.tests.talk import LampForm, run


def skill(name: str, *words: str, knows: str = "") -> Skill:
    return Skill(
        name=name,
        title=name,
        form=LampForm,
        intents={"en": words},
        run=run,
        subject=lambda code: name if code == knows else None,
    )


@pytest.fixture
def registry() -> Registry:
    """A contest and a purchase, woken by the same word."""
    found = Registry()
    for made in (skill("contest", "offer", knows="61940"), skill("purchase", "offer", "counter offer", knows="52712")):
        found.add(made)
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("offer 61940", "contest"),
        ("Offer: 52712", "purchase"),
        ("counter offer 61940", "purchase"),  # the longest word wins
        ("offer 99999", "contest"),  # no such number: the first skill
        ("offer", "contest"),
    ],
)
def test_a_word_of_two_skills_wakes_the_one_that_knows_the_number(registry: Registry, text: str, name: str) -> None:
    called = registry.find_by_word(text)
    assert called is not None
    assert called[0].name == name


@pytest.mark.parametrize("text", ["offers 52712", "my offer 52712", ""])
def test_a_word_wakes_only_where_it_begins_the_text(registry: Registry, text: str) -> None:
    assert registry.find_by_word(text) is None
