"""Answer free text in a chat: each text is tried as a search for an answer (FAQ)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.answers import services
from kesher.answers.checkers.question_form import CheckForm, evaluate_checker
from kesher.answers.fact_placeholders import all_facts, fill_text
from kesher.answers.language_fallback import Text, find_fact_names
from kesher.answers.models import Answer, Checker
from kesher.answers.search.query import query_words
from kesher.answers.search.search import SearchResult, search
from kesher.channels.base import Option, Say
from kesher.conversations.models import Message
from kesher.core.db.ids import is_number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.services import GO, active_session
from kesher.dialogues.services.prompts import offer_options
from kesher.dialogues.understood import Meaning, Understood
from kesher.understanding.services import record_heard

# A text with fewer letters is no question.
LEAST_LETTERS = 3
LOOK_BACK = 3  # messages to search for the question: it, and the choice between suggestions


class AskForm(StepForm):
    """The form that asks for the question, unless it was asked already."""

    takes_questions = ("asked",)
    asked = forms.CharField(
        label=gettext_lazy("What would you like to know?"),
        help_text=gettext_lazy("In your own words, in any language."),
        max_length=300,
    )

    def shape(self, answers: Any) -> None:
        """Remove the field for the question if an answer (FAQ) was chosen already (``subject``)."""
        if self.subject:
            self.fields.pop("asked")


class UsefulForm(StepForm):
    """A form without fields: the button had the answer."""


def find_answer(code: str) -> Answer | None:
    """Return the published answer of a button's code ("a12", "=library-hours"), or None.

    A bare number could be another skill's code.
    """
    mark, number = code[:1], code[1:]
    if mark == "=":
        return Answer.objects.published().filter(slug=number).first()
    return Answer.objects.published().filter(pk=int(number)).first() if mark == "a" and is_number(number) else None


def find_checker(code: str) -> Checker | None:
    """Return the published checker of a button's code ("c3"), or None."""
    mark, number = code[:1], code[1:]
    return Checker.objects.published().filter(pk=int(number)).first() if mark == "c" and is_number(number) else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer was useful. ``seq`` is the number of the message that led to the answer, or 0."""

    answer: Answer
    helped: bool
    seq: int = 0


def parse_verdict(code: str) -> Verdict | None:
    """Return whether which answer helped, from a button's code ("yes:a12:34", "no:a12:34"), or None.

    Old buttons name no message.
    """
    word, _colon, rest = code.partition(":")
    which, _colon, seq = rest.partition(":")
    answer = find_answer(which) if word in ("yes", "no") else None
    return Verdict(answer, word == "yes", int(seq) if seq.isdecimal() and len(seq) < 10 else 0) if answer else None


def find_question(turn: Turn, seq: int) -> Message | None:
    """Return the person's message that led to an answer, None if there is none.

    It is the one with this number or, if that only chose from a list ("2", a tap), the one before. A button is too
    short to hold its words, and so they are not sent again.
    """
    rows = Message.objects.filter(conversation__contact=turn.contact, direction=Message.Direction.IN, seq__lte=seq)
    rows = rows.order_by("-seq").only("agency", "seq", "text", "lang", "channel", "content")
    for row in rows[:LOOK_BACK] if seq else ():
        if not row.content.get("choice") and sum(map(str.isalpha, row.text)) >= LEAST_LETTERS:
            return row
    return None


def record_wrong_answer(turn: Turn, question: Message, answer: Answer) -> None:
    """Keep a question for the review of what was understood wrongly, because its answer did not help."""
    understood = question.content.get("understood", {})
    probability = understood.get("p", 0.0) if understood.get("action") == "answer" else 0.0
    meaning = Meaning("answer", answer.slug, probability=probability)
    found = Understood(question.text, question.lang or turn.lang, "answer", offered=(meaning,), probability=probability)
    record_heard(turn.contact, found, question.channel, wrong=True)


@skill(
    "answers.ask",
    table_row="ask",
    title=gettext_lazy("Ask a question"),
    form=AskForm,
    intents={
        # What follows such words is not read, so no real question may begin with them.
        "he": ("לשאול שאלה", "יש לי שאלה"),
        "ar": ("طرح سؤال", "عندي سؤال"),
        "ru": ("задать вопрос", "у меня вопрос"),
        "en": ("ask a question", "i have a question"),
    },
    subject=find_answer,
    menu=5,
    icon="search",
    commits=False,
)
def ask(turn: Turn, subject: Answer | None, answers: Answers) -> Say:
    """Reply with the chosen answer, else with what the search finds for the question asked; record a miss."""
    if subject is not None:
        return render_answer(turn, subject)
    found = search(answers["asked"], turn.lang)
    reply = render_reply(turn, found)
    if reply is not None:
        return reply
    services.record_miss(answers["asked"], turn.lang)
    person = Option(f"{GO}agent", _("Talk to a person"))
    return Say(_("We do not have an answer to this yet. Someone will be glad to help."), (person,))


@skill(
    "answers.useful",
    title=gettext_lazy("Was it useful?"),
    form=UsefulForm,
    subject=parse_verdict,
    needs_subject=True,
    commits=False,
)
def useful(turn: Turn, subject: Verdict, answers: Answers) -> Say:
    """Record whether the answer helped, and reply with thanks or the offer to talk to a person."""
    question = find_question(turn, subject.seq)
    query = question.text if question else ""
    services.record_feedback(subject.answer, subject.helped, lang=turn.lang, door=turn.door, query=query)
    if subject.helped:
        return Say(_("Glad to hear it."))
    if question is not None and question.seq == subject.seq:  # given at once, not chosen from several
        record_wrong_answer(turn, question, subject.answer)
    person = Option(f"{GO}agent", _("Talk to a person"))
    return Say(_("Sorry. Try other words, or ask to talk to a person."), (person,))


@skill(
    "answers.check",
    table_row="ask",
    title=gettext_lazy("Check what I am entitled to"),
    form=CheckForm,
    intents={
        "he": ("בדיקת זכאות", "לבדוק זכאות", "מחשבון"),
        "ar": ("فحص الاستحقاق", "حاسبة"),
        "ru": ("проверить льготы", "калькулятор"),
        "en": ("check entitlement", "calculator"),
    },
    subject=find_checker,
    icon="check-circle",
    commits=False,
)
def check(turn: Turn, subject: Checker | None, answers: Answers) -> Say:
    """Reply with the outcome of a checker for the person's answers, and where to read on. Nothing is stored."""
    checker = subject or Checker.objects.published().get(pk=answers["which"])
    found = evaluate_checker(checker, answers)
    if not found.sure:
        return Say(found.title, (Option(f"{GO}agent", _("Talk to a person")),))
    links = ((_("All the details"), answer_url(found.answer)),) if found.answer else ()
    note = _("This is a first check based on your answers, not a decision.")
    return Say("\n".join(filter(None, (found.title, found.text, note))), links=links)


