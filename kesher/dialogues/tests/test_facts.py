"""Which of the facts of a thing a question asks for, in four languages."""

from __future__ import annotations

import pytest

from kesher.dialogues.facts import AUTHOR, COUNT, ENDS, GOAL, PRICE, PRIVACY, UNDO, Fact, find_fact

NAMED = {"ends": ENDS, "count": COUNT, "goal": GOAL, "price": PRICE, "author": AUTHOR, "privacy": PRIVACY, "undo": UNDO}
FACTS = [Fact(keys, name) for name, keys in NAMED.items()]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("when does it end?", "ends"), ("until when can I sign", "ends"), ("how many signed?", "count"),
        ("how many people have already signed", "count"), ("how many signatures do you need?", "goal"),
        ("how much does it cost", "price"), ("who started this?", "author"), ("who can see my name?", "privacy"),
        ("can I take it back later?", "undo"),
        ("מתי זה נגמר?", "ends"), ("עד מתי אפשר לחתום", "ends"), ("כמה חתמו כבר?", "count"), ("כמה חתימות צריך", "goal"),
        ("כמה זה עולה?", "price"), ("מי פתח את העצומה?", "author"), ("מי רואה את השם שלי", "privacy"),
        ("متى تنتهي العريضة؟", "ends"), ("كم شخص وقع؟", "count"), ("مين بشوف اسمي؟", "privacy"),
        ("когда это заканчивается?", "ends"), ("сколько человек подписали?", "count"), ("сколько стоит", "price"),
        ("кто увидит моё имя?", "privacy"),
    ],
)  # fmt: skip
def test_a_question_about_the_thing_is_known(text: str, fact: str) -> None:
    found = find_fact(text, FACTS)
    assert found is not None
    assert found.words == fact


@pytest.mark.parametrize(
    "text", ["", "yes", "Dana Levi", "Herzl 15", "when is the library open?", "מתי פתוחה הספרייה", "где библиотека?"]
)
def test_another_question_or_an_answer_asks_for_no_fact(text: str) -> None:
    assert find_fact(text, FACTS) is None
