"""Describe the operations of the API for problem reports."""

from __future__ import annotations

from typing import TypedDict

from django.utils.translation import gettext_lazy as _

from kesher.core.api.api_operations import Operation
from kesher.reports.forms import ReportOnTheWebForm


class ReportTopic(TypedDict):
    """A topic that can be reported; ``standard``: within how long it is done."""

    code: str
    names: dict[str, str]
    group: str
    needs_place: bool
    standard: str


class EmergencyCall(TypedDict):
    """A number to call where life is in danger."""

    name: str
    number: str


class TopicList(TypedDict):
    """The topics that can be reported, and the emergency numbers."""

    topics: list[ReportTopic]
    emergency: list[EmergencyCall]


class ReportMade(TypedDict):
    """The number of a new report, its page, and by when it is done."""

    number: str
    url: str
    due: str | None
    standard: str


class ReportStep(TypedDict):
    """What happened to a report."""

    verb: str
    title: str
    at: str


class ReportState(TypedDict):
    """Where a report stands."""

    number: str
    state: str
    title: str
    topic: str
    opened: str
    due: str | None
    ended: str | None
    history: list[ReportStep]


class ReportError(TypedDict):
    """Why a request was refused."""

    error: str


class FieldError(TypedDict):
    """What is wrong with a field, and its code."""

    message: str
    code: str


class FieldErrors(TypedDict):
    """What is wrong with a request: texts and codes by field."""

    errors: dict[str, list[FieldError]]


TOPICS = Operation(
    title=_("List the topics that can be reported, and the emergency numbers."),
    answers={200: TopicList},
)
MAKE = Operation(
    method="POST",
    title=_("Report a problem. Who gives an address gets the number there, and news."),
    answers={
        201: ReportMade,
        400: ReportError | FieldErrors,
        413: ReportError,
        415: ReportError,
        429: ReportError,
    },
    form=ReportOnTheWebForm,
    optional=("place",),
    checked=False,
    example={"topic": "street-light", "place": "Herzl 12", "words": "The lamp is dark at night."},
)
READ = Operation(
    title=_("Read where a report stands. It says nothing personal."),
    answers={200: ReportState, 404: ReportError, 429: ReportError},
)