def on_free_text(turn: Turn) -> list[Say] | None:
    """Reply to a message that no skill or option matches with what the search finds, or return None.

    A sure answer is given, a doubtful one is offered as a choice. Inside a form only a sure one is given, without
    buttons: the form's own question follows.
    """
    text = turn.text.strip()
    if turn.attachments or turn.location or sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    found = search(text, turn.lang)
    session = active_session(turn.contact)
    if session is not None and session.skill:
        return [replace(render_answer(turn, found.sure.answer), options=())] if found.sure else None
    reply = render_reply(turn, found)
    if reply is not None:
        return [offer_options(turn, reply)]
    if len(query_words(text)) > 1:
        services.record_miss(text, turn.lang)
    return None


def render_reply(turn: Turn, found: SearchResult) -> Say | None:
    """Return the sure answer, or a choice of likely ones, as a message; None if a person should answer."""
    if found.sure:
        return render_answer(turn, found.sure.answer)
    choices = found.suggestions
    if not choices:
        return None
    options = [
        Option(f"{GO}answers.ask:a{hit.answer.pk}", answer_text(hit.answer, turn.lang).question) for hit in choices
    ]
    return Say(_("Did you mean one of these?"), (*options, Option(f"{GO}agent", _("Talk to a person"))), lang=turn.lang)


def render_answer(turn: Turn, answer: Answer) -> Say:
    """Return the short answer as a message with a link to its page, and buttons to say whether it helped."""
    checks = Checker.objects.published().filter(answers=answer)[:1]
    which = f"a{answer.pk}:{turn.seq}" if turn.seq else f"a{answer.pk}"
    options = (
        *(Option(f"{GO}answers.check:c{row.pk}", row.title) for row in checks),
        Option(f"{GO}answers.useful:yes:{which}", _("It helped")),
        Option(f"{GO}answers.useful:no:{which}", _("It did not help")),
    )
    return replace(short_answer(answer, turn.lang), options=options)


def short_answer(answer: Answer, lang: str) -> Say:
    """Return the short answer as a message with a link to its page."""
    text = answer_text(answer, lang)
    links = ((_("All the details"), answer_url(answer)),)
    return Say(f"{text.question}\n{text.short}", lang=lang, links=links)


def answer_text(answer: Answer, lang: str) -> Text:
    """Return an answer's text in a language, with its facts filled in."""
    return fill_text(answer.text(lang), all_facts(find_fact_names(answer.texts)))


def answer_url(answer: Answer) -> str:
    """Return the absolute URL of an answer's page."""
    return absolute(answer.get_absolute_url())
