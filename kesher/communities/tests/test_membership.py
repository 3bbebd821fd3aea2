"""Joining and leaving a community, on a page and from a phone; who was removed stays out under every address."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.communities import services
from kesher.communities.tests.factories import a_community, a_member, a_post, call_of
from kesher.contacts.models import Identity
from kesher.contacts.privacy_registry import HOLDINGS
from kesher.contacts.services import merge_contacts
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.discussions.models import Participant, Post
from kesher.discussions.services import readmit, remove_participant
from kesher.following.models import Following

PHONE = "+972505550142"


def members() -> list[str]:
    """Return the names of all who take part now."""
    return list(Participant.objects.current().order_by("id").values_list("name", flat=True))


def test_a_page_lets_somebody_join_when_the_code_comes_back(client: Client, sms: Account) -> None:
    a_community()
    asked = client.post("/communities/31415/join/", {"name": "נועה", "address": "050-5550142"})
    assert members() == []
    done = client.post(asked["Location"], {"code": code_sent_to(PHONE)})
    assert "מכבדים זה את זה" in done.text
    assert members() == ["נועה"]


def test_join_and_the_number_on_whatsapp_asks_for_a_name_and_how_often_we_write(whatsapp: Account) -> None:
    a_community()
    assert "באיזה שם" in hear(whatsapp, DANA, "להצטרף לקהילה 31415")
    assert "באיזו תדירות" in hear(whatsapp, DANA, "אמא של רוני")
    assert "הורים לפעוטות" in hear(whatsapp, DANA, "פעם בשבוע")
    assert members() == ["אמא של רוני"]
    assert Following.objects.get().frequency == "weekly"


def test_who_gets_a_digest_already_is_asked_for_a_name_only(whatsapp: Account) -> None:
    a_community()
    hear(whatsapp, DANA, "שלום")
    contact = Identity.objects.get(address=DANA.address).contact
    Following.objects.create(agency=contact.agency, contact=contact, frequency="daily")
    hear(whatsapp, DANA, "להצטרף לקהילה 31415")
    assert "הורים לפעוטות" in hear(whatsapp, DANA, "אמא של רוני")
    assert members() == ["אמא של רוני"]


def test_nobody_joins_twice_or_under_a_name_that_is_taken(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana, "נועה")
    for who, name in ((dana, "אחרת"), (tamar, "נועה")):
        with pytest.raises(Refused):
            services.join_community(community, call_of(who), name=name)
    assert members() == ["נועה"]


def test_a_name_is_no_number_no_address_and_not_the_citys(city: Agency, dana: Identity) -> None:
    community = a_community()
    for name in ("050-5550199", "noa@example.com", next(iter(city.names.values()))):
        with pytest.raises(Refused):
            services.join_community(community, call_of(dana), name=name)
    assert members() == []


def test_who_left_may_come_back_and_their_posts_stay(dana: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_post(community, dana)
    services.leave_community(community, call_of(dana))
    assert members() == []
    with pytest.raises(Refused):
        a_post(community, dana, "עוד משהו")
    services.join_community(community, call_of(dana), name="נועה ב")
    assert (members(), Post.objects.count()) == (["נועה ב"], 1)


def test_a_removed_person_comes_back_by_no_address_also_one_linked_later(
    dana: Identity, tamar: Identity, miriam: Staff
) -> None:
    community = a_community()
    remove_participant(a_member(community, dana), "איומים", staff=miriam)
    merge_contacts(tamar.contact, dana.contact, reason="same person", by=SYSTEM)
    for who in (dana.again(), tamar.again()):
        with pytest.raises(Refused, match="הוסרתם"):
            services.join_community(community, call_of(who), name="חדש")
    readmit(Participant.objects.get(), staff=miriam)
    assert members() == ["נועה"]


def test_an_archived_community_is_read_but_nobody_joins_or_writes(
    dana: Identity, tamar: Identity, miriam: Staff
) -> None:
    community = a_community()
    a_member(community, dana)
    services.set_archived(community, True, staff=miriam)
    with pytest.raises(Refused):
        services.join_community(community, call_of(tamar), name="תמר")
    with pytest.raises(Refused):
        a_post(community, dana)
    assert browser_of(dana).get(community.get_absolute_url()).status_code == 200


def test_an_erased_member_is_a_former_member_and_what_nobody_saw_is_emptied(dana: Identity) -> None:
    community = a_community(readers="everyone")
    a_member(community, dana)
    a_post(community, dana, "גן משחקים מוצל יש ברחוב הגפן")
    a_post(community, dana, "הטלפון שלה 052-5550177")
    for name in ("posts", "discussions", "post_reports"):
        HOLDINGS[name].erase([dana.contact_id])
    page = Client().get(community.get_absolute_url()).text
    assert "לשעבר" in page
    assert "נועה" not in page
    assert list(Post.objects.order_by("id").values_list("text", flat=True)) == ["גן משחקים מוצל יש ברחוב הגפן", ""]
