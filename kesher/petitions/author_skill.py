"""Chat dialogues of a petition's author: start one, see where it stands, change or close it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.channels.base import Option, Say
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import deadline, number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import GO, begin_skill
from kesher.language import normalise
from kesher.participation.services import read_tallies, read_total
from kesher.petitions import services
from kesher.petitions.author_messages import author_message, state_message
from kesher.petitions.forms.authors import (
    MINE,
    AmendForm,
    CloseForm,
    NewsForm,
    NothingForm,
    StartStepForm,
    build_amended,
)
from kesher.petitions.models import TITLE_MAX, Petition
from kesher.petitions.rules import is_author, may_close, may_rewrite, may_write_news
from kesher.petitions.skill.signatures import OFFERED, find_authored_petition
from kesher.petitions.verbs import START
from kesher.verbs.conversation_door import run_verb

START_WORDS = {
    "he": ("לפתוח עצומה", "פתיחת עצומה", "עצומה חדשה", "להתחיל עצומה", "לכתוב עצומה", "ליזום עצומה"),
    "ar": ("بدء عريضة", "عريضة جديدة", "فتح عريضة", "كتابة عريضة", "إطلاق عريضة"),
    "ru": ("начать петицию", "новая петиция", "создать петицию", "написать петицию"),
    "en": ("start a petition", "start petition", "new petition", "write a petition"),
}
MINE_WORDS = {
    "he": ("העצומות שלי", "העצומה שלי"),
    "ar": ("عرائضي", "عريضتي"),
    "ru": ("мои петиции", "моя петиция"),
    "en": ("my petitions", "my petition"),
}
AMEND_WORDS = {
    "he": ("לתקן עצומה", "תיקון עצומה", "לשנות עצומה", "לתקן את העצומה"),
    "ar": ("تعديل عريضة", "تعديل العريضة", "تعديل عريضتي"),
    "ru": ("изменить петицию", "исправить петицию"),
    "en": ("change petition", "change my petition", "edit petition"),
}
CLOSE_WORDS = {
    "he": ("לסגור עצומה", "סגירת עצומה"),
    "ar": ("إغلاق عريضة", "اغلاق العريضة"),
    "ru": ("закрыть петицию",),
    "en": ("close petition", "close my petition"),
}
NEWS_WORDS = {
    "he": ("עדכון לחותמים", "עדכון לעצומה"),
    "ar": ("تحديث للموقعين", "تحديث العريضة"),
    "ru": ("новость подписавшим", "новость петиции"),
    "en": ("news for signers", "petition news"),
}


def check_own_petition(turn: Turn, petition: Petition | None) -> Petition:
    """Return the petition if the person of this conversation wrote it. Raise Refused."""
    if petition is None or not is_author(petition, turn.contact):
        raise Refused(_("This is not a petition of yours, as far as we know you here."))
    return petition


def text_after_command(text: str) -> str:
    """Return what the message says after the words that wake the skill ("start a petition: …"), or ""."""
    words = text.split()
    known = {normalise(word) for several in START_WORDS.values() for word in several}
    for count in range(min(4, len(words)), 0, -1):
        if normalise(" ".join(words[:count])).rstrip(":,") in known:
            return " ".join(words[count:]).strip(" :-–—.,\n")
    return ""


@skill(
    "petitions.start",
    table_row="petition",
    title=gettext_lazy("Start a petition"),
    form=NothingForm,
    intents=START_WORDS,
    menu=60,
    icon="megaphone",
)
def begin_petition(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Begin the form of a new petition with the message's words and picture. Raise Refused if this person may not."""
    services.check_may_start(turn.contact)
    known: dict[str, str] = {}
    words = text_after_command(turn.text)
    if words:
        known["title" if len(words) <= TITLE_MAX else "demand"] = words
    picture = next((file for file in turn.attachments if file.is_picture), None)
    if picture is not None:
        known["photo"] = picture.key
    heard = []
    if words:
        heard.append(_("A petition: “%(words)s”.") % {"words": words})
    if picture is not None:
        heard.append(_("We have your picture."))
    heard.append(_("A few questions more. You can stop at any time, and go on later or on another channel."))
    return [Say("\n".join(heard), lang=turn.lang), *begin_skill(REGISTRY["petitions.write"], turn, answers=known)]


@skill("petitions.write", title=START.title, form=StartStepForm, icon=START.icon)
def write(turn: Turn, subject: None, answers: Answers) -> Say | list[Say]:
    """Start the petition that was written, or sign the similar one that was chosen; reply with what comes next."""
    chosen = answers.get("similar")
    if chosen and chosen != MINE:
        return begin_skill(REGISTRY["petitions.sign"], turn, code=chosen)
    return run_verb(START, turn, None, answers)


def offer_own_petitions(turn: Turn, verb: str, question: str) -> Say:
    """Return a message with this person's petitions, newest first, as options that go on with ``verb``."""
    rows = Petition.objects.filter(author__in=turn.contact.family_ids()).exclude(moderation="draft")
    mine = list(rows.select_related("action").order_by("-id")[:OFFERED])
    if not mine:
        start = (Option(f"{GO}petitions.start", _("Start a petition")), Option(f"{GO}menu", _("Menu")))
        return Say(_("You have started no petition from here."), start)
    return Say(question, tuple(Option(f"{GO}{verb}:{row.code}", row.title) for row in mine))


