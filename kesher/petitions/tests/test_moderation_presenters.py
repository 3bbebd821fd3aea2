"""Moderating: the queue and its clock, one moderator at a time, reasons, what the author hears, writing it anew."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import add_staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import BroadcastRow, Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.files.attachments import store_attachment
from kesher.petitions import services
from kesher.petitions.forms.moderation import AreasForm
from kesher.petitions.models import Area, Petition, PetitionEvent
from kesher.petitions.rejection_reasons import REASONS
from kesher.petitions.tests.factories import a_petition, sign_as
from kesher.petitions.tests.test_desk import PNG
from kesher.petitions.tests.test_drafts import WRITTEN, gather

QUEUE = "/desk/petitions/"


@pytest.fixture
def submitted(city: Agency, sms: Account) -> Petition:
    """Dana's petition with its supporters, waiting for review; Dana reads SMS."""
    hear(sms, DANA, "שלום")
    petition = gather(5)
    services.submit_supported()
    petition.refresh_from_db()
    return petition


@pytest.fixture
def colleague(city: Agency) -> Staff:
    return add_staff(username="noa", name="נועה בר", password="a-long-password", role="manager")


def told() -> str:
    """The last words to Dana."""
    message = Message.objects.filter(direction="out", identity__address=DANA.address).order_by("-id").first()
    assert message is not None
    return message.text


def decide(client: Client, petition: Petition, **words: str) -> None:
    client.post(f"{QUEUE}{petition.code}/decide/", words)
    petition.refresh_from_db()


def test_the_clock_runs_in_working_hours(submitted: Petition) -> None:
    assert submitted.review_due is not None
    assert submitted.submitted_at is not None
    assert submitted.review_due - submitted.submitted_at >= timedelta(days=4)
    assert not submitted.is_overdue


def test_what_is_overdue_is_said_at_the_top(miriams: Client, submitted: Petition) -> None:
    assert "note-box bad" not in miriams.get(QUEUE).content.decode()
    Petition.objects.filter(pk=submitted.pk).update(review_due=timezone.now() - timedelta(hours=1))
    assert "note-box bad" in miriams.get(QUEUE).content.decode()


def test_whoever_starts_one_is_told_that_reviews_are_late(client: Client, submitted: Petition) -> None:
    said = "note-box wait"
    assert said not in client.get("/petitions/start/").content.decode()
    Petition.objects.update(review_due=timezone.now() - timedelta(hours=1))
    for path in ("/petitions/start/", "/petitions/standards/"):
        assert said in client.get(path).content.decode()


def test_it_is_published_and_its_author_told_with_its_number(miriams: Client, submitted: Petition) -> None:
    miriams.post(f"{QUEUE}{submitted.code}/move/", {"verb": "publish"})
    submitted.refresh_from_db()
    assert submitted.is_open
    assert submitted.closes_at is not None
    assert timedelta(days=180) < submitted.closes_at - timezone.now() < timedelta(days=186)
    assert submitted.code in told()


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_refusal_has_a_reason_and_hides_only_where_that_must(
    miriams: Client, submitted: Petition, petition: Petition, code: str
) -> None:
    other = petition.code if code == "duplicate" else ""
    decide(miriams, submitted, verb="reject", reason=code, words="הסבר קצר", same_as=other)
    assert (submitted.moderation, submitted.reason, submitted.hidden) == ("rejected", code, REASONS[code].hides)
    assert str(REASONS[code].advice) in told()
    status = Client().get(f"/petitions/{submitted.code}/").status_code
    assert status == (404 if REASONS[code].hides else 200)


def test_whoever_asked_what_is_asked_already_is_led_there(
    miriams: Client, submitted: Petition, petition: Petition
) -> None:
    for unknown in ("99999", ""):
        decide(miriams, submitted, verb="reject", reason="duplicate", same_as=unknown)
        assert submitted.moderation == "submitted"
    decide(miriams, submitted, verb="reject", reason="duplicate", same_as="48213")
    assert submitted.same_as == petition
    assert "/petitions/48213/" in told()
    assert petition.title in Client().get(submitted.get_absolute_url()).content.decode()


def test_the_picture_of_what_nobody_may_read_is_gone(client: Client, petition: Petition, miriam: Staff) -> None:
    picture = store_attachment(PNG, name="p.png", alt="פנים")
    services.edit_petition(petition, staff=miriam, picture=picture)
    shown = (f"/files/{picture.key}", "/petitions/48213/card.png")
    assert [client.get(path).status_code for path in shown] == [200, 200]
    services.move(petition, "take_down", staff=miriam, reason="personal")
    assert [client.get(path).status_code for path in shown] == [404, 404]


def test_its_author_hears_how_to_change_a_refusal_that_may_be_written_anew(submitted: Petition, miriam: Staff) -> None:
    services.move(submitted, "reject", staff=miriam, reason="unclear")
    assert told().splitlines()[-1].endswith(submitted.code)
    services.move(submitted, "submit", staff=miriam)
    services.move(submitted, "reject", staff=miriam, reason="offensive")
    assert submitted.code not in told()


