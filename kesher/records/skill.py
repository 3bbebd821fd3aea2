""" "What do I owe?", said in any conversation: the sources are asked, and the answer comes there."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.channels.base import Say
from kesher.conversations.recycled_numbers import changed_hands
from kesher.core.throttle import allow
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.turn import Answers, Turn
from kesher.records import services
from kesher.records.chat_summary import with_page_link
from kesher.records.query_plan import plan_of

AN_HOUR = 20


class NothingForm(StepForm):
    """Asks nothing."""


def asked(*words: str) -> tuple[str, ...]:
    """With and without the mark that people put behind a question."""
    return (*words, *(f"{one}{mark}" for one in words for mark in "?؟"))


@skill(
    "records.look_up",
    title=gettext_lazy("What do I owe?"),
    form=NothingForm,
    words={
        "he": asked(
            "מה החוב שלי", "מה החובות שלי", "כמה אני חייב", "כמה אני חייבת", "מה אני חייב", "מה אני חייבת",
            "החובות שלי", "כל מה שרשום על שמי",
        ),
        "ar": asked("كم عليّ أن أدفع", "كم علي أن أدفع", "ما هي ديوني", "ديوني", "كل ما هو مسجل باسمي"),
        "ru": asked("сколько я должен", "сколько я должна", "что я должен", "что я должна", "мои долги",
            "всё на моё имя"),
        "en": asked("what do i owe", "how much do i owe", "my debts", "my bills", "everything in my name"),
    },
    menu=45,
    icon="list",
)  # fmt: skip
def look_up(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Asks the sources that may be told of here; where none may, the way to the page, where one shows who one is."""
    if turn.identity is None:
        return [Say(_("Sign in on the page, and you will see everything in your name."), lang=turn.lang)]
    level = level_here(turn)
    plan = plan_of(turn.contact, level=level, lang=turn.lang)
    open_here = [order for order in plan.orders if not order.gate]
    if not open_here or not allow(f"lookup:{turn.contact.pk}", AN_HOUR, 3600):
        words = _("That is shown on your page, after you show there that it is you.")
        return [with_page_link(Say(words, lang=turn.lang), turn.identity)]
    services.ask_lookup(turn.contact, turn.identity, door=turn.door, lang=turn.lang, level=level)
    words = ngettext(
        "One moment. I am asking one source.", "One moment. I am asking %(count)d sources.", len(open_here)
    ) % {"count": len(open_here)}
    return [Say(words, lang=turn.lang)]


def level_here(turn: Turn) -> int:
    """How well is known who asks here: what his address proved, at most 2; nothing where the words may be another's, or
    the number may have a new owner."""
    assert turn.identity is not None
    if turn.claimed or changed_hands(turn.identity):
        return 0
    return min(turn.assurance, 2)
