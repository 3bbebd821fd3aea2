"""Following on every door, with consent: a refusal stays until somebody takes it back in so many words."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency
from kesher.cases.models import Topic
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.privacy_registry import HOLDINGS, read_rows
from kesher.contacts.service_caller import Call
from kesher.contacts.services import (
    find_consent,
    get_or_create_identity,
    merge_contacts,
    record_consent,
    refuse_messages,
    undo_merge,
    undo_refusal,
)
from kesher.conversations.tests.talk import DANA, MAIL, code_sent_to, hear
from kesher.core.audit import SYSTEM
from kesher.core.models import Audit
from kesher.following import services
from kesher.following.models import Following
from kesher.following.presenters import reading_languages
from tests.followings import a_following, herzl, lamp_on, shade

PAGE, API = "/following/", "/api/v1/following/"
CHOSEN = {"topics": ["all:petitions"], "places": "הרצל", "languages": ["he"], "frequency": "weekly"}
PHONE = "+972505550142"


def stored() -> list[tuple[list[str], list[str], str]]:
    """What everybody follows."""
    rows = Following.objects.order_by("pk")
    return [(row.topics, row.places, row.frequency) for row in rows]


def choose(who: Identity, **answers: object) -> bool:
    """Follow petitions; return whether a refusal keeps us from writing."""
    given = {"topics": ["all:petitions"], "frequency": "daily", **answers}
    return services.follow(Call(door="web", identity=who, level=1), **given).refused  # type: ignore[arg-type]


def test_a_page_stores_nothing_before_the_code(client: Client, sms: Account) -> None:
    herzl()
    asked = client.post(PAGE, {**CHOSEN, "address": "050-5550142"})
    assert stored() == []
    assert client.post(asked["Location"], {"code": "000000"}).status_code == 422
    assert stored() == []
    assert client.post(asked["Location"], {"code": code_sent_to(PHONE)}).status_code == 200
    assert stored() == [(["all:petitions"], ["herzl"], "weekly")]


def test_before_the_code_a_page_says_what_is_followed_by_its_names(client: Client, sms: Account) -> None:
    herzl()
    asked = client.post(PAGE, {**CHOSEN, "address": "050-5550142"}, headers={"accept-language": "en"})
    page = client.get(asked["Location"], headers={"accept-language": "en"}).text
    assert "Herzl" in page
    assert "[&#x27;herzl" not in page


def test_a_signed_in_person_sees_the_list_and_changes_it(city: Agency, dana: Identity) -> None:
    shade()
    a_following(dana)
    browser = browser_of(dana)
    page = browser.get(PAGE).content.decode()
    assert "צל לגני השעשועים" in page
    assert "אתם עוקבים אחרי כל הפריטים מסוג זה: עצומות" in page
    herzl()
    done = browser.post(PAGE, {**CHOSEN, "known": "1"}, follow=True)
    assert "הרצל" in done.content.decode()
    assert stored() == [(["all:petitions"], ["herzl"], "weekly")]


def test_the_page_asks_for_places_first_and_folds_single_topics(client: Client, city: Agency, dana: Identity) -> None:
    herzl()
    Topic.objects.create(agency=city, code="benefit", names={"he": "קצבה"})
    page = client.get(PAGE).content.decode()
    parts = ['name="places"', 'value="all:petitions"', '<details class="choice-group">', 'value="benefit"']
    assert sorted(parts, key=page.index) == parts
    a_following(dana, topics=["benefit"])
    assert '<details class="choice-group" open>' in browser_of(dana).get(PAGE).content.decode()


@pytest.mark.parametrize("level", [0, 1])
def test_a_browser_without_proof_sees_nobodys_list(city: Agency, dana: Identity, omar: Identity, level: int) -> None:
    shade()
    a_following(dana)
    browser = browser_of(dana, level=1) if level else Client()
    assert "צל לגני השעשועים" not in browser.get(PAGE).content.decode()


def test_nothing_chosen_and_an_unknown_street_are_mistakes(city: Agency, client: Client) -> None:
    herzl()
    empty = client.post(PAGE, {"frequency": "weekly", "address": "050-5550142"})
    wrong = client.post(PAGE, {**CHOSEN, "places": "הירקון", "address": "050-5550142"})
    assert (empty.status_code, wrong.status_code) == (422, 422)
    assert "הירקון" in wrong.content.decode()
    assert stored() == []


def test_a_conversation_asks_for_topics_places_and_how_often(whatsapp: Account) -> None:
    herzl()
    lamp_on("הרצל 12")
    said = hear(whatsapp, DANA, "לעקוב", "פנסים, עצומות", "רחוב הרצל", "3")
    assert "אתם עוקבים אחרי" in said
    assert [(sorted(topics), places, often) for topics, places, often in stored()] == [
        (["all:petitions", "street-light"], ["herzl"], "daily")
    ]


def test_what_is_new_comes_in_a_conversation_with_the_reason(whatsapp: Account) -> None:
    herzl()
    assert "עדיין" in hear(whatsapp, DANA, "מה חדש")
    hear(whatsapp, DANA, "לעקוב", "עצומות", "הרצל", "1")
    lamp_on("הרצל 12")
    said = hear(whatsapp, DANA, "מה חדש?")
    assert "פנס רחוב: הרצל" in said
    assert "ברחוב שאתם עוקבים אחריו: הרצל" in said


def test_unsigned_mail_is_not_told_what_its_sender_follows(mailbox: Account) -> None:
    shade()
    hear(mailbox, MAIL, "לעקוב", "עצומות", "1", authenticated=True)
    assert stored() != []
    assert "צל לגני" in hear(mailbox, MAIL, "מה חדש", authenticated=True)
    assert "צל לגני" not in hear(mailbox, MAIL, "מה חדש")


def test_to_stop_following_asks_before_it_forgets(whatsapp: Account, dana: Identity) -> None:
    a_following(dana)
    hear(whatsapp, DANA, "להפסיק לעקוב")
    assert stored() != []
    hear(whatsapp, DANA, "1")
    assert stored() == []


def test_a_question_does_not_stop_messages(whatsapp: Account, dana: Identity) -> None:
    choose(dana)
    hear(whatsapp, DANA, "הסר?", "stop?")
    assert find_consent(dana.contact, "information") is True


def test_the_api_takes_lists_and_asks_for_a_code(client: Client, sms: Account) -> None:
    herzl()
    asked = client.post(API, {**CHOSEN, "address": PHONE}, content_type="application/json")
    assert asked.status_code == 202, asked.content
    assert stored() == []
    url = asked.json()["data"]["links"]["confirm"].removeprefix("https://city.example")
    assert client.post(url, {"code": code_sent_to(PHONE)}, content_type="application/json").status_code in (200, 201)
    assert stored() == [(["all:petitions"], ["herzl"], "weekly")]


def test_who_is_never_written_to_is_not_asked_for_consent(city: Agency, dana: Identity) -> None:
    assert not choose(dana, frequency="never")
    assert find_consent(dana.contact, "information") is None
    choose(dana)
    assert find_consent(dana.contact, "information") is True


def test_following_again_does_not_undo_a_stop(city: Agency, dana: Identity) -> None:
    choose(dana)
    refuse_messages(dana.contact, everything=False, source="sms", by=SYSTEM)
    assert choose(dana)
    assert find_consent(dana.contact, "information") is False
    assert undo_refusal(dana.contact, source="sms", by=SYSTEM)
    assert find_consent(dana.contact, "information") is True


def test_a_yes_to_the_question_undoes_a_stop(whatsapp: Account, dana: Identity) -> None:
    choose(dana)
    refuse_messages(dana.contact, everything=False, source="sms", by=SYSTEM)
    asked = hear(whatsapp, DANA, "לעקוב", "עצומות", "2")
    assert "ביקשתם" in asked
    assert find_consent(dana.contact, "information") is False
    hear(whatsapp, DANA, "1")
    assert find_consent(dana.contact, "information") is True


def test_a_merged_person_follows_both_and_an_undone_merge_restores_each(dana: Identity, omar: Identity) -> None:
    a_following(dana, topics=["a"], frequency="never")
    a_following(omar, topics=["b"], frequency="daily")
    merge = merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    assert merge is not None
    assert stored()[0] == (["a", "b"], [], "daily")
    assert undo_merge(merge, by=SYSTEM)
    assert stored() == [(["a"], [], "never"), (["b"], [], "daily")]


def test_who_followed_nothing_follows_nothing_after_an_undone_merge(dana: Identity, omar: Identity) -> None:
    a_following(omar, topics=["b"])
    merge = merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    assert merge is not None
    assert Following.objects.of(dana.contact).get().topics == ["b"]
    undo_merge(merge, by=SYSTEM)
    assert list(Following.objects.values_list("contact", flat=True)) == [omar.contact_id]


def test_what_was_chosen_since_a_merge_stays(dana: Identity, omar: Identity) -> None:
    a_following(dana, topics=["a"])
    a_following(omar, topics=["b"])
    merge = merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    assert merge is not None
    choose(dana, topics=["c"])
    undo_merge(merge, by=SYSTEM)
    assert Following.objects.of(dana.contact).get().topics == ["c"]


@pytest.mark.parametrize("first", [0, 1])
def test_merges_that_are_undone_in_any_order_leave_nothing_behind(
    dana: Identity, omar: Identity, city: Agency, first: int
) -> None:
    third = get_or_create_identity(Address("tel", "+972505550177"))
    rows = [a_following(who, topics=[name]) for who, name in ((dana, "a"), (omar, "b"), (third, "c"))]
    merges = [merge_contacts(dana.contact, who.contact, reason="test", by=SYSTEM) for who in (omar, third)]
    for merge, left in ((merges[first], ["a", "c" if first == 0 else "b"]), (merges[1 - first], ["a"])):
        assert merge is not None
        undo_merge(merge, by=SYSTEM)
        assert Following.objects.get(pk=rows[0].pk).topics == left


def test_an_undone_merge_below_another_is_undone_above_it(dana: Identity, omar: Identity, city: Agency) -> None:
    third = get_or_create_identity(Address("tel", "+972505550177"))
    row, *_others = (a_following(who, topics=[name]) for who, name in ((dana, "a"), (omar, "b"), (third, "c")))
    below = merge_contacts(omar.contact, third.contact, reason="test", by=SYSTEM)
    merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    assert below is not None
    assert Following.objects.get(pk=row.pk).topics == ["a", "b", "c"]
    undo_merge(below, by=SYSTEM)
    assert Following.objects.get(pk=row.pk).topics == ["a", "b"]


def test_to_stop_following_takes_back_the_consent_that_it_asked_for(city: Agency, dana: Identity) -> None:
    choose(dana)
    services.unfollow(Call(door="web", identity=dana, level=1))
    assert find_consent(dana.contact, "information") is None


def test_to_stop_following_takes_back_no_other_consent(city: Agency, dana: Identity) -> None:
    record_consent(dana, "information", granted=True, source="petition", wording="Of the petition")
    choose(dana)
    services.unfollow(Call(door="web", identity=dana, level=1))
    assert find_consent(dana.contact, "information") is True


def test_to_stop_following_restores_a_refusal_that_following_lifted(city: Agency, dana: Identity) -> None:
    refuse_messages(dana.contact, everything=False, source="sms", by=SYSTEM)
    choose(dana, resume=True)
    services.unfollow(Call(door="web", identity=dana, level=1))
    assert find_consent(dana.contact, "information") is False
    assert undo_refusal(dana.contact, source="sms", by=SYSTEM) == ["information", "promotion", "opinion"]


def test_a_conversation_keeps_the_languages_that_the_page_asked_for(city: Agency, dana: Identity) -> None:
    choose(dana, languages=["he", "ru"])
    choose(dana, topics=["all:contests"])
    assert Following.objects.get().languages == ["he", "ru"]
    Contact.objects.update(language="ru")
    assert reading_languages(Following.objects.get()) == ["ru", "he"]


def test_the_audit_log_does_not_keep_what_somebody_follows(city: Agency, dana: Identity) -> None:
    choose(dana, topics=["disability-benefit"])
    HOLDINGS["following"].erase([dana.contact_id])
    kept = [row.data for row in Audit.objects.filter(operation__startswith="following.").order_by("pk")]
    assert kept == [{"topics": 1, "places": 0, "frequency": "daily"}, {"count": 1}]


def test_who_refused_is_told_to_sign_in_because_only_then_we_ask(client: Client, sms: Account, city: Agency) -> None:
    who = get_or_create_identity(Address("tel", PHONE))
    refuse_messages(who.contact, everything=False, source="sms", by=SYSTEM)
    asked = client.post(PAGE, {**CHOSEN, "places": "", "address": "050-5550142"})
    done = client.post(asked["Location"], {"code": code_sent_to(PHONE)}, follow=True).content.decode()
    assert "/me/sign-in/?next=%2Ffollowing%2F" in done


def test_it_is_exported_and_erased(dana: Identity) -> None:
    a_following(dana)
    holding = HOLDINGS["following"]
    assert read_rows(holding, [dana.contact_id])[0]["topics"] == ["all:petitions"]
    holding.erase([dana.contact_id])
    assert stored() == []
