"""A seller's offer in a conversation: step by step, with the same service and review, and messages until the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import BroadcastRow
from kesher.conversations.tests.talk import DANA, OMAR, VISITOR, code_sent_to, hear, link_sent_to
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.forms.offer_dialogue import StepField
from kesher.purchases.magic_links import seal_offer
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.tests.factories import a_demand, a_purchase, an_offer, buy, interested, pass_deadline

SOON = timedelta(days=5)
PHONE = "+972505550142"
# name, no company number, three steps and no fourth, nothing limited, conditions, yes
WHOLE = ("שמש הצפון", "דלג", "1 5200", "10 4,800", "מ־20: ₪4,200.50", "דלג", "2", "כולל התקנה", "1")


@pytest.fixture
def demand(city: Agency) -> Purchase:
    return a_demand(code="52712")


def told(offer: Offer) -> list[str]:
    rows = BroadcastRow.objects.filter(contact=offer.contact).order_by("id")
    return [row.broadcast.texts["en"] for row in rows]


@pytest.mark.parametrize("words", ["הצעה 52712", "הצעה נגדית 52712", "offer 52712", "عرض 52712", "предложение 52712"])
def test_a_seller_is_led_through_his_offer(demand: Purchase, sms: Account, words: str) -> None:
    said = hear(sms, DANA, words)
    assert any(title in said for title in demand.titles.values())
    asked = hear(sms, DANA, *WHOLE[:-1])
    assert "4,200.50" in asked  # the whole is said before the yes
    assert not Offer.objects.exists()
    hear(sms, DANA, WHOLE[-1])
    offer = Offer.objects.get()
    assert [(tier.start, tier.price) for tier in offer.ladder] == [(1, 520_000), (10, 480_000), (20, 420_050)]
    assert (offer.state, offer.seller, offer.term) == ("proposed", "שמש הצפון", "כולל התקנה")
    assert offer.contact == find_identity(DANA).contact  # type: ignore[union-attr]


def test_on_a_channel_with_buttons(demand: Purchase, telegram: Account) -> None:
    hear(telegram, OMAR, "عرض 52712", "متجر", "تخطي", "5000", "تخطي", "لا", "يشمل التركيب", "نعم", lang="ar")
    offer = Offer.objects.get()
    assert (offer.language, offer.ladder[0].price, len(offer.ladder)) == ("ar", 500_000, 1)


def test_an_offer_with_limits(demand: Purchase, sms: Account) -> None:
    hear(sms, DANA, "הצעה 52712", "קרן שמש", "515555555", "900", "דלג", "1")
    hear(sms, DANA, "4", "40", "דלג", "4", "2", "31.12.2099", "משלוח", "1")
    offer = Offer.objects.get()
    assert (offer.minimum, offer.stock, offer.maximum, offer.box, offer.each) == (4, 40, None, 4, 2)
    assert offer.registration == "515555555"
    assert offer.good_until
    assert timezone.localtime(offer.good_until).year == 2099


def test_a_step_that_is_no_step_down_is_asked_again(demand: Purchase, sms: Account) -> None:
    hear(sms, DANA, "הצעה 52712", "קרן שמש", "דלג", "1 5200")
    assert "5200" not in hear(sms, DANA, "10 5300")
    hear(sms, DANA, "10", "10 4800", "דלג", "2", "כולל התקנה", "1")
    assert [tier.price for tier in Offer.objects.get().ladder] == [520_000, 480_000]


def test_a_no_offers_nothing(demand: Purchase, sms: Account) -> None:
    hear(sms, DANA, "הצעה 52712", *WHOLE[:-1], "2")
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 5200", (1, 520_000)), ("4,800", (1, 480_000)), ("10: 4,800.50 ₪", (10, 480_050)), ("מ־10 ב־900", (10, 90_000)),
        ("١٠ ٩٠٠", (10, 90_000)),
    ],
)  # fmt: skip
def test_a_step_as_people_write_it(text: str, found: tuple[int, int]) -> None:
    assert StepField(first=True).clean(text) == found


@pytest.mark.parametrize("text", ["", "0 900", "10 0.5", "1 2 3", "1.5 900", "זול", "10 99999999999"])
def test_a_step_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(ValidationError):
        StepField(first=True).clean(text)


def test_after_the_deadline_no_offer_is_taken(purchase: Purchase, sms: Account) -> None:
    hear(sms, DANA, "הצעה 52712", *WHOLE[:-1])
    pass_deadline(purchase)
    hear(sms, DANA, WHOLE[-1])
    hear(sms, DANA, "הצעה 52712", "קרן שמש")
    assert not Offer.objects.filter(contact__isnull=False).exists()


def test_nobody_offers_at_a_closed_purchase_through_the_api(purchase: Purchase, client: Client, sms: Account) -> None:
    pass_deadline(purchase)
    terms = {"seller": "קרן", "terms": "הכול", "start_1": 1, "price_1": "900", "minimum": 1, "box": 1, "each": 3}
    answer = client.post(
        "/api/v1/purchases/52712/offers/", {"address": PHONE, **terms}, content_type="application/json"
    )
    assert answer.status_code == 409
    assert Offer.objects.count() == 1


def test_the_number_tells_a_purchase_from_a_contest(demand: Purchase, sms: Account) -> None:
    """Both are woken by the same word, and a contest's proposals come first where nothing has the number."""
    called = [REGISTRY.find_by_word(text) for text in ("הצעה 52712", "הצעה 99999", "הצעה")]
    names = [found[0].name for found in called if found]
    assert names == ["purchases.offer", "contests.propose", "contests.propose"]
    assert "דודי שמש" in hear(sms, DANA, "הצעה 52712")


