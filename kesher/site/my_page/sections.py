"""Sections of a person's own page for unfinished forms and requests, and the tabs of their pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.accounts.my_page import MyPageSection, Thing, register, register_tab
from kesher.cases.models import Case
from kesher.contacts.models import Contact
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.rules import LINK_LIFE
from kesher.dialogues.services import find_unfinished_forms

KINDS = {"new": "info", "open": "info", "pending": "wait", "on_hold": "wait", "solved": "good", "closed": ""}


def register_all() -> None:
    """Register the sections and tabs of citizens' own page; called once from ``ready()``."""
    register(
        MyPageSection(
            "unfinished",
            gettext_lazy("To be finished"),
            "pen",
            unfinished_forms,
            level=1,
            order=5,
        )
    )
    register(
        MyPageSection(
            "requests",
            gettext_lazy("My requests"),
            "inbox",
            recent_requests,
            empty=gettext_lazy("You have no requests with us."),
            more=("reports:new", gettext_lazy("Report a problem")),
            order=10,
        )
    )
    register_tab(gettext_lazy("Overview"), "accounts:me", icon="home", order=1)
    register_tab(gettext_lazy("My records"), "records:mine", icon="list", order=10)
    register_tab(gettext_lazy("Messages"), "site:my_messages", icon="message", order=20)
    register_tab(gettext_lazy("Wishes"), "site:my_wishes", icon="settings", order=30)
    register_tab(gettext_lazy("My data"), "site:my_data", icon="shield", order=40)


def unfinished_forms(contact: Contact, most: int) -> list[Thing]:
    """Return the forms that a person began within a day, on any channel, as entries of their page."""
    return [form_entry(session) for session in find_unfinished_forms(contact, LINK_LIFE)[:most]]


def form_entry(session: DialogueSession) -> Thing:
    """Return an unfinished form as an entry of a person's page, with a link to continue it."""
    skill = REGISTRY[session.skill]
    count = len(session.given)
    words = ngettext("%(count)s answer so far", "%(count)s answers so far", count) % {"count": count} if count else ""
    return Thing(
        str(skill.title),
        reverse("dialogues:continue", args=[session.key]),
        words,
        at=session.updated,
        elsewhere=reverse("conversations:elsewhere", args=[session.key]),
    )


def request_label(case: Case) -> str:
    """Return a case's number, with a note where somebody only typed this person's address."""
    number, report = _("Request %(number)s") % {"number": case.number}, getattr(case, "report", None)
    if report is None or report.level or report.on_behalf_by_id:
        return number
    return f"{number} · {_('sent without a code, by whoever typed your number or mailbox')}"


def recent_requests(contact: Contact, most: int) -> list[Thing]:
    """Return a person's newest cases as entries of their page."""
    rows = Case.objects.of(contact.family_ids()).select_related("topic", "report")[:most]
    return [
        Thing(
            case.title or (case.topic.name if case.topic else str(case.get_kind_display())),
            reverse("reports:status_of", args=[case.number]),
            request_label(case),
            str(case.get_state_display()),
            KINDS.get(case.state, ""),
            case.opened_at,
        )
        for case in rows
    ]
