"""The desk's page of understanding: what is shown, who may say what was meant, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.understood import Action, Meaning, Understood
from kesher.understanding import services, tasks
from kesher.understanding.learning.examples import example_classes, own_examples
from kesher.understanding.learning.model_store import model_name
from kesher.understanding.models import ActionCount, Heard
from kesher.understanding.services import (
    Acted,
    count_actions,
    erase_heard,
    record_heard,
    review_heard,
    understand_free_text,
)

PAGE = "/desk/understanding/"
OLDEST = "הודעה מלפני הכול"
SIGN = Meaning("verb", "petitions.sign", probability=0.61)


@pytest.fixture(autouse=True)
def own_data(settings: Any, tmp_path: Path) -> None:
    """A folder without models."""
    settings.DATA = tmp_path


def hear(who: Identity, text: str, action: Action = "confirm", *, lang: str = "he", wrong: bool = False) -> Heard:
    """A message for the review."""
    offered = () if action == "unknown" else (SIGN,)
    found = record_heard(who.contact, Understood(text, lang, action, offered=offered), "sms", wrong=wrong)
    assert found is not None
    return found


def read(browser: Client, query: str = "") -> str:
    reply = browser.get(f"{PAGE}{query}")
    assert reply.status_code == 200
    return reply.content.decode()


def test_a_missed_message_is_shown_masked_with_what_was_guessed(ruths: Client, dana: Identity) -> None:
    hear(dana, "רוצה לחתום, הטלפון 050-1234567")
    page = read(ruths)
    assert "רוצה לחתום" in page
    assert "1234567" not in page
    assert str(REGISTRY["petitions.sign"].title) in page
    assert "61%" in page


def test_what_was_surely_understood_is_not_kept(dana: Identity) -> None:
    assert record_heard(dana.contact, Understood("תפריט", "he", "command", ("menu",)), "sms") is None
    assert not Heard.objects.exists()


def test_a_manager_says_what_was_meant_and_it_becomes_an_example(
    miriams: Client, miriam: Staff, dana: Identity
) -> None:
    row = hear(dana, "בא לי לחתום")
    before = model_name(own_examples(fresh=0))
    reply = miriams.post(f"{PAGE}{row.pk}/?lang=he", {"meant": "petitions.sign"})
    assert reply["Location"] == f"{PAGE}?show=missed&lang=he"
    row.refresh_from_db()
    assert (row.state, row.meant, row.reviewed_by) == ("example", "petitions.sign", miriam)
    assert own_examples(fresh=0) == (("petitions.sign", "בא לי לחתום"),)
    assert model_name(own_examples(fresh=0)) != before
    assert Audit.objects.get(operation="understanding.review_heard").data == {
        "state": "example",
        "meant": "petitions.sign",
    }


@pytest.mark.parametrize("browser", ["ruths", "sashas", "client"])
@pytest.mark.parametrize("path", ["", "reopen/"])
def test_nobody_else_may_and_nothing_is_written(
    request: pytest.FixtureRequest, browser: str, path: str, dana: Identity
) -> None:
    row = hear(dana, "בא לי לחתום")
    reply = request.getfixturevalue(browser).post(f"{PAGE}{row.pk}/{path}", {"meant": "petitions.sign"})
    assert reply.status_code in (302, 403)
    row.refresh_from_db()
    assert (row.state, row.meant) == ("open", "")
    assert not Audit.objects.filter(operation__startswith="understanding.").exists()


def test_a_clerk_reads_without_buttons(ruths: Client, miriams: Client, dana: Identity) -> None:
    hear(dana, "בא לי לחתום")
    assert 'name="meant"' not in read(ruths)
    assert 'name="meant"' in read(miriams)


def test_another_towns_manager_finds_nothing(miriams: Client, dana: Identity, town: Agency) -> None:
    with scope(town):
        row = Heard.objects.create(agency=town, text="של אחרים", lang="he", channel="sms", action="unknown")
    assert miriams.post(f"{PAGE}{row.pk}/", {"meant": "nothing"}).status_code == 404
    assert "של אחרים" not in read(miriams)


@pytest.mark.parametrize("meant", ["nobody.does", "answers.ask", "<b>"])
def test_what_no_class_is_is_refused(miriam: Staff, dana: Identity, meant: str) -> None:
    row = hear(dana, "בא לי לחתום")
    with pytest.raises(Refused):
        review_heard(row, meant, by=miriam)
    assert Heard.objects.get().state == "open"


def test_nothing_chosen_is_no_review(miriams: Client, dana: Identity) -> None:
    row = hear(dana, "בא לי לחתום")
    miriams.post(f"{PAGE}{row.pk}/", {"meant": ""})
    assert Heard.objects.get().state == "open"


def test_a_review_is_undone(miriams: Client, dana: Identity) -> None:
    row = hear(dana, "בא לי לחתום")
    miriams.post(f"{PAGE}{row.pk}/", {"meant": "petitions.sign"})
    assert f'action="{PAGE}{row.pk}/reopen/?show=missed"' in read(miriams)  # the notice's button
    miriams.post(f"{PAGE}{row.pk}/reopen/")
    row.refresh_from_db()
    assert (row.state, row.meant, row.reviewed_by) == ("open", "", None)
    assert own_examples(fresh=0) == ()
    assert Audit.objects.filter(operation="understanding.reopen_heard").count() == 1


def test_what_is_put_aside_teaches_nothing_and_can_come_back(miriams: Client, dana: Identity) -> None:
    row = hear(dana, "סתם")
    miriams.post(f"{PAGE}{row.pk}/", {"meant": "petitions.sign", "aside": "1"})
    row.refresh_from_db()
    assert (row.state, row.meant, own_examples(fresh=0)) == ("dismissed", "", ())
    assert "סתם" not in read(miriams)
    assert "סתם" in read(miriams, "?show=aside")


def test_each_message_is_in_one_tab(miriam: Staff, miriams: Client, dana: Identity) -> None:
    hear(dana, "חסר")
    hear(dana, "טעות", "answer", wrong=True)
    review_heard(hear(dana, "דוגמה"), "answer", by=miriam)
    for show, text in (("missed", "חסר"), ("wrong", "טעות"), ("examples", "דוגמה")):
        page = read(miriams, f"?show={show}")
        assert [one for one in ("חסר", "טעות", "דוגמה") if f">{one}</p>" in page] == [text]


def test_words_and_a_language_are_searched_for(ruths: Client, dana: Identity) -> None:
    hear(dana, "Бассейн закрыт", lang="ru")
    hear(dana, "הבריכה סגורה")
    assert "Бассейн" in read(ruths, "?q=закрыт бассейн")
    page = read(ruths, "?lang=ru")
    assert ("Бассейн" in page, "הבריכה" in page) == (True, False)
    assert "הבריכה" not in read(ruths, "?q=zzzz")


def test_pages_follow_each_other_and_rows_cost_no_queries(ruths: Client, dana: Identity) -> None:
    hear(dana, OLDEST)
    with CaptureQueriesContext(connection) as few:
        read(ruths)
    for number in range(50):
        hear(dana, f"הודעה {number}")
    with CaptureQueriesContext(connection) as many:
        assert OLDEST not in read(ruths)
    assert len(many) <= len(few)
    assert OLDEST in read(ruths, "?page=2")
    assert ruths.get(f"{PAGE}?page=9")["Location"] == f"{PAGE}?show=missed"


@pytest.mark.parametrize("query", ["?show=x&lang=xx&page=-1", "?page=9" * 40, "?q=%27%25"])
def test_what_is_no_filter_is_ignored(ruths: Client, query: str) -> None:
    assert ruths.get(f"{PAGE}{query}", follow=True).status_code == 200


def test_actions_are_counted_by_language_without_a_person(ruths: Client, city: Agency) -> None:
    for number, (lang, action) in enumerate([("he", "start"), ("he", "offer"), ("he", "answer"), ("ar", "ask_stop")]):
        count_actions([Acted(city.pk, localdate(), lang, "sms", action, number)])
    count_actions([Acted(city.pk, localdate(), "he", "sms", "start", number) for number in (10, 11)])
    assert ActionCount.objects.get(lang="he", action="start").times == 3
    summary = ruths.get(PAGE).context["summary"]
    assert [(row["total"], [cell.times for cell in row["cells"]]) for row in summary[:3]] == [
        (6, [4, 1, 1, 0]),
        (5, [4, 0, 1, 0]),
        (1, [0, 1, 0, 0]),
    ]
    assert not {field.name for field in ActionCount._meta.fields} & {"contact", "text"}


@pytest.mark.parametrize(("form", "counted"), [("", 2), ("words", 0)])
def test_each_message_outside_a_form_is_counted_and_kept_if_missed(
    monkeypatch: pytest.MonkeyPatch, dana: Identity, form: str, counted: int
) -> None:
    monkeypatch.setattr(services, "has_models", lambda: True)
    monkeypatch.setattr(services, "find_model", lambda _own: object())
    monkeypatch.setattr(services, "is_ordinary_answer", lambda *_arguments: False)
    for action in ("start", "unknown"):
        found = Understood("רוצה משהו", "he", action)
        monkeypatch.setattr(services, "understand", lambda *_arguments, found=found, **_named: found)
        understand_free_text(contact=dana.contact, text="רוצה משהו", lang="he", channel="sms", form=form)
    assert ActionCount.objects.count() == counted
    assert Heard.objects.count() == counted / 2


def test_old_counts_are_deleted(city: Agency) -> None:
    count_actions([Acted(city.pk, localdate() - timedelta(days=ago), "he", "sms", "start", 1) for ago in (399, 402)])
    assert tasks.forget_heard() == 1
    assert ActionCount.objects.count() == 1


def test_counting_a_message_is_one_statement_after_the_first(city: Agency) -> None:
    acted = Acted(city.pk, localdate(), "he", "sms", "start", 1)
    count_actions([acted])
    with CaptureQueriesContext(connection) as asked:
        count_actions([acted])
    assert len(asked) == 1


def test_erasure_deletes_examples_too(miriam: Staff, dana: Identity, omar: Identity) -> None:
    review_heard(hear(dana, "בא לי לחתום"), "petitions.sign", by=miriam)
    hear(omar, "אחר")
    erase_heard([dana.contact_id])
    assert [row.text for row in Heard.objects.all()] == ["אחר"]
    assert own_examples(fresh=0) == ()


def test_all_that_people_can_begin_may_be_meant() -> None:
    classes = example_classes()
    assert {"answer", "nothing", "person", "danger", "stop", "petitions.sign", "petitions.news"} <= classes
    assert not {"answers.ask", "answers.useful"} & classes


def test_a_machine_that_is_told_so_trains_nothing(city: Agency, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(services, "train_if_changed", lambda: True)
    monkeypatch.setattr(tasks, "has_models", lambda: False)
    settings.KESHER_TRAINING = True
    assert tasks.train_models() == 1
    settings.KESHER_TRAINING = False
    assert tasks.train_models() == 0