def test_a_visitor_of_the_chat_proves_an_address_first(demand: Purchase, webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "הצעה 52712", *WHOLE[:-1], "050-555-0142", "1")
    assert Offer.objects.get().state == "pending"
    hear(webchat, VISITOR, "000000")
    assert Offer.objects.get().state == "pending"
    hear(webchat, VISITOR, code_sent_to(PHONE))
    offer = Offer.objects.get()
    assert (offer.state, offer.contact) == ("proposed", find_identity(DANA).contact)  # type: ignore[union-attr]


def test_the_link_that_comes_with_the_code_proves_it_too(
    demand: Purchase, webchat: Account, sms: Account, client: Client, settings: Any
) -> None:
    settings.KESHER_PUBLIC_URL = "https://city.example"
    hear(webchat, VISITOR, "הצעה 52712", *WHOLE[:-1], "050-555-0142", "1")
    link, code = link_sent_to(PHONE), code_sent_to(PHONE)
    assert client.get(link).status_code == 200
    assert Offer.objects.get().state == "pending"
    client.post(link, {"address": PHONE, "code": code})
    assert Offer.objects.get().state == "proposed"


def test_nobody_proves_an_offer_that_is_not_his(
    demand: Purchase, client: Client, webchat: Account, sms: Account, mailbox: Account
) -> None:
    """Neither by its number nor under another purchase; and a page that knows of none says so."""
    pending = an_offer(demand, state=Offer.State.PENDING)
    hear(webchat, VISITOR, "הצעה 52712", *WHOLE[:-1], "050-555-0142", "1")
    other = a_demand(code="52713")
    for path, seal in (("52712", pending.pk), ("52712", "x"), ("52712", ""), ("52713", seal_offer(pending))):
        link = f"/purchases/{path}/confirm/?w=offer&o={seal}"
        assert client.post(link, {"address": PHONE, "code": code_sent_to(PHONE)}).status_code == 422
    assert set(Offer.objects.values_list("state", flat=True)) == {"pending"}
    assert not other.offers.exists()


def test_he_hears_whether_it_is_published(demand: Purchase, sms: Account, miriam: Staff) -> None:
    for _ in range(2):
        hear(sms, DANA, "הצעה 52712", *WHOLE)
    first, second = Offer.objects.order_by("id")
    services.review_offer(first, accept=True, staff=miriam)
    services.review_offer(second, accept=False, staff=miriam, reason="אין אחריות")
    said = told(first)
    assert "is published" in said[0]
    assert "אין אחריות" in said[1]
    assert len(said) == 2


