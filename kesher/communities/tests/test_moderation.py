"""The moderators' queue, what they decide, and what authors are told; and who may open communities."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.communities.models import Community
from kesher.communities.tests.factories import a_community, a_member, a_post, call_of
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.core.errors import Refused
from kesher.discussions import services as discussions
from kesher.discussions.models import Participant, Post, PostDecision, WatchedWordList
from kesher.discussions.presenters import list_queue

INSULT = "אתה פרחח מסריח"


@pytest.fixture
def community(dana: Identity, tamar: Identity, sms: Account) -> Community:
    """A community with two members of whom we know the numbers."""
    found = a_community(readers="everyone")
    a_member(found, dana)
    a_member(found, tamar, "תמר")
    return found


def queue() -> list[tuple[str, list[str]]]:
    """Return the words and reasons of what waits for a moderator."""
    return [(entry.post.text, list(entry.why)) for entry in list_queue()]


def test_held_posts_come_before_reported_ones_and_first_posts(
    community: Community, dana: Identity, tamar: Identity, miriam: Staff
) -> None:
    a_post(community, dana, "שלום לכולם")
    discussions.save_watched_words("פרחח מסריח", staff=miriam)
    a_post(community, dana, INSULT)
    discussions.report_post(a_post(community, tamar, "קנו אצלי"), call_of(dana), reason="advertising")
    assert queue() == [
        (INSULT, ["עלבון או איום"]),
        ("שלום לכולם", ["הודעה ראשונה של חברה או חבר חדשים"]),
        ("קנו אצלי", ["זו פרסומת"]),
    ]


def test_a_decision_is_recorded_told_to_the_author_and_leaves_the_queue(
    community: Community, dana: Identity, miriam: Staff, miriams: Client
) -> None:
    post = a_post(community, dana, "קנו אצלי")
    miriams.post(f"/desk/moderation/posts/{post.code}/decide/", {"transition": "remove", "reason": "פרסומת"})
    assert (post.again().state, queue()) == ("removed", [])
    assert [(row.transition, row.quoted) for row in PostDecision.objects.all()] == [("remove", "קנו אצלי")]
    told = Message.objects.latest("id").text
    assert "פרסומת" in told
    assert "קנו אצלי" in told


def test_a_removal_needs_a_reason_and_a_state_that_allows_it(
    community: Community, dana: Identity, miriam: Staff
) -> None:
    post = a_post(community, dana)
    for transition, reason in (("remove", ""), ("restore", "x"), ("publish", "x")):
        with pytest.raises(Refused):
            discussions.decide(post, transition, reason, staff=miriam)
    assert (post.again().state, PostDecision.objects.count()) == ("published", 0)


def test_what_a_moderator_removed_comes_back_on_appeal(community: Community, dana: Identity, miriam: Staff) -> None:
    post = a_post(community, dana)
    discussions.decide(post, "remove", "נראה כפרסומת", staff=miriam)
    discussions.decide(post, "restore", "", staff=miriam)
    assert post.again().state == "published"
    assert "חזרה" in Message.objects.latest("id").text


def test_a_post_that_a_moderator_found_fine_is_not_hidden_by_the_next_report(
    community: Community, dana: Identity, tamar: Identity, miriam: Staff
) -> None:
    post = a_post(community, dana)
    discussions.decide(post, "approve", "", staff=miriam)
    discussions.report_post(post, call_of(tamar), reason="about_me")
    assert post.again().state == "published"


def test_a_mended_post_that_was_hidden_waits_for_a_moderator(
    community: Community, dana: Identity, miriam: Staff
) -> None:
    post = a_post(community, dana)
    discussions.decide(post, "ask_edit", "בלי שמות, בבקשה", staff=miriam)
    assert queue() == []
    discussions.edit_post(post, call_of(dana), text="שאלה בלי שמות")
    assert [text for text, _why in queue()] == ["שאלה בלי שמות"]


def test_a_clerk_neither_moderates_nor_removes_nor_opens(community: Community, dana: Identity, ruths: Client) -> None:
    post = a_post(community, dana)
    place = Participant.objects.first()
    assert place is not None
    for path in (f"posts/{post.code}/decide/", f"members/{place.code}/", "words/"):
        assert ruths.post(f"/desk/moderation/{path}", {"transition": "remove", "reason": "x"}).status_code == 403
    assert ruths.post("/desk/communities/new/", {"title_he": "שכונה", "readers": "members"}).status_code == 403
    assert (Post.objects.get().state, Community.objects.count()) == ("published", 1)


def test_a_manager_opens_a_community_and_changes_it(miriams: Client) -> None:
    fields = {"readers": "everyone", "title_he": "בעלי כלבים", "title_ar": "أصحاب الكلاب", "purpose_he": "טיולים ועצות"}
    miriams.post("/desk/communities/new/", fields)
    row = Community.objects.get()
    assert (row.titles["ar"], len(row.code), row.is_public) == ("أصحاب الكلاب", 5, True)
    miriams.post(f"/desk/communities/{row.code}/", {**fields, "readers": "members", "rules_he": "מכבדים"})
    assert (row.again().readers, row.again().house_rules) == ("members", "מכבדים")
    assert "בעלי כלבים" in Client().get("/communities/").text


def test_a_removed_member_is_told_why_and_a_manager_may_readmit_them(
    community: Community, dana: Identity, miriams: Client
) -> None:
    place = Participant.objects.of(dana.contact).get()
    page = miriams.post(f"/desk/moderation/members/{place.code}/", {"reason": ""})
    assert (page.status_code, place.again().removed_at) == (422, None)
    miriams.post(f"/desk/moderation/members/{place.code}/", {"reason": "איומים חוזרים"})
    assert "איומים חוזרים" in Message.objects.latest("id").text
    miriams.post(f"/desk/moderation/members/{place.code}/", {"readmit": "1"})
    assert place.again().is_current


def test_the_list_of_words_is_saved_without_doubles(miriams: Client) -> None:
    miriams.post("/desk/moderation/words/", {"words": "נבזה\n\nנבזה\nпреступник"})
    assert WatchedWordList.objects.get().words == "נבזה\nпреступник"
