"""How few messages each verb takes, by sentences in four languages, on channels that vouch for senders and others.

The sentences are judged messages (`tests/judged/messages/open`); what they mean is given here, so that the dialogues are
judged and not the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from django.utils import timezone

from kesher.cases.models import Case
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contests.models import Ballot, Proposal
from kesher.contests.services import add_statement
from kesher.contests.tests.factories import a_contest, a_vote
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import code_sent_to, hear
from kesher.core import hooks
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.understood import Meaning, Understood
from kesher.participation.models import Participation
from kesher.petitions.models import Signature
from kesher.petitions.tests.factories import a_petition, sign_as
from kesher.petitions.tests.talk import code_sent_to as petition_code_sent_to
from kesher.purchases.models import Pledge
from kesher.purchases.tests.factories import a_demand, a_purchase
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import topic

YES: Final = {"he": "כן", "ar": "نعم", "ru": "да", "en": "yes"}
SKIP: Final = {"he": "דלג", "ar": "تخطي", "ru": "пропустить", "en": "skip"}
# Channels that vouch for their senders; mail does so where its domain signed it.
VOUCHED: Final = ("whatsapp", "sms", "telegram", "mailbox")
# {verb: {language: (sentence, slots)}}
SAID: Final[dict[str, dict[str, tuple[str, dict[str, str]]]]] = {
    "petitions.sign": {
        "he": ("גם אני בעד שהסיפריה לא תסגר בחמש תירשמו אותי", {}),
        "ar": ("الولاد بنشوو عالزحليقة، ضيفو اسمي للي طالبين ظل بالحدايق قبل ما تولع الدنيا", {}),
        "ru": ("четвёрка должна заезжать на шук!! двумя руками за", {}),
        "en": ("count me in for the cycle path on the seafront, i ride to work evry day", {}),
    },
    "petitions.withdraw": {
        "he": ("מבקשת לא להופיע יותר ברשימת התומכים בשביל לרוכבים ליד הים", {}),
        "ar": ("كنت مع موضوع تبطيء السيارات عند المدرسة وهسا ندمان بدي اسحب اسمي", {}),
        "ru": ("уберите меня из списка про шахматы у маяка, погорячился", {}),
        "en": ("i pressed support on the slow cars near school by mistake, remove me", {}),
    },
    "contests.vote": {
        "he": ("קודם כל שירותים בטיילת! על זה אני", {}),
        "ar": ("بالطييلت اول اشي مقاعد وظل، هاد رأيي سجلوه", {}),
        "ru": ("насчет пятницы в библиотеке я за девять утра, отметьте", {}),
        "en": ("for the boardwalk poll i choose toilets first, obviously", {}),
    },
    "contests.unvote": {
        "he": ("סימנתי בטעות תאורה בטיילת, תמחקו לי את הבחירה", {}),
        "ar": ("sawatet 3ala sa3a 8alat lal maktabe yom el jom3a, bdi al8i", {}),
        "ru": ("верните мой голос про набережную обратно, ткнул случайно", {}),
        "en": ("um so i clicked the wrong hour for library fridays can you erase my choice", {}),
    },
    "contests.propose": {
        "he": ("יש לי משפט לחוף: הים זוכר הכל, קחו את השקית הביתה. לאן שולחים", {}),
        "ar": ("لقيت كلمة عبري بدل سبويلر وين بكتبها؟", {}),
        "ru": ("есть идея как назвать парк в невиим: парк Оливок", {}),
        "en": ("name idea for new park by hanevi'im: Sabra Garden", {}),
    },
    "purchases.pledge": {
        "he": ("שני פחים שמן בשבילי מה עושימ", {"count": "2"}),
        "ar": ("يعطيكم العافية، بدي ٣ تنكات من معصرة الجليل احسبوني معكم", {"count": "3"}),
        "ru": ("беру две канистры масла с галиля, я в деле", {"count": "2"}),
        "en": ("3 tins of the galilee oil for me pls", {"count": "3"}),
    },
    "purchases.interest": {
        "he": ("פאנלים על הגג יכול לעניין אותנו בבניין, בלי התחייבות בינתיים", {}),
        "ar": ("ana mohtam atalle3 kahraba men el shams 3al sate7 ma3 el nas", {}),
        "ru": ("paneli na kryshu nam interesny no poka dumaem, otmette", {}),
        "en": ("maybe i would like panels on my roof, not sure yet, just note me as curious", {}),
    },
    "reports.report": {
        "he": ("חושך אצלנו בכניסה מרחוב הגפן 12 כבר כמה ימים", {"topic": "lamp", "place": "הגפן", "house": "12"}),
        "ar": (
            "العامود قدام البيت بشارع الكرمل 5 صارله اسبوع مطفي",
            {"topic": "lamp", "place": "الكرمل", "house": "5"},
        ),
        "ru": ("третий день на Герцль 7 темнотища, лампа сдохла", {"topic": "lamp", "place": "Герцль", "house": "7"}),
        "en": ("lamp outside 14 Herzl is out since saturday", {"topic": "lamp", "place": "Herzl", "house": "14"}),
    },
}
CODES: Final = {"petitions.sign": petition_code_sent_to, "contests.vote": code_sent_to}
QUESTIONS: Final = {
    "he": "כמה חתמו כבר על השביל לאופניים?",
    "ar": "كم شخص وقع عالعريضة تبعت البسكليت؟",
    "ru": "сколько человек подписали про велодорожку?",
    "en": "how many people signed the one about the cycle path?",
}


@pytest.fixture
def meanings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Understood]:
    """Return what sentences mean, by their text, for a test to fill; everything else means nothing known."""
    found: dict[str, Understood] = {}

    def understand(*, text: str, lang: str, form: str, **_asked: Any) -> Understood:
        return found.get("" if form else text, Understood(text, lang))

    monkeypatch.setattr(hooks.understand, "listeners", [understand])
    return found


def means(verb: str, text: str, lang: str, subject: str = "", slots: Mapping[str, str] | None = None) -> Understood:
    one = Meaning("verb", verb, subject, "", 0.95)
    return Understood(text, lang, "start", (), verb, (), subject, "", slots or {}, (one,), probability=0.95)


def person(channel: str, number: int) -> Address:
    """Return a person of this channel whom nobody has seen before."""
    return {
        "telegram": Address("tg", f"55501{number:02}", "Dana"),
        "mailbox": Address("mailto", f"dana{number}@example.org", "Dana"),
        "webchat": Address("web", f"visitor-{number:04}"),
    }.get(channel, Address("tel", f"+9725055501{number:02}", "Dana"))


def talk(account: Account, who: Address, lang: str, *texts: str) -> str:
    return hear(account, who, *texts, lang=lang, authenticated=account.channel == "email")


def a_thing(verb: str) -> str:
    """Return the code of something new with which this can be done; "" for a report."""
    if verb == "reports.report":
        return ""
    if verb == "purchases.pledge":
        return a_purchase(each=9).code
    if verb == "purchases.interest":
        return a_demand().code
    if verb == "contests.propose":
        return a_contest().code
    if verb.startswith("contests"):
        contest = a_contest(a_vote("one"))
        add_statement(contest, {"he": "שירותים", "ar": "مقاعد وظل", "ru": "девять утра", "en": "Toilets"})
        add_statement(contest, {"he": "תאורה", "ar": "إضاءة", "ru": "вечер", "en": "Lamps"})
        return contest.code
    return a_petition().code


@pytest.mark.parametrize("channel", VOUCHED)
@pytest.mark.parametrize(
    ("verb", "answers", "done"),
    [
        ("petitions.sign", [YES], lambda: Signature.objects.filter(state="counted").count()),
        ("contests.vote", [YES], lambda: Ballot.objects.filter(state="counted").count()),
        ("contests.propose", [dict.fromkeys(YES, "Sabra"), SKIP], Proposal.objects.count),
        ("purchases.pledge", [YES], Pledge.objects.count),
        ("purchases.interest", [YES], lambda: Participation.objects.filter(state="counted").count()),
        ("reports.report", [SKIP], ServiceRequest.objects.count),
    ],
)
def test_a_sentence_and_these_answers_are_all_that_a_verb_takes(
    verb: str, answers: list[dict[str, str]], done: Any, channel: str, request: pytest.FixtureRequest,
    meanings: dict[str, Understood],
) -> None:  # fmt: skip
    account = request.getfixturevalue(channel)
    if verb == "reports.report":
        topic("lamp")
        topic("bin", names={"he": "פח", "en": "Bin"}, synonyms={})
    for number, (lang, (sentence, slots)) in enumerate(SAID[verb].items()):
        code = a_thing(verb)
        meanings[sentence] = means(verb, sentence, lang, code, slots)
        talk(account, person(channel, number), lang, sentence, *(answer[lang] for answer in answers))
        assert done() == number + 1, (verb, lang)


def test_a_report_stores_what_its_sentence_said(meanings: dict[str, Understood], whatsapp: Account) -> None:
    topic("lamp")
    topic("bin", names={"he": "פח", "en": "Bin"}, synonyms={})
    sentence, slots = SAID["reports.report"]["en"]
    meanings[sentence] = means("reports.report", sentence, "en", slots={**slots, "topic2": "bin"})
    asked = talk(whatsapp, person("whatsapp", 1), "en", sentence)
    assert "Street light · Herzl 14" in asked
    talk(whatsapp, person("whatsapp", 1), "en", "skip")
    made = ServiceRequest.objects.select_related("case__topic").get()
    assert (str(made.case.topic), made.address, made.description) == ("פנס רחוב", "Herzl 14", sentence)


def test_a_topic_that_is_asked_again_offers_the_likely_ones_first(
    meanings: dict[str, Understood], whatsapp: Account
) -> None:
    for code in ("lamp", "bin", "tree", "noise"):
        topic(code, names={"en": code.title(), "he": code}, synonyms={})
    meanings["it is dark"] = means("reports.report", "it is dark", "en", slots={"topic": "lamp", "topic2": "bin"})
    dana = person("whatsapp", 1)
    talk(whatsapp, dana, "en", "it is dark", "back")
    options = Message.objects.filter(direction="out").latest("id").content["options"]
    assert [one["title"] for one in options] == ["Lamp", "Bin", "Something else"]
    talk(whatsapp, dana, "en", "3", "tree", "Herzl 5", "It fell on the road", "skip")
    assert str(ServiceRequest.objects.select_related("case__topic").get().case.topic) == "tree"


@pytest.mark.parametrize(
    ("verb", "before"), [("petitions.withdraw", "petitions.sign"), ("contests.unvote", "contests.vote")]
)
def test_taking_back_takes_a_sentence_and_a_yes(
    verb: str, before: str, meanings: dict[str, Understood], sms: Account
) -> None:
    for number, (lang, (sentence, _slots)) in enumerate(SAID[verb].items()):
        code, dana = a_thing(verb), person("sms", number)
        meanings["first"] = means(before, "first", lang, code)
        meanings[sentence] = means(verb, sentence, lang, code)
        talk(sms, dana, lang, "first", *(["1"] if before == "contests.vote" else []), YES[lang])
        assert Participation.objects.filter(state="counted").count() == 1
        talk(sms, dana, lang, sentence, YES[lang])
        assert not Participation.objects.filter(state="counted").exists(), lang


@pytest.mark.parametrize(("verb", "table"), [("petitions.sign", Signature), ("contests.vote", Ballot)])
def test_a_visitor_of_the_web_chat_is_asked_two_things_more(
    verb: str, table: Any, meanings: dict[str, Understood], webchat: Account, sms: Account
) -> None:
    for number, (lang, (sentence, slots)) in enumerate(SAID[verb].items()):
        meanings[sentence] = means(verb, sentence, lang, a_thing(verb), slots)
        visitor, phone = person("webchat", number), f"+9725055507{number:02}"
        talk(webchat, visitor, lang, sentence, YES[lang], phone)
        talk(webchat, visitor, lang, CODES[verb](phone))
        assert table.objects.filter(state="counted").count() == number + 1, lang


def test_unsigned_mail_is_asked_for_its_code_and_nothing_else(
    meanings: dict[str, Understood], mailbox: Account
) -> None:
    for number, (lang, (sentence, _slots)) in enumerate(SAID["petitions.sign"].items()):
        meanings[sentence] = means("petitions.sign", sentence, lang, a_thing("petitions.sign"))
        dana = person("mailbox", number)
        hear(mailbox, dana, sentence, YES[lang], lang=lang)
        assert Signature.objects.filter(state="counted").count() == number
        hear(mailbox, dana, petition_code_sent_to(dana.address), lang=lang)
        assert Signature.objects.filter(state="counted").count() == number + 1, lang


def test_a_question_about_a_thing_is_answered_and_signs_nothing(
    meanings: dict[str, Understood], whatsapp: Account, dana: Any
) -> None:
    petition = a_petition()
    sign_as(petition, dana, door="sms")
    for number, (lang, question) in enumerate(QUESTIONS.items()):
        meanings[question] = means("petitions.sign", question, lang, petition.code)
        said = talk(whatsapp, person("whatsapp", number + 50), lang, question)
        assert {"he": "אחד", "ar": "واحد", "ru": "1", "en": "1"}[lang] in said, said
    assert Signature.objects.count() == 1
    assert not DialogueSession.objects.exclude(skill="").exists()


def test_a_question_on_the_way_is_answered_and_the_form_goes_on(
    meanings: dict[str, Understood], whatsapp: Account
) -> None:
    for number, (lang, question) in enumerate(QUESTIONS.items()):
        petition = a_petition()
        sentence = SAID["petitions.sign"][lang][0]
        meanings[sentence] = means("petitions.sign", sentence, lang, petition.code)
        talk(whatsapp, person("whatsapp", number), lang, sentence, question, YES[lang])
        assert Signature.objects.of(petition).counted().count() == 1, lang


def test_a_guess_that_a_yes_confirms_is_asked_about_once(meanings: dict[str, Understood], sms: Account) -> None:
    petition = a_petition()
    sentence = SAID["petitions.sign"]["en"][0]
    meanings[sentence] = replace(means("petitions.sign", sentence, "en", petition.code), action="confirm")
    talk(sms, person("sms", 1), "en", sentence, "yes")
    assert Signature.objects.of(petition).counted().count() == 1


BARE: Final = {
    "he": "אני רוצה לחתום על עצומה",
    "ar": "بدي أوقع على عريضة",
    "ru": "хочу подписать петицию",
    "en": "I want to sign a petition",
}


def test_a_verb_without_a_thing_offers_three_and_guesses_none(
    meanings: dict[str, Understood], whatsapp: Account
) -> None:
    for _petition in range(4):
        a_petition()
    for number, (lang, text) in enumerate(BARE.items()):
        meanings[text] = replace(means("petitions.sign", text, lang, a_petition().code), action="confirm")
        talk(whatsapp, person("whatsapp", number), lang, text)
        offered = DialogueSession.objects.latest("id").prompt["options"]
        assert [option["key"].rpartition(":")[0] for option in offered] == ["go:petitions.sign"] * 3, lang
    assert not DialogueSession.objects.exclude(skill="").exists()


def test_two_things_that_are_as_likely_are_both_offered(meanings: dict[str, Understood], whatsapp: Account) -> None:
    one, other = a_petition(), a_petition()
    text = SAID["petitions.sign"]["en"][0]
    found = means("petitions.sign", text, "en", one.code)
    offered = tuple(
        Meaning("petition", "petitions.sign", row.code, row.code, p) for row, p in ((one, 0.5), (other, 0.4))
    )
    meanings[text] = replace(found, action="confirm", offered=offered)
    said = talk(whatsapp, person("whatsapp", 1), "en", text)
    assert one.code in said + str(Message.objects.filter(direction="out").latest("id").content)
    talk(whatsapp, person("whatsapp", 1), "en", "2", "yes")
    assert Signature.objects.of(other).counted().count() == 1


def test_the_second_thing_that_a_message_asks_for_is_offered_when_the_first_is_done(
    meanings: dict[str, Understood], whatsapp: Account
) -> None:
    petition, purchase = a_petition(), a_purchase()
    text = "תוסיפו אותי לתומכים בגינה באלון ותורידו לי את מה שהזמנתי מהבד"
    found = means("petitions.sign", text, "he", petition.code)
    more = Meaning("purchase", "purchases.cancel", purchase.code, "שמן", 0.3)
    meanings[text] = replace(found, offered=(*found.offered, more))
    said = talk(whatsapp, person("whatsapp", 1), "he", text, "כן")
    assert said.endswith("ביטול הצטרפות לרכישה: שמן")
    assert Signature.objects.filter(state="counted").count() == 1


def test_a_form_left_for_an_hour_is_finished_on_another_channel(
    meanings: dict[str, Understood], whatsapp: Account, sms: Account
) -> None:
    topic("lamp")
    sentence, slots = SAID["reports.report"]["en"]
    meanings[sentence] = means("reports.report", sentence, "en", slots=slots)
    dana = person("whatsapp", 1)
    talk(whatsapp, dana, "en", sentence)
    DialogueSession.objects.update(updated=timezone.now() - timedelta(hours=1))
    talk(sms, dana, "en", "skip")
    assert ServiceRequest.objects.get().door == "sms"


def test_a_half_done_form_of_before_goes_on_where_its_question_is_asked_no_more(petition: Any, sms: Account) -> None:
    hear(sms, person("sms", 1), "לחתום 48213")
    DialogueSession.objects.update(step="name", answers={"sign": "on"})
    hear(sms, person("sms", 1), "דנה לוי")
    assert Signature.objects.filter(state="counted").count() == 1


@pytest.fixture
def petition(city: object) -> Any:
    return a_petition(code="48213")


def test_nothing_of_all_this_needs_a_clerk(meanings: dict[str, Understood], whatsapp: Account) -> None:
    sentence = SAID["petitions.sign"]["en"][0]
    meanings[sentence] = means("petitions.sign", sentence, "en", a_thing("petitions.sign"))
    talk(whatsapp, person("whatsapp", 1), "en", sentence, "yes")
    assert not Case.objects.exists()
