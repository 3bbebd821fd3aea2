"""Starting a petition in a conversation: a picture and a few words, the questions, the code, the supporters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Address, Event, Kind, Media
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Message
from kesher.conversations.services import receive, respond
from kesher.conversations.tests.talk import DANA, MAIL, VISITOR, hear
from kesher.core.errors import Refused
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.petitions import services
from kesher.petitions.author_messages import author_message
from kesher.petitions.author_skill import text_after_command
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as
from kesher.petitions.tests.talk import code_sent_to
from kesher.petitions.tests.test_desk import PNG

TITLE, DEMAND = "ספסלים בכל תחנות האוטובוס", "להציב ספסל מוצל בכל תחנת אוטובוס בעיר."
WRITTEN = services.Written(title=TITLE, demand=DEMAND)


def write(account: Account, who: Address = DANA, *rest: str) -> str:
    """Every question answered: title, demand; background, picture and name left out."""
    return hear(account, who, "לפתוח עצומה", TITLE, DEMAND, "דלג", "דלג", "דלג", *rest)


def the_petition() -> Petition:
    return Petition.objects.select_related("action", "author", "agency").get()


def gather(count: int) -> Petition:
    """A petition by Dana, with so many supporters."""
    dana = get_or_create_identity(DANA, assurance=1, language="he")
    petition = services.start_petition(WRITTEN, Call(door="whatsapp", identity=dana, level=1))
    for _person in range(count):
        sign_as(petition, a_phone(), door="sms")
    return petition


def test_a_petition_is_started_on_whatsapp(whatsapp: Account) -> None:
    said = write(whatsapp)
    petition = the_petition()
    assert (petition.title, petition.demand, petition.moderation) == (TITLE, DEMAND, "gathering")
    assert petition.code in said
    assert "5" in said
    assert petition.author == get_or_create_identity(DANA).contact


def test_it_begins_with_a_picture_and_a_few_words(whatsapp: Account) -> None:
    picture = Media("image", content=PNG, mime="image/png", name="bench.png")
    event = Event(Kind.MESSAGE, "m|1", external_id="m1", sender=DANA, text=f"לפתוח עצומה: {TITLE}", media=(picture,))
    message = receive(whatsapp, event, received=timezone.now())
    assert message is not None
    said = "\n".join(answer.text for answer in respond(message))
    assert TITLE in said
    hear(whatsapp, DANA, DEMAND, "דלג", "ספסל שבור", "דנה לוי")
    petition = the_petition()
    assert petition.title == TITLE
    assert petition.picture is not None
    assert (petition.picture.alt, petition.picture.public, petition.author_name) == ("ספסל שבור", True, "דנה לוי")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("לפתוח עצומה: צל בתחנות", "צל בתחנות"),
        ("Start a petition – benches", "benches"),
        ("новая петиция скамейки", "скамейки"),
        ("لفتح", ""),
        ("עצומה חדשה", ""),
    ],
)
def test_what_follows_the_words_is_the_title(text: str, words: str) -> None:
    assert text_after_command(text) == words


def test_what_is_asked_already_is_shown_and_signed_instead(petition: Petition, sms: Account) -> None:
    said = hear(sms, DANA, "לפתוח עצומה", "הצללה בגני השעשועים בעיר")
    assert petition.title in said
    assert petition.title in hear(sms, DANA, "1")
    hear(sms, DANA, "1")
    assert Signature.objects.of(petition).counted().count() == 1
    assert Petition.objects.count() == 1


def test_whoever_wants_something_else_goes_on(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לפתוח עצומה", "צל בגני השעשועים", "2", "להציב ספסלים מוצלים בכל הגנים", *["דלג"] * 3)
    assert Petition.objects.filter(moderation="gathering").count() == 1


def test_a_visitor_of_the_chat_proves_an_address_first(webchat: Account, mailbox: Account) -> None:
    write(webchat, VISITOR, MAIL.address)
    assert the_petition().moderation == "draft"
    hear(webchat, VISITOR, "000000")
    assert the_petition().moderation == "draft"
    hear(webchat, VISITOR, code_sent_to(MAIL.address))
    assert the_petition().moderation == "gathering"
    assert the_petition().author == get_or_create_identity(MAIL).contact


def test_unsigned_mail_has_to_be_confirmed(mailbox: Account) -> None:
    write(mailbox, MAIL)
    assert the_petition().moderation == "draft"
    hear(mailbox, MAIL, code_sent_to(MAIL.address))
    assert the_petition().moderation == "gathering"


def test_a_draft_goes_on_by_sms(whatsapp: Account, sms: Account) -> None:
    hear(whatsapp, DANA, "לפתוח עצומה", TITLE)
    hear(sms, DANA, DEMAND, "דלג", "דלג", "דלג")
    assert the_petition().door == "sms"


def test_its_author_is_the_first_to_sign_and_no_supporter_of_his_own(city: Agency) -> None:
    petition = gather(0)
    assert Signature.objects.of(petition).counted().count() == 1
    assert services.count_supporters(petition) == 0


def test_with_its_supporters_it_goes_to_review_and_its_author_is_told(whatsapp: Account) -> None:
    write(whatsapp)
    petition = the_petition()
    for _person in range(4):
        sign_as(petition, a_phone(), door="sms")
    assert services.submit_supported() == 0
    sign_as(petition, a_phone(), door="sms")
    assert services.submit_supported() == 1
    assert the_petition().moderation == "submitted"
    assert the_petition().review_due is not None
    assert TITLE in Message.objects.filter(direction="out", identity__address=DANA.address).last().text  # type: ignore[union-attr]


def test_a_supporter_finds_it_by_its_number_and_nobody_in_the_list(whatsapp: Account, city: Agency) -> None:
    petition = gather(0)
    assert TITLE in hear(whatsapp, Address("tel", "+972505550777", "שכן"), f"לחתום {petition.code}", "1")
    assert services.count_supporters(petition) == 1
    assert not Petition.objects.open().exists()


def test_while_it_is_reviewed_nobody_signs(city: Agency, omar: Identity) -> None:
    petition = gather(5)
    services.submit_supported()
    petition.refresh_from_db()
    with pytest.raises(Refused):
        sign_as(petition, omar, door="telegram")


def test_without_supporters_in_time_it_lapses(city: Agency) -> None:
    petition = gather(1)
    Petition.objects.filter(pk=petition.pk).update(gather_until=timezone.now() - timedelta(hours=1))
    assert services.lapse_unsupported() == 1
    assert the_petition().moderation == "lapsed"
    assert services.lapse_unsupported() == 0


def test_where_none_are_needed_it_goes_to_review_at_once(city: Agency) -> None:
    services.set_policy(supporters=0)
    assert gather(0).moderation == "submitted"


def test_where_the_body_takes_none_nobody_starts_one(city: Agency, dana: Identity) -> None:
    services.set_policy(accepting=False)
    with pytest.raises(Refused):
        services.start_petition(WRITTEN, Call(door="sms", identity=dana, level=1))


def test_whoever_may_not_start_one_is_asked_nothing(whatsapp: Account, city: Agency) -> None:
    for _one in range(3):
        gather(0)
    said = hear(whatsapp, DANA, f"לפתוח עצומה: {TITLE}")
    assert "כמה עצומות" in said
    assert not DialogueSession.objects.filter(skill="petitions.write").exists()


def test_where_the_body_takes_none_nobody_is_asked(whatsapp: Account, city: Agency) -> None:
    services.set_policy(accepting=False)
    hear(whatsapp, DANA, "לפתוח עצומה")
    assert not DialogueSession.objects.filter(skill="petitions.write").exists()


def test_three_on_their_way_are_enough(city: Agency) -> None:
    for _one in range(3):
        gather(0)
    with pytest.raises(Refused):
        gather(0)


def test_an_author_closes_his_own_and_nobody_elses(whatsapp: Account, city: Agency) -> None:
    dana = get_or_create_identity(DANA, assurance=1)
    mine = a_petition(author=dana.contact)
    other = a_petition(titles={"he": "אחרת"}, author=a_phone().contact)
    hear(whatsapp, DANA, f"לסגור עצומה {other.code}", "1")
    hear(whatsapp, DANA, f"לסגור עצומה {mine.code}", "1")
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.closing, mine.closed_by, other.closing) == ("closed", "author", "open")


def test_an_author_sees_how_many_are_missing(whatsapp: Account) -> None:
    petition = gather(2)
    said = hear(whatsapp, DANA, "העצומות שלי", "1")
    assert TITLE in said
    assert "3" in said
    assert petition.code


def test_an_authors_news_wait_for_a_moderator(whatsapp: Account, city: Agency) -> None:
    mine = a_petition(author=get_or_create_identity(DANA, assurance=1).contact)
    hear(whatsapp, DANA, f"עדכון לעצומה {mine.code}", "נפגשנו עם ראש האגף והוא הבטיח תשובה.")
    row = mine.updates.get()
    assert (row.by_author, row.state) == (True, "waiting")
    assert not mine.events.filter(verb="update").exists()


@pytest.fixture
def asked_to_change(city: Agency, miriam: Staff) -> Petition:
    petition = gather(5)
    services.submit_supported()
    petition.refresh_from_db()
    return services.move(petition, "ask_changes", staff=miriam, asked="באיזה רחוב?")


def test_an_author_changes_it_where_he_was_asked(whatsapp: Account, asked_to_change: Petition) -> None:
    said = hear(whatsapp, DANA, f"לתקן עצומה {asked_to_change.code}")
    assert "באיזה רחוב?" in said
    hear(whatsapp, DANA, "2", "להציב ספסל בכל תחנה ברחוב הנביאים.", "2")
    assert (the_petition().demand, the_petition().moderation) == ("להציב ספסל בכל תחנה ברחוב הנביאים.", "changes")
    hear(whatsapp, DANA, "1", "ספסלים ברחוב הנביאים", "1")
    assert (the_petition().title, the_petition().moderation) == ("ספסלים ברחוב הנביאים", "submitted")


def test_a_part_that_is_left_empty_stays(whatsapp: Account, asked_to_change: Petition) -> None:
    hear(whatsapp, DANA, f"לתקן עצומה {asked_to_change.code}", "3", "דלג", "1")
    assert (the_petition().demand, the_petition().background) == (DEMAND, "")


def test_nobody_changes_anothers_or_what_was_signed(whatsapp: Account, asked_to_change: Petition) -> None:
    other = a_petition(author=a_phone().contact)
    mine = a_petition(author=get_or_create_identity(DANA).contact)
    for petition in (other, mine):
        hear(whatsapp, DANA, f"לתקן עצומה {petition.code}", "1", "כותרת אחרת לגמרי", "1")
        petition.refresh_from_db()
        assert petition.title != "כותרת אחרת לגמרי"


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_what_the_letter_says_to_write_wakes_the_skill(asked_to_change: Petition, lang: str) -> None:
    with translation.override(lang):
        called = REGISTRY.find_by_word(
            author_message(asked_to_change, "ask_changes").splitlines()[-1].partition(": ")[2]
        )
    assert called is not None
    assert (called[0].name, called[1]) == ("petitions.amend", asked_to_change.code)
