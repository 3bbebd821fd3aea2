"""The desk: calling, reviewing, joining, the jury, the decision; and who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contests import desk
from kesher.contests.forms.desk import RoundForm
from kesher.contests.models import Contest, JuryScore, Proposal, Round
from kesher.contests.services import add_juror, close_due_rounds, count_round, create_poll
from kesher.contests.tests.factories import (
    a_ballot_of,
    a_contest,
    a_phone,
    a_proposal,
    a_vote,
    ago,
    jury,
    proposals,
    proposed,
    voted,
)
from kesher.participation.models import Alert

MOMENT = "%Y-%m-%dT%H:%M"


def test_a_manager_calls_a_contest_with_its_rounds_and_publishes_it(miriams: Client) -> None:
    given = {"kind": "words", "language": "he", "title_he": "מילה לספוילר", "brief_he": "מחפשים", "reviewed": "on"}
    miriams.post("/desk/contests/new/", given)
    contest = Contest.objects.get()
    begins = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime(MOMENT)
    miriams.post(
        f"/desk/contests/{contest.code}/round/",
        {"kind": "proposals", "opens_at": begins, "stands": "all", "level": "1", "method": ""},
    )
    miriams.post(f"/desk/contests/{contest.code}/move/", {"verb": "publish"})
    assert contest.again().state == "published"
    assert Round.objects.get().verbs == ["propose"]


def test_a_poll_is_made_in_one_form(miriams: Client) -> None:
    given = {
        "language": "he",
        "title_he": "מה חסר בפארק?",
        "answers_he": "ספסל\nעץ\n",
        "title_ar": "ماذا ينقص؟",
        "answers_ar": "مقعد\nشجرة",
    }
    miriams.post("/desk/contests/poll/", given)
    contest = Contest.objects.get()
    assert [row.texts for row in contest.proposals.order_by("number")] == [
        {"he": "ספסל", "ar": "مقعد"},
        {"he": "עץ", "ar": "شجرة"},
    ]
    assert contest.rounds.get().is_open


def test_a_running_poll_is_made_longer_in_its_form_which_knows_no_seconds(miriams: Client) -> None:
    contest = create_poll(titles={"he": "מה חסר?"}, answers=[{"he": "ספסל"}, {"he": "עץ"}], closes_at=None)
    round = contest.rounds.get()
    given: dict[str, Any] = {name: value or "" for name, value in RoundForm.initial_of(round).items()}
    given["opens_at"] = given["opens_at"].strftime(MOMENT)
    given["closes_at"] = timezone.localtime(timezone.now() + timedelta(days=9)).strftime(MOMENT)
    answer = miriams.post(f"/desk/contests/{contest.code}/round/1/", given)
    assert answer.status_code == 302
    now = Round.objects.get()
    assert (now.opens_at, now.closes_at is None) == (round.opens_at, False)


def test_a_poll_whose_answers_differ_between_languages_is_refused(miriams: Client) -> None:
    given = {"language": "he", "title_he": "מה?", "answers_he": "א\nב", "answers_ar": "أ"}
    assert miriams.post("/desk/contests/poll/", given).status_code == 422
    assert not Contest.objects.exists()


def test_a_clerk_reviews_and_joins_and_may_not_call_or_decide(ruths: Client, dana: Identity) -> None:
    contest = a_contest(code="48213")
    row = proposed(contest, dana, "סופן").proposal
    other = a_proposal(contest, "סופנית")
    page = ruths.get(f"/desk/contests/48213/proposals/{row.number}/").content.decode()
    assert "סופנית" in page  # it looks like it
    ruths.post(f"/desk/contests/48213/proposals/{row.number}/", {"verb": "merge", "into": other.number})
    assert row.again().merged_into == other
    for path in ("new/", "poll/", "48213/decision/", "48213/round/", "48213/jury/"):
        assert ruths.get(f"/desk/contests/{path}").status_code == 403


def test_a_rejection_without_a_reason_says_what_is_missing(ruths: Client, dana: Identity) -> None:
    row = proposed(a_contest(code="48213"), dana, "סופן").proposal
    answer = ruths.post(f"/desk/contests/48213/proposals/{row.number}/", {"verb": "reject"})
    assert answer.status_code == 422
    ruths.post(f"/desk/contests/48213/proposals/{row.number}/", {"verb": "reject", "reason": "advert"})
    assert row.again().state == "rejected"


def test_the_shortlist_needs_reasons(miriams: Client, ruths: Client) -> None:
    row = a_proposal(a_contest(proposals(), jury(), code="48213"), "סופן")
    path = f"/desk/contests/48213/proposals/{row.number}/"
    assert miriams.post(path, {"verb": "shortlist"}).status_code == 422
    assert ruths.post(path, {"verb": "shortlist", "text_he": "קצרה"}).status_code == 422
    miriams.post(path, {"verb": "shortlist", "text_he": "קצרה"})
    assert row.again().shortlisted


def test_a_juror_scores_by_a_private_link_and_steps_back_where_he_is_too_near(client: Client, city: Agency) -> None:
    contest = a_contest(proposals(), jury(), code="48213")
    one, other = a_proposal(contest, "סופן"), a_proposal(contest, "קלקלן")
    juror = add_juror(contest, "דליה")
    assert client.get(f"/contests/jury/{juror.key}/").status_code == 200
    base = f"/contests/jury/{juror.key}"
    client.post(f"{base}/{one.number}/", {"p1-points": "4", "p1-reason": "קצרה", "verb": "score"})
    client.post(f"{base}/{other.number}/", {"p2-points": "5", "p2-reason": "של אחי", "verb": "conflict"})
    client.post(f"{base}/{other.number}/", {"p2-points": "5", "verb": "score"})
    found = JuryScore.objects.order_by("proposal__number").values_list("score", "conflict")
    assert list(found) == [(4, False), (None, True)]
    assert client.get("/contests/jury/NOBODY/").status_code == 404


def test_the_manager_decides_with_reasons_after_the_count(miriams: Client, miriam: Staff) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    voted(round, a_phone(), [2])
    miriams.post("/desk/contests/48213/move/", {"verb": "close"})
    close_due_rounds()
    assert round.again().counted_at is not None
    assert miriams.post("/desk/contests/48213/decision/", {"text_he": "יש תקציב"}).status_code == 422
    miriams.post("/desk/contests/48213/decision/", {"proposal": "1", "text_he": "יש תקציב", "tell": "on"})
    assert contest.again().decision.differs
    miriams.post("/desk/contests/48213/outcome/", {"text_he": "הוצב ספסל"})
    assert contest.outcomes.get().text == "הוצב ספסל"


def test_every_page_of_the_desk_opens(miriams: Client) -> None:
    contest = a_contest(proposals(), jury(), code="48213")
    row = a_proposal(contest, "סופן")
    add_juror(contest, "דליה", titles={"he": "בלשנית"})
    for path in (
        *("", "new/", "poll/", "48213/", "48213/edit/", "48213/round/", "48213/round/1/", "48213/proposals/"),
        *("48213/proposals/?state=published", f"48213/proposals/{row.number}/", "48213/jury/", "48213/decision/"),
        "48213/outcome/",
    ):
        assert miriams.get(f"/desk/contests/{path}").status_code == 200, path


def test_the_list_is_paged_and_searched(miriams: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.initiatives.desk.PAGE", 1)
    a_contest(code="48213")
    a_contest(titles={"he": "שם לגשר החדש"}, code="61940")
    first, second = (miriams.get("/desk/contests/", {"page": page}).content.decode() for page in (1, 2))
    assert ("61940" in first, "48213" in first, "page=2" in first) == (True, False, True)
    assert ("61940" in second, "48213" in second) == (False, True)
    found = miriams.get("/desk/contests/", {"q": "גשרים"}).content.decode()
    assert ("61940" in found, "48213" in found) == (True, False)
    assert 'href="/desk/contests/"' in miriams.get("/desk/contests/", {"q": "אבטיח"}).content.decode()


def test_nobody_of_another_body_sees_or_touches_anything(sashas: Client, city: Agency) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    assert sashas.get("/desk/contests/48213/").status_code == 403
    assert sashas.post("/desk/contests/48213/move/", {"verb": "close"}).status_code == 403
    assert round.again().counted_at is None
    count_round(round)
    assert Proposal.objects.filter(contest=contest).count() == 2


def test_the_body_puts_something_on_the_list_until_people_choose_from_it(miriams: Client) -> None:
    contest = a_contest(proposals(), a_vote(opens_at=ago(-3)), code="48213")
    path = "/desk/contests/48213/proposals/new/"
    assert miriams.post(path, {"text_he": "קלקלן", "meaning_he": "מי שמקלקל"}).status_code == 302
    assert miriams.post(path, {"text_he": "הקלקלן"}).status_code == 422  # it stands there
    contest.rounds.filter(kind="vote").update(opens_at=ago(1))
    assert miriams.post(path, {"text_he": "סופן"}).status_code == 422
    row = Proposal.objects.get()
    assert (row.text, row.meaning, row.state, row.by_staff) == ("קלקלן", "מי שמקלקל", "published", True)


def test_a_draft_takes_what_the_body_lists_whatever_its_dates_are(miriams: Client) -> None:
    contest = a_contest(a_vote(), code="48213")
    Contest.objects.filter(pk=contest.pk).update(state="draft")
    miriams.post("/desk/contests/48213/proposals/new/", {"text_he": "ספסל"})
    assert Proposal.objects.get().text == "ספסל"


def test_a_statement_is_added_while_people_answer(miriams: Client) -> None:
    a_ballot_of("אמירה ראשונה", method="opinion", code="48213")
    miriams.post("/desk/contests/48213/proposals/new/", {"text_he": "צריך יותר ספסלים"})
    assert Proposal.objects.count() == 2


def test_a_clerk_puts_nothing_on_the_list(ruths: Client, sashas: Client) -> None:
    a_contest(code="48213")
    for client in (ruths, sashas):
        assert client.post("/desk/contests/48213/proposals/new/", {"text_he": "קלקלן"}).status_code == 403
    assert not Proposal.objects.exists()


def test_the_winner_can_be_decided_however_late_it_came(miriams: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "CHOICES", 2)
    contest, round = a_ballot_of("א", "ב", "ג", "ד", code="48213")
    voted(round, a_phone(), [4])
    count_round(round)
    choices = [number for number, _text in desk.decision_choices(contest.again())]
    assert (choices[0], len(choices)) == ("4", 2)


def test_proposals_are_searched_whatever_their_state(miriams: Client) -> None:
    contest = a_contest(code="48213")
    one, other = a_proposal(contest, "קלקלן"), proposed(contest, a_phone(), "סופן", door="sms").proposal
    page = miriams.get("/desk/contests/48213/proposals/", {"q": "קלקלנים"}).content.decode()
    assert (one.text in page, other.text in page) == (True, False)
    assert other.text in miriams.get("/desk/contests/48213/proposals/", {"q": str(other.number)}).content.decode()


def test_the_list_says_where_something_looks_odd(miriams: Client) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    Alert.objects.create(action=round.action, dimension="area", key="north", start=ago(0), seen=9, expected=0.1)
    assert miriams.get("/desk/contests/").context["odd"] == [
        {"title": contest.title, "url": "/desk/contests/48213/", "count": 1}
    ]
