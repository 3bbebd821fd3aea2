"""Chat dialogues for reporting a problem and for asking what became of it."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.emergency_numbers import emergency_in_words
from kesher.cases.models import Case
from kesher.channels.base import Say
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import deadline
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import skill
from kesher.reports import services
from kesher.reports.forms import ReportStepForm, StatusForm, find_case, reportable_topics


def introduce(turn: Turn, subject: None) -> Say | None:
    """Return the emergency numbers, to be said before a report. Raise Refused where there are no topics to report."""
    if not reportable_topics():
        raise Refused(_("We take no reports of this kind yet. Write what happened, and a person will read it."))
    return Say(emergency_in_words(turn.contact.agency), lang=turn.lang)


@skill(
    "reports.report",
    table_row="report",
    title=gettext_lazy("Report a problem"),
    form=ReportStepForm,
    intents={
        "he": ("לדווח", "דיווח", "מפגע", "לדווח על מפגע", "דיווח על מפגע"),
        "ar": ("بلاغ", "الإبلاغ", "الإبلاغ عن خلل", "تبليغ"),
        "ru": ("сообщить", "заявка", "сообщить о проблеме", "заявка о проблеме"),
        "en": ("report", "report a problem", "hazard"),
    },
    intro=introduce,
    menu=10,
    icon="map-pin",
)
def report(turn: Turn, subject: None, answers: Answers) -> Say:
    """Open a report from a finished conversation form, and reply with its number, standard time and a link."""
    request = services.open_report(
        turn.contact,
        topic=answers["topic"],
        place=answers.get("place"),
        words=answers["words"],
        photo=answers.get("photo"),
        door=turn.door,
        identity=turn.identity,
    )
    return Say(services.receipt_text(request.case), links=((_("Where it stands"), services.status_url(request.case)),))


@skill(
    "reports.status",
    table_row="look up my things",
    title=gettext_lazy("Where is my request?"),
    form=StatusForm,
    intents={
        "he": ("מצב", "סטטוס", "מצב פנייה", "איפה הפנייה שלי"),
        "ar": ("حالة", "حالة الطلب"),
        "ru": ("статус", "статус заявки"),
        "en": ("status", "where is my request"),
    },
    subject=find_case,
    menu=30,
    icon="search",
    commits=False,
)
def status(turn: Turn, subject: Case | None, answers: Answers) -> Say:
    """Reply to a person in a conversation with the public state of their report."""
    case = subject or answers["number"]
    found = services.find_status(case.number)
    assert found is not None
    return Say(render_status(found), links=((_("The whole story"), services.status_url(case)),))


def render_status(found: services.Status) -> str:
    """Return the public state of a report as a few lines of text."""
    lines = [
        _("Request %(number)s: %(state)s.") % {"number": found.number, "state": found.title},
        found.topic,
        _("Opened on %(when)s.") % {"when": format_day(found.opened)},
    ]
    if found.due:
        lines.append(_("To be done by %(when)s.") % {"when": deadline(found.due)})
    if found.ended:
        lines.append(_("Ended on %(when)s.") % {"when": format_day(found.ended)})
    return "\n".join(line for line in lines if line)


def format_day(moment: datetime) -> str:
    """Return the day of a moment, written in the current language."""
    return date_format(localtime(moment), "DATE_FORMAT")