def test_who_comes_again_reads_where_his_offer_stands_and_the_lowest_price(demand: Purchase, sms: Account) -> None:
    hear(sms, DANA, "הצעה 52712", *WHOLE)
    an_offer(demand, ladder=((1, 490_000), (7, 390_000)))
    said = hear(sms, DANA, "הצעה 52712")
    assert "ממתינה לבדיקה" in said
    assert "3,900" in said


def test_he_hears_what_was_chosen_and_how_it_ended(
    demand: Purchase, sms: Account, telegram: Account, miriam: Staff
) -> None:
    hear(sms, DANA, "הצעה 52712", *WHOLE)
    hear(telegram, OMAR, "عرض 52712", "متجر", "تخطي", "5000", "تخطي", "لا", "كل شيء", "نعم", lang="ar")
    won, lost = Offer.objects.order_by("id")
    for offer in (won, lost):
        services.review_offer(offer, accept=True, staff=miriam)
    opened = services.choose_offer(demand, won, closes_at=timezone.now() + SOON, staff=miriam)
    assert "was chosen" in told(won)[-1]
    assert "Another offer was chosen: שמש הצפון" in told(lost)[-1]
    buy(opened, 2)
    pass_deadline(opened)
    assert "2 units at ₪5,200 each" in told(won)[-1]
    assert len(told(lost)) == 2


def test_a_counter_offer_takes_over_and_both_sellers_hear_it(city: Agency, sms: Account, miriam: Staff) -> None:
    purchase = a_purchase(code="52712", minimum=1)
    hear(sms, DANA, "הצעה נגדית 52712", *WHOLE)
    better = Offer.objects.get(contact__isnull=False)
    services.review_offer(better, accept=True, staff=miriam)
    services.vote_for_offer(better, buy(purchase, 1).line.participation, by=SYSTEM)
    services.choose_offer(purchase, better, closes_at=timezone.now() + SOON, staff=miriam)
    assert "was chosen" in told(better)[-1]
    assert Purchase.objects.get().offer == better


def test_the_desks_own_offers_are_told_to_nobody(demand: Purchase, miriam: Staff) -> None:
    offer = an_offer(demand, state=Offer.State.PROPOSED)
    services.review_offer(offer, accept=True, staff=miriam)
    services.make_transition(demand, "cancel", staff=miriam, reason="אין ביקוש")
    assert not BroadcastRow.objects.exists()


def test_sellers_hear_that_it_was_called_off(demand: Purchase, sms: Account, miriam: Staff) -> None:
    hear(sms, DANA, "הצעה 52712", *WHOLE)
    services.make_transition(demand, "cancel", staff=miriam, reason="אין ביקוש")
    assert "אין ביקוש" in told(Offer.objects.get())[-1]


def test_an_offer_at_a_purchase_that_takes_none_is_refused(purchase: Purchase) -> None:
    with pytest.raises(Refused):
        an_offer(pass_deadline(purchase), state=Offer.State.PENDING)
    assert Offer.objects.count() == 1


def test_an_offer_begun_in_a_conversation_is_finished_on_its_page(
    demand: Purchase, sms: Account, client: Client, settings: Any
) -> None:
    settings.KESHER_PUBLIC_URL = "https://city.example"
    hear(sms, DANA, "הצעה 52712", "שמש הצפון")
    page = reverse("dialogues:continue", args=[DialogueSession.objects.get(state="active").key])
    given = {"seller": "שמש הצפון", "step_1": "1 5200", "step_2": "10 4800", "limits": "on", "terms": "הכול"}
    assert client.post(page, {**given, "sure": "on"}).status_code == 422  # which limits?
    client.post(page, {**given, "minimum": "3", "stock": "0", "box": "1", "each": "2", "sure": "on"})
    offer = Offer.objects.get()
    assert (offer.state, offer.minimum, offer.stock, len(offer.ladder)) == ("pending", 3, None, 2)
    client.post(link_sent_to(PHONE), {"address": PHONE, "code": code_sent_to(PHONE)})
    assert Offer.objects.get().state == "proposed"


