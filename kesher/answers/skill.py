"""Answering in any conversation: what anybody writes is tried as a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.answers import services
from kesher.answers.checker_form import CheckForm, told
from kesher.answers.language_fallback import Text, facts_in
from kesher.answers.models import Answer, Checker
from kesher.answers.placeholders import all_facts, filled_text
from kesher.answers.query import content
from kesher.answers.search import Found, search
from kesher.channels.base import Option, Say
from kesher.conversations.models import Message
from kesher.core.list_search import is_number
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.services import GO, active_session
from kesher.dialogues.services.prompts import offer
from kesher.dialogues.turn import Answers, Turn

# What is not a question: a greeting, a number, one letter.
LEAST_LETTERS = 3
LOOK_BACK = 3  # messages in which a question is looked for: it, and the choice that it was asked back with


class AskForm(StepForm):
    """The question, where nobody asked yet."""

    takes_questions = ("asked",)
    asked = forms.CharField(
        label=gettext_lazy("What would you like to know?"),
        help_text=gettext_lazy("In your own words, in any language."),
        max_length=300,
    )

    def shape(self, answers: Any) -> None:
        if self.subject:
            self.fields.pop("asked")


class UsefulForm(StepForm):
    """Asks nothing: the button said it."""


def answer_of(code: str) -> Answer | None:
    """The published answer behind a button: "a12". A bare number would be somebody else's code."""
    mark, number = code[:1], code[1:]
    return Answer.objects.published().filter(pk=int(number)).first() if mark == "a" and is_number(number) else None


