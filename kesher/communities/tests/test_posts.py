"""What members write: who may, who sees it, what is held and why, and how it is changed or taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Staff
from kesher.cases.desk.navigation import person_url
from kesher.cases.models import Case
from kesher.cases.services import move_case
from kesher.channels.models import Account
from kesher.communities import services
from kesher.communities.tests.factories import a_community, a_member, a_post, call_of
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.errors import Refused
from kesher.discussions import services as discussions
from kesher.discussions.models import Post, PostReport
from kesher.discussions.rules import POSTS_AN_HOUR

SHADE, SLIDE = "מישהו מכיר גן משחקים מוצל?", "המגלשה ברחוב הגפן תוקנה"


def states() -> list[tuple[str, str]]:
    """Return the words and states of all posts."""
    return list(Post.objects.order_by("id").values_list("text", "state"))


def test_a_member_writes_on_the_page_and_others_answer(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "אבא של יואב")
    done = browser_of(dana).post("/communities/31415/post/", {"text": SHADE, "known": "1"}, follow=True)
    assert SHADE in done.text
    post = Post.objects.get()
    page = browser_of(tamar).post(f"/posts/{post.code}/reply/", {"text": SLIDE, "known": "1"}, follow=True).text
    assert SLIDE in page
    assert "אבא של יואב" in page


def test_a_member_writes_and_reads_from_whatsapp(whatsapp: Account, dana: Identity) -> None:
    a_member(a_community(), dana)
    hear(whatsapp, DANA, "לכתוב לקהילה 31415")
    assert "ניתן לקרוא" in hear(whatsapp, DANA, SHADE)
    assert states() == [(SHADE, "published")]
    assert SHADE in hear(whatsapp, DANA, "לקרוא את הקהילה 31415")


def test_strangers_and_other_residents_neither_read_nor_write_where_members_only_may(
    dana: Identity, tamar: Identity
) -> None:
    community = a_community()
    a_member(community, dana)
    post = a_post(community, dana)
    for browser in (Client(), browser_of(tamar)):
        assert SHADE not in browser.get("/communities/31415/").text
        assert browser.get(f"/posts/{post.code}/")["Location"] == "/communities/31415/"
        assert SHADE not in browser.get(f"/posts/{post.code}/reply/").text
    with pytest.raises(Refused):
        discussions.reply(post, call_of(tamar), text=SLIDE)
    assert Post.objects.count() == 1


def test_a_held_post_is_seen_by_its_author_alone_with_the_reason(dana: Identity) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    words = "כתבו אליה rina@example.com"
    browser_of(dana).post("/communities/31415/post/", {"text": words, "known": "1"})
    assert states() == [(words, "held")]
    assert words not in Client().get("/communities/31415/").text
    assert words in browser_of(dana).get("/communities/31415/").text
    post = Post.objects.get()
    discussions.edit_post(post, call_of(dana), text="תתקשרו למוקד העירוני")
    assert Post.objects.get().state == "published"


def test_a_new_members_link_waits_and_an_old_members_does_not(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana, days=1)
    a_member(community, tamar, "ותיק", days=4)
    a_post(community, dana, "ראו https://example.com/sale")
    a_post(community, tamar, "ראו https://example.com/play")
    assert [state for _text, state in states()] == ["held", "published"]


def test_only_the_author_changes_or_deletes_a_post(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    post = a_post(community, dana)
    with pytest.raises(Refused):
        discussions.edit_post(post, call_of(tamar), text="x")
    with pytest.raises(Refused):
        discussions.delete_post(post, call_of(tamar))
    assert states() == [(SHADE, "published")]
    assert SHADE not in browser_of(tamar).get(f"/posts/{post.code}/edit/").text.partition("<textarea")[2]
    discussions.delete_post(post, call_of(dana))
    assert states() == [("", "deleted")]


def test_a_deleted_post_with_answers_leaves_its_place(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    post = a_post(community, dana)
    discussions.reply(post, call_of(tamar), text=SLIDE)
    discussions.delete_post(post, call_of(dana))
    page = browser_of(tamar).get("/communities/31415/").text
    assert SLIDE in page
    assert SHADE not in page


def test_answers_to_answers_stand_beside_them(dana: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    post = a_post(community, dana)
    first = discussions.reply(post, call_of(dana), text=SLIDE)
    second = discussions.reply(first, call_of(dana), text="תודה!")
    assert (first.parent, second.parent) == (post, post)


def test_a_member_who_writes_too_much_is_told_the_limit_that_the_page_publishes(dana: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    for number in range(POSTS_AN_HOUR):
        a_post(community, dana, f"{SHADE} {number}")
    with pytest.raises(Refused, match=str(POSTS_AN_HOUR)):
        a_post(community, dana, "עוד")
    assert Post.objects.count() == POSTS_AN_HOUR
    assert f"לכל היותר {POSTS_AN_HOUR}" in browser_of(dana).get("/communities/31415/").text
    Post.objects.update(created=timezone.now() - timedelta(hours=2))
    assert a_post(community, dana, "עוד").pk


def test_a_post_about_somebody_is_hidden_until_a_moderator_decides(dana: Identity, tamar: Identity) -> None:
    post = report_by(tamar, dana, "about_me")
    assert (post.state, post.needs_review, post.decision_due is not None) == ("hidden", True, True)
    with pytest.raises(Refused):
        discussions.report_post(post, call_of(tamar), reason="about_me")


def test_other_reports_leave_a_post_until_a_moderator_decides(dana: Identity, tamar: Identity) -> None:
    post = report_by(tamar, dana, "advertising")
    assert (post.state, post.needs_review) == ("published", True)
    assert PostReport.objects.get().quoted == SHADE


def report_by(who: Identity, author: Identity, reason: str) -> Post:
    """Return a post of one person after another reported it."""
    community = a_community(readers="everyone")
    a_member(community, author)
    post = a_post(community, author)
    discussions.report_post(post, call_of(who), reason=reason)
    return post.again()


def test_the_feed_makes_as_many_queries_for_sixty_posts_as_for_one(
    dana: Identity, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    community = a_community(readers="everyone")
    place = a_member(community, dana)
    posts = [
        Post(
            agency_id=community.agency_id,
            discussion=community.discussion,
            participant=place,
            text=f"{number}",
            created=timezone.now(),
        )
        for number in range(60)
    ]
    Post.objects.bulk_create(posts)
    browser = browser_of(dana)
    browser.get("/communities/31415/")
    with django_assert_max_num_queries(8):
        page = browser.get("/communities/31415/").text
    assert page.count('class="post"') == 20
    older = page.partition('rel="next" href="')[2].partition('"')[0]
    with django_assert_max_num_queries(8):
        page = browser.get(f"/communities/31415/{older}").text
    assert page.count('class="post"') == 20


def test_the_city_answers_in_the_thread_marked_official(dana: Identity, miriam: Staff) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    post = a_post(community, dana)
    with pytest.raises(Refused):
        discussions.answer_officially(post.discussion, "התקשרו 052-5550177", staff=miriam, parent=post)
    discussions.answer_officially(post.discussion, "מפרשי הצל יותקנו במאי.", staff=miriam, parent=post)
    page = Client().get(f"/posts/{post.code}/").text
    assert "מפרשי הצל יותקנו במאי." in page
    assert "תשובה רשמית" in page


def test_a_question_becomes_a_request_once_and_the_public_answer_solves_it(
    dana: Identity, tamar: Identity, sms: Account, miriam: Staff
) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    post = a_post(community, dana)
    first = discussions.ask_body(post, call_of(tamar))
    assert discussions.ask_body(post, call_of(dana)) == first
    assert (first.title, first.conversation.contact, first.waiting_since is None) == (SHADE, dana.contact, False)
    assert "התבקשה תשובה רשמית" in Client().get("/communities/31415/").text
    discussions.answer_officially(post.discussion, "מפרשי הצל יותקנו במאי.", staff=miriam, parent=post)
    assert first.again().state == "solved"
    assert first.again().answered_at is not None
    assert "מפרשי הצל יותקנו במאי." in Message.objects.latest("id").text


def test_what_was_solved_without_a_public_answer_was_handled_privately(dana: Identity, miriam: Staff) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    case = discussions.ask_body(a_post(community, dana), call_of(dana))
    move_case(case, "solve", staff=miriam)
    assert "באופן פרטי" in Client().get("/communities/31415/").text


def test_nobody_asks_the_city_about_a_thread_in_which_they_take_no_part(dana: Identity, tamar: Identity) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    post = a_post(community, dana)
    with pytest.raises(Refused):
        discussions.ask_body(post, call_of(tamar))
    discussions.delete_post(post, call_of(dana))
    with pytest.raises(Refused):
        discussions.ask_body(post, call_of(dana))
    assert not Case.objects.exists()


def test_a_clerk_answers_for_all_and_sees_what_waits(dana: Identity, ruths: Client, miriams: Client) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    post = a_post(community, dana)
    case = discussions.ask_body(post, call_of(dana))
    assert f"#{case.number}" in ruths.get("/desk/moderation/questions/").text
    assert "/desk/moderation/questions/" in miriams.get("/desk/overview/").text
    assert post.code in ruths.get(person_url(dana.contact, case=case.number)).text
    page = ruths.get(f"/desk/moderation/posts/{post.code}/").text
    assert "decide" not in page
    ruths.post(f"/desk/moderation/posts/{post.code}/", {"text": "מפרשי הצל יותקנו במאי."})
    assert "תשובה רשמית" in Client().get(f"/posts/{post.code}/").text
    assert case.again().state == "solved"


def test_a_late_answer_is_called_late(dana: Identity) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    case = discussions.ask_body(a_post(community, dana), call_of(dana))
    path = community.get_absolute_url()
    assert "מתעכבת" not in Client().get(path).text
    Case.objects.filter(pk=case.pk).update(answer_due=timezone.now() - timedelta(hours=1))
    assert "מתעכבת" in Client().get(path).text


def test_a_post_is_written_in_at_most_fifteen_queries_however_many_members(
    dana: Identity, tamar: Identity, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    call = call_of(dana)
    with django_assert_max_num_queries(15):
        services.post_to_community(community, call, text=SHADE)