def test_its_author_hears_why_the_body_closed_it(miriams: Client, miriam: Staff, submitted: Petition) -> None:
    services.move(submitted, "publish", staff=miriam)
    miriams.post(f"{QUEUE}{submitted.code}/close/", {"text_he": "הספסלים כבר הוצבו."})
    assert told().endswith("הספסלים כבר הוצבו.")


def test_what_a_moderator_wrote_stays_where_something_is_wrong(miriams: Client, submitted: Petition) -> None:
    decision = {"verb": "reject", "reason": "duplicate", "same_as": "99999", "words": "הסבר ארוך ומנומק"}
    page = miriams.post(f"{QUEUE}{submitted.code}/decide/", decision)
    assert page.status_code == 422
    assert "הסבר ארוך ומנומק" in page.content.decode()
    assert re.search(r"<details open>\s*<summary>לא לפרסם", page.content.decode())


def test_what_a_moderator_wrote_stays_while_a_colleague_has_it(
    miriams: Client, colleague: Staff, submitted: Petition
) -> None:
    services.hold_petition(submitted, staff=colleague)
    decision = {"verb": "ask_changes", "asked": "נא להסיר את השם."}
    page = miriams.post(f"{QUEUE}{submitted.code}/decide/", decision)
    assert page.status_code == 422
    assert "נא להסיר את השם." in page.content.decode()
    decide(miriams, submitted, **decision, over="on")
    assert submitted.asked == "נא להסיר את השם."


def test_without_a_reason_nothing_is_refused(miriams: Client, submitted: Petition) -> None:
    decide(miriams, submitted, verb="reject", reason="", words="כי לא")
    decide(miriams, submitted, verb="reject", reason="because", words="כי לא")
    assert submitted.moderation == "submitted"


def test_a_clerk_and_a_stranger_decide_nothing(ruths: Client, client: Client, submitted: Petition) -> None:
    for browser in (ruths, client):
        decide(browser, submitted, verb="reject", reason="duplicate", words="")
    assert submitted.moderation == "submitted"


def test_it_goes_back_and_comes_again(miriams: Client, submitted: Petition) -> None:
    decide(miriams, submitted, verb="ask_changes", asked="הסירו את השם.")
    assert submitted.moderation == "changes"
    assert "הסירו את השם." in told()
    services.rewrite_petition(submitted, WRITTEN, by=Actor("contact", None, "web"))
    submitted.refresh_from_db()
    assert submitted.moderation == "submitted"


def test_what_people_signed_is_not_written_anew(miriam: Staff, submitted: Petition) -> None:
    services.move(submitted, "publish", staff=miriam)
    with pytest.raises(Refused):
        services.rewrite_petition(submitted, WRITTEN, by=Actor("contact", None, "web"))
    services.move(submitted, "take_down", staff=miriam, reason="court")
    with pytest.raises(Refused):
        services.rewrite_petition(submitted, WRITTEN, by=Actor("contact", None, "web"))


def test_two_moderators_never_decide_at_once(miriams: Client, colleague: Staff, submitted: Petition) -> None:
    assert services.hold_petition(submitted, staff=colleague)
    decide(miriams, submitted, verb="reject", reason="duplicate", words="")
    miriams.post(f"{QUEUE}{submitted.code}/move/", {"verb": "publish"})
    assert miriams.get(f"{QUEUE}{submitted.code}/edit/").status_code == 302
    submitted.refresh_from_db()
    assert submitted.moderation == "submitted"
    assert colleague.name in miriams.get(f"{QUEUE}{submitted.code}/").content.decode()


