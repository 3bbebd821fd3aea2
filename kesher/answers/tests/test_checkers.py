"""Checkers: what is asked next, what comes out, what keeps one from being published; at the page, in a chat, at the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kesher.agencies.models import Agency, Staff
from kesher.answers.checker_rules import find_outcome, iterate_asked_questions, parse_number
from kesher.answers.checker_validation import KnownNames, find_problems, iterate_paths
from kesher.answers.checkers.question_form import NumberField, evaluate_checker
from kesher.answers.fact_placeholders import fact_numbers
from kesher.answers.formula import BadFormula
from kesher.answers.models import Checker, Fact, State
from kesher.answers.services import change_checker_state, create_checker, drop_part, set_fact, set_part
from kesher.answers.tests.factories import SCRIPT, a_checker, published, words
from kesher.answers.tests.test_conversation import hear
from kesher.channels.models import Account
from kesher.core.errors import Refused
from kesher.core.models import Audit

LANGUAGES = ["he", "ar", "ru", "en"]


def changed(what: str, at: int, **values: Any) -> dict[str, Any]:
    rows = [dict(row) for row in SCRIPT[what]]
    rows[at] |= values
    return {**SCRIPT, what: rows}


@pytest.fixture
def checker(city: Agency) -> Checker:
    return a_checker()


def test_a_question_is_asked_only_where_its_condition_holds() -> None:
    assert [q["key"] for q in iterate_asked_questions(SCRIPT, {"age": "30"})] == ["age", "home"]
    assert [q["key"] for q in iterate_asked_questions(SCRIPT, {"age": "70 שנה"})] == ["age", "pension", "home"]


def test_an_answer_to_a_question_that_is_not_asked_does_not_count() -> None:
    found = find_outcome(SCRIPT, {"age": "30", "pension": "yes", "home": "own"}, {})
    assert found is not None
    assert (found.data["key"], found.amount) == ("no", None)


def test_an_outcome_is_reckoned_from_numbers_and_what_choices_are_worth() -> None:
    found = find_outcome(SCRIPT, {"age": "70", "pension": "yes", "home": "own"}, {})
    assert found is not None
    assert (found.data["key"], found.amount) == ("yes", Decimal(30))


def test_a_whole_script_has_no_problems() -> None:
    assert find_problems(SCRIPT, LANGUAGES, KnownNames(answers={"pay"})) == []


@pytest.mark.parametrize(
    "script",
    [
        {"questions": [], "rules": [], "outcomes": []},
        {**SCRIPT, "rules": SCRIPT["rules"][:1]},  # a path without an end
        {**SCRIPT, "rules": SCRIPT["rules"][1:]},  # an outcome that nobody gets
        changed("rules", 0, outcome="gone"),
        changed("rules", 0, when=[["nobody", "is", "yes"]]),
        changed("rules", 0, when=[["pension", "is", "perhaps"]]),
        changed("questions", 0, when=[["home", "is", "own"]]),  # asks about a later one
        changed("questions", 0, texts={"he": {"ask": "בני כמה?"}}),
        changed("questions", 2, choices=SCRIPT["questions"][2]["choices"][:1]),
        changed("outcomes", 0, amount="age * (2"),
        changed("outcomes", 0, amount="age * nobody"),
        changed("outcomes", 0, amount="1 / (age - 62)"),
        changed("outcomes", 0, answer="gone"),
        changed("outcomes", 1, texts=words("לא הפעם. {{fact:typo}}", "title")),
    ],
)
def test_what_does_not_end_may_not_be_published(script: dict[str, Any]) -> None:
    assert find_problems(script, LANGUAGES, KnownNames(answers={"pay"}))


def test_an_outcome_may_name_a_fact_that_is_stored_with_a_number_or_without() -> None:
    script = changed("outcomes", 1, texts=words("לא הפעם. {{fact:desk}}", "title"))
    assert find_problems(script, LANGUAGES, KnownNames({"desk"}, {}, {"pay"})) == []


def test_a_fact_that_has_no_number_any_more_gives_no_amount_rather_than_a_wrong_one() -> None:
    script = changed("outcomes", 0, amount="age * fee")
    known = {"age": "70", "pension": "yes", "home": "own"}
    found = find_outcome(script, known, {"fee": Decimal(2)})
    assert found is not None
    assert found.amount == Decimal(140)
    with pytest.raises(BadFormula):
        find_outcome(script, known, {})


@pytest.fixture
def priced(city: Agency) -> Checker:
    """A published checker whose amount is reckoned with a fact."""
    set_fact("fee", {"he": "30 ₪", "ar": "ثلاثون"}, by=None)
    published("pay", "איך משלמים?")
    script = changed("outcomes", 0, amount="fee * home", texts=words("{amount}, {{fact:fee}}", "title"))
    made = create_checker("who", words("כמה משלמים?", "title"), by=None, script=script)
    return change_checker_state(made, "publish", by=None)


def test_a_fact_with_which_a_checker_reckons_may_not_lose_its_number(miriams: Client, priced: Checker) -> None:
    page = miriams.post("/desk/knowledge/facts/", {"name": "fee", "he": "ללא תשלום", "ar": "30"})
    assert page.status_code == 422
    assert "כמה משלמים? he" in "".join(page.context["form"].non_field_errors())
    assert Fact.objects.get().words["he"] == "30 ₪"
    assert evaluate_checker(priced, {"age": "70", "pension": "yes", "home": "own"}).amount == "90"


def test_a_fact_with_which_nobody_reckons_may_be_any_words(miriam: Staff, priced: Checker) -> None:
    set_fact("fee", {"he": "40 ₪"}, by=miriam)
    assert evaluate_checker(priced, {"age": "70", "pension": "yes", "home": "own"}).amount == "120"
    set_fact("desk", {"he": "חדר 3"}, by=miriam)
    set_fact("desk", {"he": "הכניסה הראשית"}, by=miriam)
    change_checker_state(priced, "retire", by=miriam)
    assert set_fact("fee", {"he": "ללא תשלום"}, by=miriam).words == {"he": "ללא תשלום"}


def test_the_number_of_a_fact_is_that_of_the_house_s_first_language_however_it_was_kept() -> None:
    assert fact_numbers({"fee": {"ar": "ثلاثون", "en": "31 NIS", "he": "30 ₪"}}) == {"fee": Decimal(30)}
    assert fact_numbers({"fee": {"en": "31 NIS", "ar": "ثلاثون"}}) == {}


@given(st.lists(st.tuples(st.sampled_from(["least", "most", "is", "not"]), st.integers(0, 30)), max_size=4))
def test_no_number_slips_between_the_tried_paths(conditions: list[tuple[str, int]]) -> None:
    """For every whole or half number some tried path has the same outcome."""
    rules = [{"when": [["n", sign, str(value)]], "outcome": str(at)} for at, (sign, value) in enumerate(conditions)]
    outcomes = [{"key": str(at), "texts": {}} for at in range(len(rules))]
    question = {"key": "n", "kind": "number", "least": "0", "most": "30", "texts": {}}
    script = {"questions": [question], "rules": rules, "outcomes": outcomes}
    tried = {found.data["key"] if (found := find_outcome(script, path, {})) else "" for path in iterate_paths(script)}
    for half in range(61):
        found = find_outcome(script, {"n": str(half / 2)}, {})
        assert (found.data["key"] if found else "") in tried


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5,000 ₪", "5000"), ("בן 67", "67"), ("٦٧", "67"), ("1.5", "1.5"), ("72,5", "72.5"), ("72,50 מ״ר", "72.50"),
        ("٧٢٫٥", "72.5"), ("٥٬٠٠٠", "5000"), ("٧٢،٥", "72.5"), ("12 000,5", "12000.5"), ("1,234,567.89", "1234567.89"),
        ("2, 1", "2"), ("0,125", "0.125"), ("5,0000", "5"), ("-3,5", "-3.5"), ("1000", "1000"), ("67, ילד", "67"),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(text: str, number: str) -> None:
    assert parse_number(text) == NumberField().clean(text) == Decimal(number)


def test_the_page_asks_one_by_one_and_says_what_comes_out(client: Client, checker: Checker) -> None:
    assert "בני כמה אתם? he" in client.get("/checks/who/").content.decode()
    page = client.post("/checks/who/", {"age": "70", "step": "age"}).content.decode()
    assert "יש קצבה? he" in page
    page = client.post("/checks/who/", {"age": "70", "pension": "yes", "home": "own", "step": "home"}).content.decode()
    assert "מגיעים לכם 30 he" in page
    assert "/answers/pay/" in page


@pytest.mark.parametrize("age", ["7", "", "אבג", "999"])
def test_an_answer_that_does_not_fit_may_not_pass(client: Client, checker: Checker, age: str) -> None:
    page = client.post("/checks/who/", {"age": age, "home": "own", "step": "age"}).content.decode()
    assert "בני כמה אתם? he" in page
    assert 'class="error"' in page
    assert "לא הפעם" not in page


def test_one_may_go_back_and_answer_anew(client: Client, checker: Checker) -> None:
    page = client.post("/checks/who/", {"age": "70", "pension": "yes", "back": "age"}).content.decode()
    assert "בני כמה אתם? he" in page
    assert 'name="pension"' not in page


def test_a_draft_may_not_be_played(client: Client, checker: Checker) -> None:
    change_checker_state(checker, "retire", by=None)
    assert client.get("/checks/who/").status_code == 404
    assert "מגיע לי? he" not in client.get("/checks/").content.decode()


def test_a_chat_asks_the_same_questions_and_keeps_nothing(sms: Account, checker: Checker) -> None:
    assert "בני כמה אתם? he" in hear(sms, "בדיקת זכאות", "1").text
    assert "יש קצבה? he" in hear(sms, "70").text
    said = hear(sms, "כן", "דירה משלנו")
    assert "מגיעים לכם 30 he" in said.text
    assert Checker.objects.get().revisions.count() == 2


def test_an_answer_offers_its_checker_in_a_chat(sms: Account, checker: Checker) -> None:
    checker.answers.set(checker.answers.model.objects.all())
    assert "מגיע לי? he" in hear(sms, "איך משלמים ארנונה?").text
    assert "בני כמה אתם? he" in hear(sms, "1").text


def test_what_is_published_may_not_lose_its_end(checker: Checker, miriam: Staff) -> None:
    with pytest.raises(Refused):
        drop_part(checker, "rules", 1, by=miriam)
    with pytest.raises(Refused):
        set_part(checker, "outcomes", 1, {**SCRIPT["outcomes"][1], "key": "yes"}, by=miriam)
    assert checker.again().script == SCRIPT


def test_an_editor_makes_one_without_code(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/knowledge/checks/new/", {"slug": "camp", "title_he": "כמה עולה הקייטנה?"})
    place = "/desk/knowledge/checks/camp/"
    titles = {f"{name}_{lang}": "כמה ילדים?" for name in ("ask", "title") for lang in LANGUAGES}
    miriams.post(f"{place}questions/new/", {"key": "kids", "kind": "number", "least": "1", "most": "9", **titles})
    miriams.post(f"{place}outcomes/new/", {"key": "sum", "tone": "good", "amount": "kids * 100", **titles})
    assert miriams.get(place).status_code == 200
    miriams.post(f"{place}move/", {"verb": "publish"})
    assert Checker.objects.get().state == State.DRAFT  # no rule yet
    miriams.post(f"{place}rules/new/", {"outcome": "sum", "if_1": "kids|least|", "than_1": "1"})
    miriams.post(f"{place}move/", {"verb": "publish"})
    assert Checker.objects.get().state == State.PUBLISHED
    assert Checker.objects.get().script["rules"] == [{"when": [["kids", "least", "1"]], "outcome": "sum"}]
    assert Audit.objects.filter(operation__startswith="answers.").count() == 5


def test_a_clerk_may_not_publish_nor_change_what_is_published(ruths: Client, checker: Checker) -> None:
    place = "/desk/knowledge/checks/who/"
    assert ruths.get(f"{place}preview/").status_code == 200
    assert ruths.post(f"{place}arrange/", {"what": "rules", "at": "0", "do": "drop"}).status_code == 403
    assert ruths.post(f"{place}move/", {"verb": "retire"}).status_code == 403
    assert ruths.post(f"{place}rules/0/", {"outcome": "no"}).status_code == 403
    assert checker.again().script == SCRIPT


def test_parts_are_moved_and_versions_brought_back(miriams: Client, city: Agency) -> None:
    made = create_checker("who", words("מגיע לי?", "title"), by=None, script=SCRIPT)
    place = "/desk/knowledge/checks/who/"
    miriams.post(f"{place}arrange/", {"what": "rules", "at": "1", "do": "up"})
    assert [rule["outcome"] for rule in made.again().script["rules"]] == ["no", "yes"]
    miriams.post(f"{place}arrange/", {"what": "rules", "at": "0", "do": "drop"})
    assert len(made.again().script["rules"]) == 1
    miriams.post(f"{place}move/", {"version": "1"})
    assert made.again().script == SCRIPT
    assert [row.number for row in made.revisions.all()] == [4, 3, 2, 1]


def test_what_an_editor_reads_he_can_send_back(miriams: Client, city: Agency) -> None:
    made = create_checker("who", words("מגיע לי?", "title"), by=None, script=SCRIPT)
    for what, at in [("questions", 1), ("questions", 2), ("rules", 0), ("outcomes", 0)]:
        place = f"/desk/knowledge/checks/who/{what}/{at}/"
        published("pay", "איך משלמים?") if what == "outcomes" else None
        form = miriams.get(place).context["form"]
        data = {field.html_name: field.value() for field in form if field.value() not in (None, "")}
        assert miriams.post(place, data).status_code == 302, (what, at)
    assert made.again().script == SCRIPT
