"""The site's own pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Team
from kesher.cases.models import Case, Topic
from kesher.cases.services import open_case
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contests.tests.factories import a_contest, ago, proposals
from kesher.conversations.services import conversation_of
from kesher.participation.models import Tally
from kesher.petitions.models import Petition
from kesher.petitions.services import create_petition
from kesher.purchases.tests.factories import a_purchase, pass_deadline
from kesher.site.home_stats import count_week


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def shade(city: Agency) -> Petition:
    petition = create_petition(titles={"he": "צל בגנים"}, demands={"he": "להתקין מפרשים"}, code="48213", published=True)
    Tally.objects.create(agency=city, action=petition.action, dimension="total", n=3412)
    return petition


@pytest.fixture
def lamp(city: Agency, team: Team) -> Topic:
    return Topic.objects.create(
        agency=city, code="lamp", names={"he": "תאורת רחוב", "ar": "إنارة", "en": "Street light"}, reportable=True,
        group="lighting", team=team, synonyms={"he": ["פנס"]},
    )  # fmt: skip


def test_home_asks_one_question_and_shows_real_numbers(client: Client, shade: Petition) -> None:
    page = client.get("/").content.decode()
    assert "במה אפשר לעזור?" in page
    assert "3,412" in page
    assert "48213" in page


def test_home_offers_each_public_address_as_a_link(
    client: Client, whatsapp: Account, sms: Account, telegram: Account, mailbox: Account, webchat: Account
) -> None:
    page = client.get("/").content.decode()
    for link in (
        "https://wa.me/97235550100",
        "sms:+97235550101",
        "https://t.me/neve_yam_bot",
        "mailto:moked@",
        'href="/chat/"',
    ):
        assert link in page


def test_home_hides_an_account_that_is_not_public(client: Client, sms: Account) -> None:
    Account.objects.filter(pk=sms.pk).update(is_public=False)
    assert "sms:" not in client.get("/").content.decode()


def test_home_needs_few_queries(
    client: Client, shade: Petition, whatsapp: Account, django_assert_max_num_queries: Any
) -> None:
    client.get("/")
    with django_assert_max_num_queries(8):
        client.get("/")


def test_home_shows_a_contest_that_is_on_and_a_purchase_that_can_be_joined(client: Client, city: Agency) -> None:
    contest, purchase = a_contest(), a_purchase()
    page = client.get("/").content.decode()
    assert f'href="{contest.get_absolute_url()}"' in page
    assert f'href="{purchase.get_absolute_url()}"' in page
    assert "תחרות · " in page
    assert "רכישה קבוצתית · " in page


def test_home_leaves_out_what_nobody_can_take_part_in(client: Client, city: Agency) -> None:
    ahead = a_contest(proposals(opens_at=ago(-1)))
    over = pass_deadline(a_purchase())
    page = client.get("/").content.decode()
    assert ahead.get_absolute_url() not in page
    assert over.get_absolute_url() not in page


def test_home_speaks_the_reader_s_language_however_soon_he_comes_after_another(client: Client, city: Agency) -> None:
    a_purchase()
    assert "רכישה קבוצתית · " in client.get("/").content.decode()
    assert "Group purchase · " in client.get("/", headers={"Accept-Language": "en"}).content.decode()


def test_the_week_counts_what_was_solved_in_time(client: Client, lamp: Topic, dana: Identity) -> None:
    now = timezone.now()
    for late in (False, True):
        case = open_case(conversation_of(dana.contact), kind=Case.Kind.REPORT, topic=lamp, at=now - timedelta(days=2))
        due = now - timedelta(days=1) if late else now + timedelta(days=1)
        Case.objects.filter(pk=case.pk).update(solved_at=now, done_due=due)
    assert "50%" in client.get("/").content.decode()


def test_a_fresh_body_shows_no_numbers_that_were_not_earned(client: Client, city: Agency) -> None:
    page = client.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert "No reports came in these days." in page
    assert "on average" not in page
    assert "%" not in page.partition('id="week"')[2].partition("</section>")[0]


def test_what_is_late_counts_before_it_is_done_and_a_silent_close_in_no_share(
    client: Client, lamp: Topic, dana: Identity
) -> None:
    now, kind = timezone.now(), Case.Kind.REPORT
    late, silent = (
        open_case(conversation_of(dana.contact), kind=kind, topic=lamp, at=now - timedelta(days=2)) for _n in "ab"
    )
    Case.objects.filter(pk=late.pk).update(done_due=now - timedelta(hours=1))
    Case.objects.filter(pk=silent.pk).update(closed_at=now, state="closed")
    found = count_week()
    assert (found.solved, found.due, found.percent, found.took_text) == (0, 1, 0, "")


def test_a_fragment_is_what_htmx_gets(client: Client, shade: Petition) -> None:
    answer = client.get("/?now", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert "3,412" in answer


@pytest.mark.parametrize(("question", "target"), [("48213", "/petitions/48213/"), ("#48213", "/petitions/48213/")])
def test_a_code_leads_to_its_petition(client: Client, shade: Petition, question: str, target: str) -> None:
    assert client.get("/search/", {"q": question}).headers["Location"] == target


def test_a_number_leads_to_the_state_of_its_request(client: Client, lamp: Topic, dana: Identity) -> None:
    case = open_case(conversation_of(dana.contact), topic=lamp)
    answer = client.get("/search/", {"q": str(case.number)})
    assert answer.headers["Location"] == f"/status/?number={case.number}"


@pytest.mark.parametrize("words", ["פנס שבור", "הפנסים", "إنارة", "street light"])
def test_words_find_a_topic_in_any_language(client: Client, lamp: Topic, words: str) -> None:
    page = client.get("/search/", {"q": words}).content.decode()
    assert "/report/?topic=lamp" in page


def test_a_form_of_another_word_is_not_enough(client: Client, lamp: Topic, city: Agency) -> None:
    Topic.objects.create(agency=city, code="pit", names={"he": "בור"}, reportable=True, group="roads")
    assert "topic=pit" not in client.get("/search/", {"q": "פנס שבור"}).content.decode()


def test_a_finer_topic_leads_to_the_form_of_its_group(client: Client, lamp: Topic, city: Agency) -> None:
    Topic.objects.create(agency=city, code="cable", names={"he": "כבל חשוף"}, group="lighting", order=9)
    page = client.get("/search/", {"q": "כבל"}).content.decode()
    assert "/report/?topic=lamp" in page


def test_nothing_found_says_what_to_do(client: Client, webchat: Account) -> None:
    page = client.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "לא מצאנו" in page
    assert "<script>alert" not in page


def test_the_statement_names_the_coordinator(client: Client, city: Agency) -> None:
    city.contact = {"coordinator": {"names": {"he": "אורית נחמני"}, "phone": "03-555-0110", "email": "n@city.example"}}
    city.save()
    page = client.get("/accessibility/").content.decode()
    for words in ("אורית נחמני", "03-555-0110", "5568"):
        assert words in page


def test_privacy_says_how_to_refuse(client: Client, city: Agency) -> None:
    assert "הסר" in client.get("/privacy/").content.decode()


def test_the_language_is_kept_and_the_page_shown_again(client: Client, city: Agency) -> None:
    answer = client.get("/language/ar/", {"next": "/privacy/"})
    assert answer.headers["Location"] == "/privacy/"
    page = client.get("/privacy/").content.decode()
    assert '<html lang="ar" dir="rtl"' in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_language_switch_leads_nowhere_else(client: Client, city: Agency, target: str) -> None:
    assert client.get("/language/en/", {"next": target}).headers["Location"] == "/"


def test_an_unknown_language_is_not_kept(client: Client, city: Agency) -> None:
    assert "django_language" not in client.get("/language/xx/").cookies


def test_colours_are_the_agency_s_own(client: Client, city: Agency) -> None:
    city.accent = "#7a1f5c"
    city.save()
    answer = client.get("/theme.css")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "#7a1f5c" in answer.content.decode()
    assert "/theme.css?v=7a1f5c" in client.get("/privacy/").content.decode()


def test_robots_stay_out_of_what_belongs_to_one_person(client: Client, city: Agency) -> None:
    words = client.get("/robots.txt").content.decode()
    assert "Disallow: /desk/" in words
    assert "Disallow: /files/" in words


def test_an_unknown_page_is_a_page_of_ours(client: Client, city: Agency) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "אין עמוד כזה" in answer.content.decode()
    assert 'action="/search/"' in answer.content.decode()


def test_a_machine_gets_its_errors_as_json(client: Client, city: Agency) -> None:
    said = {"error": "not found", "errors": {"__all__": ["not found"]}}
    assert client.get("/api/v1/nothing/").json() == said


def test_a_page_carries_no_inline_code(client: Client, shade: Petition) -> None:
    page = client.get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick" not in page


def test_the_mark_is_the_town_s_letter(client: Client, city: Agency) -> None:
    page = client.get("/privacy/").content.decode()
    assert 'aria-hidden="true">נ</span>' in page