def test_a_hold_ends_by_itself_or_is_taken_over(
    miriams: Client, miriam: Staff, colleague: Staff, submitted: Petition
) -> None:
    services.hold_petition(submitted, staff=colleague)
    miriams.post(f"{QUEUE}{submitted.code}/hold/", {"free": "over"})
    submitted.refresh_from_db()
    assert submitted.held_by == miriam
    assert not services.hold_petition(submitted, staff=colleague)
    Petition.objects.filter(pk=submitted.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    assert services.hold_petition(submitted, staff=colleague)


def test_notes_are_for_colleagues_alone(ruths: Client, petition: Petition) -> None:
    ruths.post(f"{QUEUE}48213/note/", {"text": "לבדוק עם הלשכה המשפטית"})
    assert "הלשכה המשפטית" in ruths.get(f"{QUEUE}48213/").content.decode()
    assert "הלשכה המשפטית" not in Client().get("/petitions/48213/").content.decode()


def test_the_authors_news_are_published_or_refused_with_a_reason(
    miriams: Client, submitted: Petition, miriam: Staff
) -> None:
    services.move(submitted, "publish", staff=miriam)
    by = Actor("contact", None, "sms")
    first = services.propose_update(submitted, "נפגשנו עם ראש האגף.", language="he", by=by)
    with pytest.raises(Refused):
        services.propose_update(submitted, "ועוד חדשות רבות.", language="he", by=by)
    miriams.post(f"{QUEUE}{submitted.code}/news/{first.pk}/", {"verb": "refuse", "note": ""})
    miriams.post(f"{QUEUE}{submitted.code}/news/{first.pk}/", {"verb": "publish"})
    first.refresh_from_db()
    assert (first.state, first.by) == ("published", miriam)
    assert BroadcastRow.objects.count() == 6
    second = services.propose_update(submitted, "קנו אצלנו עכשיו!", language="he", by=by)
    miriams.post(f"{QUEUE}{submitted.code}/news/{second.pk}/", {"verb": "refuse", "note": "זו פרסומת."})
    second.refresh_from_db()
    assert second.state == "refused"
    assert "זו פרסומת." in told()


def test_the_body_closes_with_a_reason_and_gives_more_time(miriams: Client, petition: Petition) -> None:
    miriams.post(f"{QUEUE}48213/extend/", {"closes_at": "2020-01-01"})
    miriams.post(f"{QUEUE}48213/extend/", {"closes_at": "2099-05-01"})
    petition.refresh_from_db()
    assert petition.closes_at is not None
    assert petition.closes_at.year == 2099
    assert miriams.post(f"{QUEUE}48213/close/", {"text_he": ""}).status_code == 422
    miriams.post(f"{QUEUE}48213/close/", {"text_he": "ההצללה כבר הותקנה."})
    assert "ההצללה כבר הותקנה." in Client().get("/petitions/48213/").content.decode()


def test_the_rules_page_sets_policy_thresholds_and_areas(miriams: Client, ruths: Client, city: Agency) -> None:
    page = f"{QUEUE}rules/"
    asked = {
        "accepting": "on", "supporters": "3", "gather_days": "10", "review_hours": "16", "open_months": "4",
        "archive_months": "12", "keep_months": "24", "standards_he": "ברוכים הבאים",
        "t0-count": "200", "t0-kind": "response", "t0-level": "1", "t0-days": "14", "t0-name_he": "תשובה בכתב",
        "t1-count": "100", "t1-kind": "meeting", "t1-level": "2", "t1-days": "30",
        "areas": "north; 0; 0; 500; הצפון\nsouth; 0; 1; 700; הדרום",
    }  # fmt: skip
    assert ruths.post(page, asked).status_code == 403
    assert miriams.post(page, {**asked, "supporters": "21"}).status_code == 422
    assert miriams.post(page, {**asked, "areas": "north; 0; 0; 500; הצפון\nn; 0; 0; 1; x"}).status_code == 422
    assert miriams.post(page, asked).status_code == 302
    made = a_petition(threshold=None, goals=None)
    assert list(made.milestones.values_list("kind", "count", "level")) == [("meeting", 100, 2), ("response", 200, 1)]
    standards = Client().get("/petitions/standards/").content.decode()
    assert "ברוכים הבאים" in standards
    assert "תשובה בכתב" in standards


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["north; 0; 0; 500; הצפון", "North; 0; 1; 9; x"], "שורה 2"),
        (["north; 0; 0; הצפון"], "שלושה מספרים"),
        (["north; 0; 0; 500"], "שם"),
        (["north; 0; 0; 500; א; ب; в; d; e"], "שם"),
        (["north; 21; 0; 500; הצפון"], "20"),
        (["north; 0; 0; 500; הצפון", "", "north; 0; 1; 500; אחר"], "שורה 3"),
        (["north; 0; 0; 500; הצפון", "south; 0; 0; 500; הדרום"], "שורה 2"),
    ],
)
def test_a_wrong_line_of_the_areas_is_named_with_what_is_wrong(city: Agency, lines: list[str], said: str) -> None:
    form = AreasForm({"areas": "\n".join(lines)}, languages=["he", "ar", "ru", "en"])
    assert not form.is_valid()
    [error] = form.errors["areas"]
    assert said in error


def test_all_wrong_lines_of_the_areas_are_named_at_once_and_nothing_is_written(miriams: Client, city: Agency) -> None:
    services.set_areas([{"code": "north", "column": 0, "row": 0, "people": 0, "names": {"he": "הצפון"}}])
    page = miriams.post(f"{QUEUE}rules/", {"areas": "?; 0; 0; 1; a\nwest; 0; 0; 2; b\neast; x; 0; 2; c"})
    words = page.content.decode()
    assert page.status_code == 422
    assert ("שורה 1" in words, "שורה 2" in words, "שורה 3" in words) == (True, False, True)
    assert list(Area.objects.values_list("code", flat=True)) == ["north"]


def test_every_step_is_a_line_of_its_story(submitted: Petition, miriam: Staff) -> None:
    services.move(submitted, "publish", staff=miriam)
    services.move(submitted, "close", staff=miriam, words={"he": "די"})
    assert list(PetitionEvent.objects.filter(petition=submitted).values_list("verb", flat=True)) == [
        "started", "supported", "submitted", "published", "closed",
    ]  # fmt: skip


def test_a_petition_is_taken_off_the_site(miriams: Client, petition: Petition, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    decide(miriams, petition, verb="take_down", reason="personal", words="")
    assert Client().get("/petitions/48213/").status_code == 404
    with pytest.raises(Refused):
        sign_as(petition, get_or_create_identity(DANA, assurance=1), door="sms")
