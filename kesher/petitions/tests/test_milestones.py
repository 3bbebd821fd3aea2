"""Thresholds: several, each with the proof that it counts; reached, lost again when signatures are voided, and kept."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Milestone, Petition
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as

RULES = [
    {"kind": "response", "count": 3, "level": 1, "days": 30, "names": {"he": "תשובה"}},
    {"kind": "meeting", "count": 2, "level": 2, "days": 7, "names": {"he": "פגישה"}},
    {"kind": "discussion", "count": 4, "level": 1, "days": 45, "names": {"he": "דיון"}},
]


@pytest.fixture
def promised(city: Agency) -> Petition:
    services.set_thresholds(RULES)
    return a_petition(code="48213", threshold=None, goals=None)


def sign(petition: Petition, *levels: int) -> list[services.Signed]:
    made = [sign_as(petition, a_phone(assurance=level), door="sms") for level in levels]
    drain_deltas()
    services.note_thresholds()
    return made


def states(petition: Petition) -> dict[str, str]:
    return dict(Milestone.objects.filter(petition=petition).values_list("kind", "state"))


def test_a_petition_takes_the_bodys_thresholds_with_it(promised: Petition) -> None:
    services.set_thresholds([{**RULES[0], "count": 9999}])
    promised.refresh_from_db()
    assert promised.threshold == 3
    assert set(states(promised)) == {"response", "meeting", "discussion"}


def promises(petition: Petition) -> dict[str, int]:
    return dict(Milestone.objects.filter(petition=petition).values_list("kind", "count"))


def test_a_corrected_title_leaves_every_promise_as_it_was(promised: Petition, miriam: Staff) -> None:
    before = promises(promised)
    services.set_thresholds([{**RULES[0], "count": 9999}])
    same = {"threshold": promised.threshold, "goals": promised.goals}
    services.edit_petition(promised, staff=miriam, titles={"he": "צל לגנים"}, **same)
    assert promises(promised) == before
    promised.refresh_from_db()
    assert (promised.threshold, promised.goals) == (3, {"he": "תשובה"})


def test_another_threshold_changes_the_first_answer_alone(promised: Petition, miriam: Staff) -> None:
    services.set_thresholds([{**RULES[0], "count": 9999}])
    services.edit_petition(promised, staff=miriam, threshold=7, goals={"he": "תשובה מלאה"})
    assert promises(promised) == {"response": 7, "meeting": 2, "discussion": 4}
    assert promised.milestones.get(kind="response").names == {"he": "תשובה מלאה"}


def test_what_was_reached_is_promised_as_it_was(promised: Petition, miriams: Client) -> None:
    sign(promised, 1, 1, 1)
    words = {
        "language": "he",
        "title_he": "צל לגנים",
        "demand_he": "להקים הצללה",
        "threshold": "900",
        "goal_he": "כלום",
    }
    assert miriams.post("/desk/petitions/48213/edit/", words).status_code == 302
    promised.refresh_from_db()
    assert (promised.title, promised.threshold, promised.goals) == ("צל לגנים", 3, {"he": "תשובה"})
    assert states(promised)["response"] == "reached"


def test_each_counts_its_own_level_of_proof(promised: Petition) -> None:
    sign(promised, 1, 1)
    assert states(promised)["meeting"] == "ahead"
    sign(promised, 2, 3)
    assert states(promised) == {"response": "reached", "meeting": "reached", "discussion": "reached"}


def test_voided_signatures_take_it_back(promised: Petition, miriam: Staff) -> None:
    signed = sign(promised, 1, 1, 1)
    promised.refresh_from_db()
    assert (promised.response, states(promised)["response"]) == ("due", "reached")
    services.void_signature(signed[0].signature, staff=miriam, reason="בדיקה")
    drain_deltas()
    assert services.note_thresholds() == 1
    promised.refresh_from_db()
    assert (promised.response, promised.due_at, states(promised)["response"]) == ("none", None, "ahead")
    assert list(promised.events.values_list("verb", flat=True)) == ["published", "reached", "lost"]


def test_the_author_is_told_of_each(sms: Account, city: Agency) -> None:
    hear(sms, DANA, "שלום")
    services.set_thresholds([{**RULES[0], "count": 1}])
    mine = a_petition(threshold=None, goals=None, author=get_or_create_identity(DANA, assurance=1).contact)
    sign(mine, 1)
    last = Message.objects.filter(direction="out", identity__address=DANA.address).order_by("-id").first()
    assert last is not None
    assert "תשובה" in last.text


def test_a_promise_is_kept_with_words_and_stays_kept(promised: Petition, miriam: Staff, miriams: Client) -> None:
    signed = sign(promised, 2, 2)
    row = promised.milestones.get(kind="meeting")
    other = promised.milestones.get(kind="discussion")
    assert miriams.post(f"/desk/petitions/48213/promises/{row.kind}-{row.count}/", {"text_he": ""}).status_code == 422
    miriams.post(f"/desk/petitions/48213/promises/{row.kind}-{row.count}/", {"text_he": "נפגשנו ביום שני."})
    assert states(promised)["meeting"] == "done"
    with pytest.raises(Refused):
        services.record_promise_done(other, staff=miriam, words={"he": "דנו"})
    services.void_signature(signed[0].signature, staff=miriam, reason="בדיקה")
    drain_deltas()
    services.note_thresholds()
    assert states(promised)["meeting"] == "done"
    assert "נפגשנו ביום שני." in Client().get("/petitions/48213/").content.decode()


def test_an_answer_keeps_its_promise_even_before_it_is_owed(promised: Petition, miriam: Staff) -> None:
    services.publish_response(promised, {"he": "כן"}, staff=miriam)
    assert states(promised)["response"] == "done"


def test_the_page_shows_the_ladder(promised: Petition) -> None:
    sign(promised, 1, 1, 1)
    page = Client().get("/petitions/48213/").content.decode()
    assert page.count('<span class="rung"') == 3
    assert "דיון" in page
