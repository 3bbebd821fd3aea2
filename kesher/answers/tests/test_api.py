"""Other systems ask "am I entitled?": the next question, the outcome, or what is wrong, as JSON; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.checkers.api import RUNS_A_MINUTE
from kesher.answers.models import Checker, Miss
from kesher.answers.services import change_checker_state, create_checker
from kesher.answers.tests.factories import SCRIPT, a_checker, words
from kesher.core.models import Audit

URL = "/api/v1/checks/who/"
OWNER = {"age": 70, "pension": True, "home": "own"}


@pytest.fixture
def checker(city: Agency) -> Checker:
    return a_checker()


def run(answers: Any, lang: str = "en", *, whole: bool = False) -> Any:
    body = answers if whole else {"answers": answers}
    return Client().post(f"{URL}?lang={lang}", body, content_type="application/json")


def said(answers: dict[str, Any], lang: str = "en") -> dict[str, Any]:
    answer = run(answers, lang)
    assert answer.status_code == 200, answer.content
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_the_list_has_what_the_public_may_use(client: Client, checker: Checker) -> None:
    create_checker("draft", words("טיוטה", "title"), by=None, script=SCRIPT)
    rows = client.get("/api/v1/checks/?lang=ru").json()["data"]
    assert [(row["slug"], row["title"]) for row in rows] == [("who", "מגיע לי? ru")]
    assert rows[0]["url"].endswith("/checks/who/")


def test_one_checker_says_all_its_questions_and_when_each_is_asked(client: Client, checker: Checker) -> None:
    age, pension, home = client.get(f"{URL}?lang=ar").json()["data"]["questions"]
    assert (age["kind"], age["least"], age["most"], age["ask"]) == ("number", "18", "120", "בני כמה אתם? ar")
    assert (pension["when"], [choice["key"] for choice in pension["choices"]]) == (
        [["age", "least", "62"]],
        ["yes", "no"],
    )
    assert home["choices"][0] == {"key": "rent", "title": "שכירות"}


def test_a_run_asks_one_by_one_and_ends_as_the_page_does(client: Client, checker: Checker) -> None:
    assert said({})["next"]["key"] == "age"
    assert said({"age": 70})["next"]["key"] == "pension"
    assert said({"age": "30 שנה"})["next"]["key"] == "home"
    end = said(OWNER, "he")
    assert (end["done"], end["next"], end["outcome"]["key"], end["outcome"]["amount"]) == (True, None, "yes", "30.00")
    page = client.post("/checks/who/", {"age": "70", "pension": "yes", "home": "own", "step": "home"}).content.decode()
    assert end["outcome"]["title"] in page
    assert end["outcome"]["answer"]["url"].endswith("/answers/pay/")


def test_it_speaks_the_language_that_is_asked_for(checker: Checker) -> None:
    assert {lang: said({"age": 30, "home": "own"}, lang)["outcome"]["title"] for lang in ("he", "ru")} == {
        "he": "לא הפעם he",
        "ru": "לא הפעם ru",
    }


def test_an_answer_that_is_not_asked_for_does_not_count_and_is_named(checker: Checker) -> None:
    end = said({"age": 30, "pension": True, "home": "own"})
    assert (end["outcome"]["key"], end["not_asked"], sorted(end["answers"])) == ("no", ["pension"], ["age", "home"])


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"age": 7}, "age"),
        ({"age": "אבג"}, "age"),
        ({"age": [70]}, "age"),
        ({"age": True}, "age"),
        ({"age": "7" * 200}, "age"),
        ({"age": 70.5e300}, "age"),
        ({"age": 70, "pension": "perhaps"}, "pension"),
        ({"home": "castle"}, "home"),
        ({"nobody": 1}, "nobody"),
        ({"which": 1}, "which"),
    ],
)
def test_what_does_not_fit_is_said_by_question(checker: Checker, answers: dict[str, Any], wrong: str) -> None:
    answer = run(answers)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [wrong]
    assert answer.json()["errors"][wrong][0]


@pytest.mark.parametrize("body", ["{", "[]", '{"answers": [1]}', '{"answers": {"age": NaN}}', '"' + "x" * 11_000 + '"'])
def test_what_is_no_object_is_told_so(checker: Checker, body: str) -> None:
    answer = Client().post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["__all__"]


def test_an_unknown_or_unpublished_one_is_not_run(checker: Checker) -> None:
    change_checker_state(checker, "retire", by=None)
    assert run(OWNER).status_code == 404
    assert Client().get("/api/v1/checks/nobody/").status_code == 404


def test_another_bodys_checker_is_not_ours(checker: Checker, town: Agency) -> None:
    town_host = {"host": "town.example"}
    assert Client().get("/api/v1/checks/", headers=town_host).json()["data"] == []
    assert Client().get(URL, headers=town_host).status_code == 404


def test_a_run_needs_no_token_and_keeps_nothing(checker: Checker) -> None:
    before = Audit.objects.count(), Miss.objects.count()
    answer = Client(enforce_csrf_checks=True).post(URL, {"answers": OWNER}, content_type="application/json")
    assert answer.status_code == 200
    assert (Audit.objects.count(), Miss.objects.count()) == before
    assert not answer.cookies


def test_a_robot_is_told_to_wait(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.answers.checkers.api.RUNS_A_MINUTE", 2)
    assert [run({}).status_code for _time in range(3)] == [200, 200, 429]
    assert RUNS_A_MINUTE == 120


def test_the_list_costs_two_queries_however_many_there_are(checker: Checker, django_assert_num_queries: Any) -> None:
    for number in range(3):
        made = create_checker(f"more-{number}", words("עוד", "title"), by=None, script=SCRIPT)
        change_checker_state(made, "publish", by=None)
    client = Client()
    client.get("/api/v1/checks/")
    with django_assert_num_queries(2):
        client.get("/api/v1/checks/")
