"""What the bot would answer is suggested to the clerk who holds the conversation, in the person's language."""

from __future__ import annotations

from django.utils import translation

from kesher.agencies.models import Agency
from kesher.answers.models import Answer
from kesher.answers.tests.factories import a_checker, published
from kesher.cases.suggested_replies import MAKERS, Suggestion
from kesher.cases.tests.factories import a_person

RUSSIAN = {"ru": {"question": "Когда вывозят мусор?", "short": "По воскресеньям.", "hidden": []}}


def suggest(kind: str, name: str, subject: str = "", lang: str = "ru") -> Suggestion | None:
    return MAKERS[kind](name, subject, a_person(), lang)


def test_the_text_is_the_persons_and_the_title_the_clerks(city: Agency) -> None:
    answer = published("bins", "מתי מפנים פחים?", texts=RUSSIAN)
    with translation.override("he"):
        found = suggest("answer", "bins")
    assert found is not None
    question, short, link = found.text.splitlines()
    assert (found.title, question, short) == ("מתי מפנים פחים?", "Когда вывозят мусор?", "По воскресеньям.")
    assert link.startswith("Все подробности: http")
    assert link.endswith(answer.get_absolute_url())


def test_a_withdrawn_answer_is_not_suggested(city: Agency) -> None:
    published("bins", "מתי מפנים פחים?")
    Answer.objects.update(state="draft")
    assert suggest("answer", "bins") is None
    assert suggest("answer", "nothing") is None


def test_a_checker_is_suggested_by_its_page(city: Agency) -> None:
    checker = a_checker()
    found = suggest("checker", "answers.check", f"c{checker.pk}", lang="he")
    assert found is not None
    assert found.text.endswith(checker.get_absolute_url())
    assert suggest("checker", "answers.check", "c0") is None