def introduce_own_petition(turn: Turn, petition: Petition | None) -> Say | None:
    """Return a choice of the person's petitions if none is named, else None. Raise Refused if not theirs."""
    if petition is None:
        return offer_own_petitions(turn, "petitions.mine", _("Which of your petitions?"))
    check_own_petition(turn, petition)
    return None


@skill(
    "petitions.mine",
    title=gettext_lazy("My petitions"),
    form=NothingForm,
    intents=MINE_WORDS,
    commands=[word for words in MINE_WORDS.values() for word in words],
    subject=find_authored_petition,
    intro=introduce_own_petition,
    icon="user",
    needs_subject=True,
)
def mine(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Reply with where the person's petition stands, and what its author can do now."""
    options = []
    if may_rewrite(petition):
        options.append(Option(f"{GO}petitions.amend:{petition.code}", _("Change it and send it again")))
    if may_write_news(petition):
        options.append(Option(f"{GO}petitions.news:{petition.code}", _("Write news to those who signed")))
    if may_close(petition):
        options.append(Option(f"{GO}petitions.close:{petition.code}", _("Close the petition")))
    options.append(Option(f"{GO}menu", _("Menu")))
    private = petition.author_url
    return Say(describe_state(petition), tuple(options), links=((_("Your petition"), private),), secrets=(private,))


def describe_state(petition: Petition) -> str:
    """Return a petition's state in words, its number of signatures, and what comes next."""
    lines = [petition.title, str(petition.get_moderation_display())]
    if petition.is_published:
        signed = read_total(read_tallies(petition.action))
        people = ngettext("%(count)s person has signed.", "%(count)s people have signed.", signed)
        lines = [petition.title, people % {"count": number(signed)}, str(petition.get_response_display())]
        if petition.is_open and petition.closes_at:
            lines.append(_("Open until %(day)s") % {"day": deadline(petition.closes_at)})
    elif petition.moderation == Petition.Moderation.GATHERING:
        missing = max(petition.supporters - services.count_supporters(petition), 0)
        words = ngettext("%(count)s supporter is missing.", "%(count)s supporters are missing.", missing)
        lines.append(words % {"count": missing})
    else:
        lines.append(state_message(petition))
    return "\n".join(line for line in lines if line)


def introduce_amending(turn: Turn, petition: Petition | None) -> Say | None:
    """Return what the author is asked to change, or a choice of their petitions if none is named. Raise Refused."""
    if petition is None:
        return offer_own_petitions(turn, "petitions.amend", _("Which petition do you want to change?"))
    if not may_rewrite(check_own_petition(turn, petition)):
        raise Refused(_("This petition cannot be changed any more: people have signed these words."))
    return Say("\n".join(line for line in (petition.title, petition.asked) if line), lang=turn.lang)


@skill(
    "petitions.amend",
    title=gettext_lazy("Change my petition"),
    form=AmendForm,
    intents=AMEND_WORDS,
    subject=find_authored_petition,
    intro=introduce_amending,
    icon="edit",
    needs_subject=True,
    changes_own=True,
)
def amend(turn: Turn, petition: Petition, answers: Answers) -> Say | list[Say]:
    """Change one part of the author's petition; then submit it for review again, or ask for the next part."""
    changed = build_amended(check_own_petition(turn, petition), answers)
    services.rewrite_petition(petition, changed, by=turn.actor, send=answers["send"])
    if not answers["send"]:
        return begin_skill(REGISTRY["petitions.amend"], turn, code=petition.code)
    private = petition.author_url
    return Say(
        author_message(petition, "submit"), lang=turn.lang, links=((_("Your petition"), private),), secrets=(private,)
    )


def introduce_closing(turn: Turn, petition: Petition | None) -> Say | None:
    """Return which petition would be closed, or a choice of the author's if none is named. Raise Refused."""
    if petition is None:
        return offer_own_petitions(turn, "petitions.close", _("Which petition do you want to close?"))
    if not may_close(check_own_petition(turn, petition)):
        raise Refused(_("This petition is not open."))
    return Say(petition.title, lang=turn.lang)


@skill(
    "petitions.close",
    title=gettext_lazy("Close my petition"),
    form=CloseForm,
    intents=CLOSE_WORDS,
    subject=find_authored_petition,
    intro=introduce_closing,
    icon="lock",
    needs_subject=True,
    changes_own=True,
)
def close(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Close the author's petition to signatures, and reply that it is closed."""
    services.close_own_petition(check_own_petition(turn, petition), turn.contact, by=turn.actor)
    return Say(_("“%(title)s” is closed. What was signed stays counted.") % {"title": petition.title})


def introduce_news(turn: Turn, petition: Petition | None) -> Say | None:
    """Return which petition the author's news is about, or a choice of theirs if none is named. Raise Refused."""
    if petition is None:
        return offer_own_petitions(turn, "petitions.news", _("About which petition?"))
    if not may_write_news(check_own_petition(turn, petition)):
        raise Refused(_("News can be written once the petition is published."))
    return Say(petition.title, lang=turn.lang)


@skill(
    "petitions.news",
    title=gettext_lazy("News about my petition"),
    form=NewsForm,
    intents=NEWS_WORDS,
    subject=find_authored_petition,
    intro=introduce_news,
    icon="megaphone",
    needs_subject=True,
    changes_own=True,
)
def news(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Propose the author's news to a moderator, who reads it before the signers get it, and reply so."""
    services.propose_update(check_own_petition(turn, petition), answers["text"], language=turn.lang, by=turn.actor)
    return Say(_("Thank you. We read it, and you hear from us when it is published."))
