"""Chat dialogue "what do I owe?": asks the record sources, and the answer follows in the chat."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.channels.base import Say
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.core.http.throttle import allow
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.records import services
from kesher.records.chat_summary import with_page_link
from kesher.records.source_selection import build_plan

AN_HOUR = 20


class NothingForm(StepForm):
    """A form without fields."""


def with_question_marks(*words: str) -> tuple[str, ...]:
    """Return the phrases as they are, with “?” and with “؟”, as words that wake the skill."""
    return (*words, *(f"{one}{mark}" for one in words for mark in "?؟"))


@skill(
    "records.look_up",
    table_row="look up my things",
    title=gettext_lazy("What do I owe?"),
    form=NothingForm,
    intents={
        "he": with_question_marks(
            "מה החוב שלי", "מה החובות שלי", "כמה אני חייב", "כמה אני חייבת", "מה אני חייב", "מה אני חייבת",
            "החובות שלי", "כל מה שרשום על שמי",
        ),
        "ar": with_question_marks("كم عليّ أن أدفع", "كم علي أن أدفع", "ما هي ديوني", "ديوني", "كل ما هو مسجل باسمي"),
        "ru": with_question_marks("сколько я должен", "сколько я должна", "что я должен", "что я должна", "мои долги",
            "всё на моё имя"),
        "en": with_question_marks("what do i owe", "how much do i owe", "my debts", "my bills",
            "everything in my name"),
    },
    menu=45,
    icon="list",
)  # fmt: skip
def look_up(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Store a question to the sources for the worker and say so; if none may be read here, send a link to the page."""
    if turn.identity is None:
        return [Say(_("Sign in on the page, and you will see everything in your name."), lang=turn.lang)]
    level = current_level(turn)
    plan = build_plan(turn.contact, level=level, lang=turn.lang)
    open_here = [order for order in plan.orders if not order.gate]
    if not open_here or not allow(f"lookup:{turn.contact.pk}", AN_HOUR, 3600):
        words = choose_wording(
            _("That is shown on your page, after you show there that it is you."),
            _("We may not say that in a call. Your own page on our website shows it, once you have signed in."),
        )
        return [with_page_link(Say(words, lang=turn.lang), turn.identity)]
    services.create_lookup(turn.contact, turn.identity, door=turn.door, lang=turn.lang, level=level)
    words = ngettext(
        "One moment. I am asking one source.", "One moment. I am asking %(count)d sources.", len(open_here)
    ) % {"count": len(open_here)}
    return [Say(words, lang=turn.lang)]


def current_level(turn: Turn) -> int:
    """Return the assurance level of the person in this conversation turn, at most 2.

    Return 0 if the words may be another's, or if the number may have a new owner.
    """
    assert turn.identity is not None
    if turn.claimed or may_have_new_owner(turn.identity):
        return 0
    return min(turn.assurance, 2)
