"""A change to a published answer waits beside it: the public reads the old words until an editor publishes the new."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.answers.diff import compare_waiting_change, mark_differences
from kesher.answers.models import Answer, Revision
from kesher.answers.search.search import search
from kesher.answers.services import (
    TopicData,
    add_topic,
    change_answer,
    change_answer_state,
    propose_change,
    publish_change_at_once,
    publish_waiting_change,
)
from kesher.answers.services.answers import AnswerContent
from kesher.answers.tests.factories import published
from kesher.core.errors import Refused
from kesher.core.models import Audit

PAGE = "/desk/knowledge/pool/"
OLD = "פתוח בקיץ בלבד."


@pytest.fixture
def pool(city: Agency) -> Answer:
    return published("pool", "מתי פתוחה הבריכה?", OLD, texts={"ru": {"question": "Бассейн?", "short": "Летом."}})


def form(answer: Answer, **changed: str) -> dict[str, str]:
    """What the edit form sends."""
    words = {"question_he": "מתי פתוחה הבריכה?", "short_he": OLD, "question_ru": "Бассейн?", "short_ru": "Летом."}
    return {**words, "seen": str(answer.revisions.count()), **changed}


def written(short: str, **more: str) -> AnswerContent:
    return AnswerContent({"he": {"question": "מתי פתוחה הבריכה?", "short": short, **more}, "ru": {"question": "Бассейн?", "short": "Летом."}})  # fmt: skip


def proposed(answer: Answer) -> list[str]:
    """What the change that waits would change."""
    waiting = answer.again().waiting
    return waiting.changed if waiting else []


def test_what_a_clerk_changes_waits_and_the_public_reads_the_old_words(
    ruths: Client, client: Client, pool: Answer
) -> None:
    ruths.post(PAGE, form(pool, short_he="פתוח כל השנה."))
    assert OLD in client.get("/answers/pool/").content.decode()
    assert search("השנה").hits == ()
    page = ruths.get(PAGE).content.decode()
    assert "<del>בקיץ בלבד.</del>" in page
    assert "<ins>כל השנה.</ins>" in page
    assert "פתוח כל השנה." in ruths.get(f"{PAGE}preview/?waiting=1").content.decode()
    assert proposed(pool) == ["he.short"]


def test_a_manager_publishes_it_and_it_is_found_at_once(
    ruths: Client, miriams: Client, client: Client, pool: Answer
) -> None:
    ruths.post(PAGE, form(pool, short_he="פתוח כל השנה."))
    assert ruths.post(f"{PAGE}waiting/", {"verb": "publish", "seen": "2"}).status_code == 403
    assert "/desk/knowledge/pool/" in miriams.get("/desk/knowledge/?state=due").content.decode()
    miriams.post(f"{PAGE}waiting/", {"verb": "publish", "seen": "2"})
    assert "פתוח כל השנה." in client.get("/answers/pool/").content.decode()
    assert [hit.slug for hit in search("השנה").hits] == ["pool"]
    assert pool.again().waiting is None
    newest = Revision.objects.filter(answer=pool).first()
    assert newest is not None
    assert (newest.verb, str(newest.by), newest.changed) == ("accept", "מרים אזולאי", ["he.short"])
    assert Audit.objects.filter(operation__in=["answers.propose", "answers.publish_waiting"]).count() == 2


def test_what_was_dropped_stays_in_the_history_alone(ruths: Client, miriams: Client, pool: Answer) -> None:
    ruths.post(PAGE, form(pool, short_he="פתוח כל השנה."))
    miriams.post(f"{PAGE}waiting/", {"verb": "drop"})
    assert pool.again().waiting is None
    assert pool.again().texts["he"]["short"] == OLD
    assert [row.verb for row in pool.revisions.all()] == ["drop", "propose", "create"]
    assert ruths.get(f"{PAGE}history/").status_code == 200


def test_only_who_proposed_it_and_editors_may_drop_it(ruths: Client, miriam: Staff, pool: Answer) -> None:
    propose_change(pool, written("אחרת."), by=miriam)
    assert ruths.post(f"{PAGE}waiting/", {"verb": "drop"}).status_code == 403
    ruths.post(PAGE, form(pool, short_he="שלי."))
    ruths.post(f"{PAGE}waiting/", {"verb": "drop"})
    assert pool.again().waiting is None


def test_a_manager_saves_for_a_review_or_publishes_at_once(miriams: Client, pool: Answer) -> None:
    miriams.post(PAGE, form(pool, short_he="ראשון.", how="wait"))
    assert pool.again().texts["he"]["short"] == OLD
    miriams.post(PAGE, form(pool, short_he="שני.", how="now"))
    row = pool.again()
    assert (row.texts["he"]["short"], row.waiting) == ("שני.", None)


def test_who_goes_on_writing_begins_with_the_words_that_wait(ruths: Client, pool: Answer) -> None:
    ruths.post(PAGE, form(pool, short_he="ראשון."))
    assert "ראשון.</textarea>" in ruths.get(PAGE).content.decode()
    ruths.post(PAGE, form(pool, short_he="ראשון.", cost_he="חינם"))
    assert proposed(pool) == ["he.cost", "he.short"]
    ruths.post(PAGE, form(pool))
    assert pool.again().waiting is None


def test_publishing_keeps_what_was_changed_beside_it(miriam: Staff, pool: Answer) -> None:
    propose_change(pool, written("פתוח כל השנה."), by=miriam)
    change_answer(pool, written(OLD, cost="20 ₪"), by=miriam)
    publish_waiting_change(pool, by=miriam)
    assert pool.again().texts["he"] == {"question": "מתי פתוחה הבריכה?", "short": "פתוח כל השנה.", "cost": "20 ₪"}


@pytest.mark.parametrize("verb", ["publish", "drop"])
def test_who_read_an_older_change_decides_nothing_about_the_newer(
    ruths: Client, miriams: Client, pool: Answer, verb: str
) -> None:
    ruths.post(PAGE, form(pool, short_he="ראשון."))
    ruths.post(PAGE, form(pool, short_he="שני."))
    miriams.post(f"{PAGE}waiting/", {"verb": verb, "seen": "2"})
    assert pool.again().texts["he"]["short"] == OLD
    assert proposed(pool) == ["he.short"]


def test_a_change_that_an_editor_writes_out_again_is_dropped_and_said_so(
    ruths: Client, miriam: Staff, pool: Answer
) -> None:
    ruths.post(PAGE, form(pool, short_he="פתוח כל השנה."))
    publish_change_at_once(pool, written(OLD), by=miriam)
    assert not proposed(pool)
    assert pool.revisions.order_by("-number").values_list("verb", flat=True)[0] == "drop"


@pytest.mark.parametrize("short", ["", "א" * 281, "{{fact:nobody}}"])
def test_a_change_that_could_not_be_published_is_not_kept(pool: Answer, short: str) -> None:
    words = AnswerContent({"he": {"question": "מתי?", "short": short}})
    with pytest.raises(Refused):
        propose_change(pool, words, by=None)
    assert pool.again().waiting is None


def test_what_is_taken_off_the_site_has_no_change_that_waits(pool: Answer) -> None:
    propose_change(pool, written("אחרת."), by=None)
    change_answer_state(pool, "retire", by=None)
    assert pool.again().waiting is None
    assert not Answer.objects.to_review().exists()


def test_a_draft_is_changed_and_not_proposed(pool: Answer) -> None:
    change_answer_state(pool, "retire", by=None)
    with pytest.raises(Refused):
        propose_change(pool, written("אחרת."), by=None)
    with pytest.raises(Refused):
        publish_waiting_change(pool, by=None)


def test_what_belongs_to_all_languages_is_compared_too(pool: Answer) -> None:
    topic = add_topic("sport", TopicData({"he": "ספורט"}), by=None)
    propose_change(pool, AnswerContent(pool.texts, topic, start_url="tel:106"), by=None)
    rows = {str(row["label"]): (row["before"], row["after"]) for row in compare_waiting_change(pool.again())}
    assert rows == {"נושא": ("", "<ins>ספורט</ins>"), "קישור לביצוע": ("", "<ins>tel:106</ins>")}


def test_words_that_are_shown_as_different_are_escaped() -> None:
    assert mark_differences("a <b> c", "a <i> c") == ("a <del>&lt;b&gt;</del> c", "a <ins>&lt;i&gt;</ins> c")
