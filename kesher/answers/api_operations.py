"""Describe the operations of the API for answers (FAQ) and eligibility checkers."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.core.api.api_operations import Operation
from kesher.core.api.json_schema import ObjectField

LANG = forms.CharField(label=_("Language of the texts: he, ar, ru or en"), required=False)


class ShortAnswer(TypedDict):
    """An answer without its details; ``score``: how well it fits the question, from 0 to 1."""

    slug: str
    question: str
    short: str
    lang: str
    url: str
    score: NotRequired[float]


class AnswerList(TypedDict):
    """Answers: those that fit a question, or all of them, page by page."""

    data: list[ShortAnswer]
    question: NotRequired[str]
    understood: NotRequired[str]
    next: NotRequired[str | None]


class AnswerDetails(TypedDict):
    """The details of an answer."""

    body: str
    cost: str
    time: str
    where: str
    who: str
    steps: list[str]
    bring: list[str]
    lang: str


class FullAnswer(TypedDict):
    """An answer with its details."""

    slug: str
    question: str
    short: str
    lang: str
    details: AnswerDetails
    start: str
    topic: str | None
    languages: list[str]
    updated: str
    url: str


class CodedError(TypedDict):
    """An error's text and its code."""

    message: str
    code: str


class CodedErrors(TypedDict):
    """What is wrong with a request: texts and codes by field."""

    errors: dict[str, list[CodedError]]


class Useful(TypedDict):
    """The vote that was recorded."""

    slug: str
    helped: bool


class UsefulAnswer(TypedDict):
    """The vote that was recorded."""

    data: Useful


class Check(TypedDict):
    """A checker: questions that lead to an outcome."""

    slug: str
    title: str
    intro: str
    topic: str | None
    updated: str
    url: str


class CheckList(TypedDict):
    """All checkers."""

    data: list[Check]


class Choice(TypedDict):
    """One of the answers to choose from."""

    key: str
    title: str


class Question(TypedDict):
    """A question of a checker; it is asked if all conditions in ``when`` ([question, sign, value]) hold."""

    key: str
    kind: str
    ask: str
    help: str
    when: list[Any]
    choices: NotRequired[list[Choice]]
    least: NotRequired[str]
    most: NotRequired[str]


class CheckQuestions(Check):
    """A checker with its questions."""

    questions: list[Question]


class CheckAnswer(TypedDict):
    """A checker with its questions."""

    data: CheckQuestions


class AnswerPage(TypedDict):
    """The answer that says more."""

    slug: str
    url: str


class Outcome(TypedDict):
    """The outcome of a checker."""

    key: str
    tone: str
    title: str
    text: str
    amount: str | None
    answer: AnswerPage | None


class CheckRun(TypedDict):
    """The next question of a checker, or its outcome; null if no rule holds and a person has to look."""

    answers: dict[str, str]
    not_asked: list[str]
    done: bool
    next: Question | None
    outcome: Outcome | None
    note: NotRequired[str]


class CheckRunAnswer(TypedDict):
    """The next question of a checker, or its outcome."""

    data: CheckRun


LIST = Operation(
    title=_("List the answers, or find those that fit a question."),
    answers={200: AnswerList},
    query={
        "q": forms.CharField(label=_("The question, in any words"), required=False),
        "after": forms.CharField(label=_("Only what comes after this one"), required=False),
        "lang": LANG,
    },
)
READ = Operation(
    title=_("Read one answer with all its details."),
    answers={200: FullAnswer, 404: CodedErrors},
    query={"lang": LANG},
)
USEFUL = Operation(
    method="POST",
    title=_("Say whether an answer was useful."),
    answers={201: UsefulAnswer},
    fields={
        "helped": forms.NullBooleanField(label=_("Did it help?")),
        "query": forms.CharField(label=_("What was asked"), required=False),
        "comment": forms.CharField(label=_("A comment"), required=False),
        "lang": LANG,
    },
    query={"lang": LANG},
    errors=(429,),
    example={"helped": True, "query": "how do I pay less?"},
)
CHECKS = Operation(
    title=_("List the checkers: questions that lead to an outcome."),
    answers={200: CheckList},
    query={"lang": LANG},
)
CHECK = Operation(
    title=_("Read the questions of a checker."),
    answers={200: CheckAnswer},
    query={"lang": LANG},
)
RUN = Operation(
    method="POST",
    title=_("Get a checker's next question, or its outcome, for the answers so far. None of them is stored."),
    answers={200: CheckRunAnswer},
    checked=False,
    fields={"answers": ObjectField(label=_("The answers so far, by the key of the question"), required=False)},
    query={"lang": LANG},
    errors=(400, 422, 429),
    example={"answers": {}},
)