def offered_by(who: Address, account: Account, demand: Purchase) -> Offer:
    hear(account, who, "הצעה 52712", *WHOLE)
    return demand.offers.latest("pk")


@pytest.mark.parametrize(
    "words", ["למשוך הצעה 52712", "withdraw offer 52712", "سحب عرض 52712", "снять предложение 52712"]
)
def test_a_seller_takes_his_offer_back(demand: Purchase, sms: Account, words: str) -> None:
    offer = offered_by(DANA, sms, demand)
    hear(sms, DANA, words, "1")
    offer.refresh_from_db()
    assert offer.state == "withdrawn"
    assert Audit.objects.filter(operation="purchases.withdraw_offer").count() == 1


def test_nobody_takes_back_what_another_offered(demand: Purchase, sms: Account) -> None:
    offer = offered_by(DANA, sms, demand)
    other = Address("tel", "+972505550177", "עומר")
    assert "אין לכם כאן הצעה" in hear(sms, other, "למשוך הצעה 52712")
    other_known = find_identity(other)
    assert other_known is not None
    with pytest.raises(Refused):
        services.withdraw_offers(demand, other_known.contact, by=SYSTEM)
    offer.refresh_from_db()
    assert offer.state == "proposed"


def test_an_offer_that_was_chosen_stays(city: Agency, dana: Identity) -> None:
    chosen = a_purchase(code="52713")
    assert chosen.offer is not None
    Offer.objects.filter(pk=chosen.offer.pk).update(contact=dana.contact)
    with pytest.raises(Refused, match="ההצעה שלכם נבחרה"):
        services.withdraw_offers(chosen, dana.contact, by=SYSTEM)
    assert Offer.objects.get(pk=chosen.offer.pk).state == "published"


def test_who_would_have_taken_it_hears_that_it_is_gone(demand: Purchase, dana: Identity, omar: Identity) -> None:
    offer = an_offer(demand, contact=dana.contact)
    row = interested(demand, omar).participation
    services.vote_for_offer(offer, row, by=SYSTEM)
    assert services.withdraw_offers(demand, dana.contact, by=SYSTEM) == 1
    assert "took back" in BroadcastRow.objects.get(contact=omar.contact).broadcast.texts["en"]
    assert not hasattr(Participation.objects.get(pk=row.pk), "offer_vote")


def test_an_offer_that_was_just_taken_back_is_not_chosen(demand: Purchase, dana: Identity, miriam: Staff) -> None:
    offer = an_offer(demand, contact=dana.contact)
    services.withdraw_offers(demand, dana.contact, by=SYSTEM)
    with pytest.raises(Refused):
        services.choose_offer(demand, offer, closes_at=timezone.now() + SOON, staff=miriam)
    demand.refresh_from_db()
    assert demand.state == "interest"


def test_no_seller_has_more_than_three_before_the_desk(demand: Purchase, dana: Identity) -> None:
    known: dict[str, Any] = {"seller": "קרן שמש", "ladder": [(1, 500_000)], "contact": dana.contact, "by": SYSTEM}
    for _number in range(3):
        services.make_offer(demand, **known)
    with pytest.raises(Refused):
        services.make_offer(demand, **known)
    assert demand.offers.count() == 3


def test_an_offer_is_taken_back_on_its_page(demand: Purchase, client: Client, sms: Account) -> None:
    offer = offered_by(DANA, sms, demand)
    answer = client.post("/purchases/52712/offer/withdraw/", {"address": PHONE})
    wrong = client.post(answer["location"], {"code": "000000"})
    assert (wrong.status_code, Offer.objects.get(pk=offer.pk).state) == (422, "proposed")
    done = client.post(answer["location"], {"code": code_sent_to(PHONE)}, follow=True)
    assert "ההצעה שלכם נמשכה" in done.content.decode()
    assert Offer.objects.get(pk=offer.pk).state == "withdrawn"