def checker_of(code: str) -> Checker | None:
    """The published checker behind a button: "c3"."""
    mark, number = code[:1], code[1:]
    return Checker.objects.published().filter(pk=int(number)).first() if mark == "c" and is_number(number) else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which answer was useful, or not; ``seq`` is the number of the message to which it was said, 0 where none was."""

    answer: Answer
    helped: bool
    seq: int = 0


def verdict_of(code: str) -> Verdict | None:
    """ "yes:a12:34" or "no:a12:34"; buttons of before name no message."""
    word, _colon, rest = code.partition(":")
    which, _colon, seq = rest.partition(":")
    answer = answer_of(which) if word in ("yes", "no") else None
    return Verdict(answer, word == "yes", int(seq) if seq.isdecimal() and len(seq) < 10 else 0) if answer else None


def asked_at(turn: Turn, seq: int) -> str:
    """The words that led to an answer: this person's message of that number or, where that one only chose from a list
    ("2", a tap), the words before it. A button is too short to hold them, and they need not go out again."""
    rows = Message.objects.filter(conversation__contact=turn.contact, direction=Message.Direction.IN, seq__lte=seq)
    for text, rest in rows.order_by("-seq").values_list("text", "content")[:LOOK_BACK] if seq else ():
        if not rest.get("choice") and sum(map(str.isalpha, text)) >= LEAST_LETTERS:
            return text
    return ""


@skill(
    "answers.ask",
    title=gettext_lazy("Ask a question"),
    form=AskForm,
    words={
        # What follows such a word is not read, so they are words with which no question of one's own begins.
        "he": ("לשאול שאלה", "יש לי שאלה"),
        "ar": ("طرح سؤال", "عندي سؤال"),
        "ru": ("задать вопрос", "у меня вопрос"),
        "en": ("ask a question", "i have a question"),
    },
    code=answer_of,
    menu=5,
    icon="search",
)
def ask(turn: Turn, subject: Answer | None, answers: Answers) -> Say:
    """Says the answer that was chosen, or the one to the question that was asked."""
    if subject is not None:
        return said(turn, subject)
    found = search(answers["asked"], turn.lang)
    reply = reply_to(turn, found)
    if reply is not None:
        return reply
    services.note_miss(answers["asked"], turn.lang)
    person = Option(f"{GO}agent", _("Talk to a person"))
    return Say(_("We have no ready answer to this. A person will gladly answer."), (person,))


@skill(
    "answers.useful", title=gettext_lazy("Was it useful?"), form=UsefulForm, words={}, code=verdict_of, needs_code=True
)
def useful(turn: Turn, subject: Verdict, answers: Answers) -> Say:
    """Keeps whether it helped, with what was asked; where it did not, a person is offered."""
    query = asked_at(turn, subject.seq)
    services.say_useful(subject.answer, subject.helped, lang=turn.lang, door=turn.door, query=query)
    if subject.helped:
        return Say(_("Glad to hear it."))
    person = Option(f"{GO}agent", _("Talk to a person"))
    return Say(_("Sorry. Write it in other words, or let a person answer."), (person,))


@skill(
    "answers.check",
    title=gettext_lazy("Check what I am entitled to"),
    form=CheckForm,
    words={
        "he": ("בדיקת זכאות", "לבדוק זכאות", "מחשבון"),
        "ar": ("فحص الاستحقاق", "حاسبة"),
        "ru": ("проверить льготы", "калькулятор"),
        "en": ("check entitlement", "calculator"),
    },
    code=checker_of,
    icon="check-circle",
)
def check(turn: Turn, subject: Checker | None, answers: Answers) -> Say:
    """Says what came out of a checker, and where to read on. Nothing of it is kept."""
    checker = subject or Checker.objects.published().get(pk=answers["which"])
    found = told(checker, answers)
    if not found.sure:
        return Say(found.title, (Option(f"{GO}agent", _("Talk to a person")),))
    links = ((_("All the details"), page_of(found.answer)),) if found.answer else ()
    note = _("This is a first check by your own answers, not a decision.")
    return Say("\n".join(filter(None, (found.title, found.text, note))), links=links)


def on_free_text(turn: Turn) -> list[Say] | None:
    """The hook: words that no option matches. A sure answer is said, a doubtful one is asked back, else nothing. In the
    middle of a form only what is sure is said, without buttons: the form's own question comes again behind it."""
    text = turn.text.strip()
    if turn.attachments or turn.location or sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    found = search(text, turn.lang)
    session = active_session(turn.contact)
    if session is not None and session.skill:
        return [replace(said(turn, found.sure.answer), options=())] if found.sure else None
    reply = reply_to(turn, found)
    if reply is not None:
        return [offer(turn, reply)]
    if len(content(text)) > 1:
        services.note_miss(text, turn.lang)
    return None


def reply_to(turn: Turn, found: Found) -> Say | None:
    """What to say to what was found; None where a person should answer."""
    if found.sure:
        return said(turn, found.sure.answer)
    choices = found.perhaps
    if not choices:
        return None
    options = [Option(f"{GO}answers.ask:a{hit.answer.pk}", text_of(hit.answer, turn.lang).question) for hit in choices]
    return Say(_("Did you mean one of these?"), (*options, Option(f"{GO}agent", _("Talk to a person"))), lang=turn.lang)


def said(turn: Turn, answer: Answer) -> Say:
    """The short answer, its page, and the question whether it helped."""
    text = text_of(answer, turn.lang)
    checks = Checker.objects.published().filter(answers=answer)[:1]
    which = f"a{answer.pk}:{turn.seq}" if turn.seq else f"a{answer.pk}"
    options = (
        *(Option(f"{GO}answers.check:c{row.pk}", row.title) for row in checks),
        Option(f"{GO}answers.useful:yes:{which}", _("It helped")),
        Option(f"{GO}answers.useful:no:{which}", _("It did not help")),
    )
    links = ((_("All the details"), page_of(answer)),)
    return Say(f"{text.question}\n{text.short}", options, lang=turn.lang, links=links)


def text_of(answer: Answer, lang: str) -> Text:
    return filled_text(answer.text(lang), all_facts(facts_in(answer.texts)))


def page_of(answer: Answer) -> str:
    """The answer's page as the outside knows it."""
    return absolute(answer.get_absolute_url())
