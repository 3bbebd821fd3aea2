"""What the site contributes to other apps: sections of a person's page, rows of their records, a link at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.accounts.my_page import MyPageSection, Thing, register, register_tab
from kesher.agencies.models import Agency, Staff
from kesher.agencies.rules import has_right
from kesher.agencies.setup_steps import SetupStep, read_progress, register_setup_step
from kesher.cases.desk_panels import register as register_panel
from kesher.cases.desk_panels import register_link
from kesher.cases.models import Case
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import scoped_row
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.rules import LINK_LIFE
from kesher.dialogues.services import find_unfinished_forms
from kesher.petitions.models import Petition, Signature
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.records.sources.base import Row
from kesher.records.sources.local_data_rows import register_reader

KINDS = {"new": "info", "open": "info", "pending": "wait", "on_hold": "wait", "solved": "good", "closed": ""}


def has_profile(agency: Agency) -> bool:
    """Return whether the agency has a name in each language that it offers, an address and a way to reach it."""
    contact = agency.contact
    named = all(agency.names.get(lang) for lang in agency.spoken)
    return named and bool(contact.get("address")) and bool(contact.get("phone") or contact.get("email"))


def has_persons_in_charge(agency: Agency) -> bool:
    """Return whether citizens find who answers for privacy and for accessibility."""
    coordinator = agency.contact.get("coordinator") or {}
    return bool(agency.contact.get("privacy")) and bool(coordinator.get("phone") or coordinator.get("email"))


BODY_STEP = SetupStep(
    "body",
    gettext_lazy("About the public body"),
    gettext_lazy("The name in each language, the address and a phone are shown on every page and in every mail."),
    "site:body",
    has_profile,
    order=10,
)
LAW_STEP = SetupStep(
    "law",
    gettext_lazy("Privacy and accessibility"),
    gettext_lazy("The law asks you to say whom people can turn to about privacy and accessibility."),
    "site:body",
    has_persons_in_charge,
    order=80,
)


def register_all() -> None:
    """Register the sections and tabs of a person's page, and a link at the desk; called once from ``ready()``."""
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
    register_tab(gettext_lazy("Preferences"), "site:my_wishes", icon="settings", order=30)
    register_tab(gettext_lazy("My data"), "site:my_data", icon="shield", order=40)
    register_setup_pages()
    register_link(
        gettext_lazy("Requests to delete data"),
        "site:erasures",
        icon="trash",
        right="erase",
        order=40,
        place="admin",
        group="data",
        purpose=gettext_lazy("People who want their data deleted, and until when to decide."),
    )


def register_setup_pages() -> None:
    """Register the pages of the agency itself, their steps of the set-up, and the line above the inbox."""
    register_setup_step(BODY_STEP)
    register_setup_step(LAW_STEP)
    register_link(
        gettext_lazy("About the public body"),
        "site:body",
        icon="building",
        right="change_settings",
        order=2,
        place="admin",
        purpose=gettext_lazy("Name, logo, colours, addresses, languages; who answers for privacy and accessibility."),
    )
    register_link(
        gettext_lazy("House rules"),
        "site:edit_rules",
        icon="shield",
        right="change_settings",
        order=3,
        place="admin",
        purpose=gettext_lazy("What is removed from the pages, who decides, and how one objects."),
    )
    register_link(
        gettext_lazy("Service charter"),
        "site:edit_charter",
        icon="file",
        right="change_settings",
        order=4,
        place="admin",
        purpose=gettext_lazy("What people may expect of you; the standard times are added from the topics."),
    )
    register_link(
        gettext_lazy("Holidays and texts"),
        "site:calendar",
        icon="calendar",
        right="change_settings",
        order=78,
        place="admin",
        purpose=gettext_lazy("Days on which you are closed, and what the bot says outside the opening hours."),
    )
    register_link(
        gettext_lazy("Set-up"),
        "site:setup",
        icon="check",
        right="change_settings",
        order=1,
        place="admin",
        purpose=gettext_lazy("What is missing, and what is done."),
    )
    register_panel("setup", "site/setup_line.html", setup_line, about="inbox", order=1)


def setup_line(staff: Staff) -> dict[str, Any] | None:
    """Return how far the set-up is, for the line above the inbox; None where it is finished, hidden or not theirs."""
    agency = scoped_row()
    if not isinstance(agency, Agency) or agency.setup_hidden or agency.demo or not has_right(staff, "change_settings"):
        return None
    progress = read_progress(agency)
    return None if progress.is_finished else {"progress": progress}


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


MOST = 100
WAITS = ("draft", "gathering", "submitted", "changes")
STATES = {"interest": "open", "open": "open", "filling": "open", "closed": "waiting", "confirmed": "waiting"}


@register_reader("petitions")
def petitions(contacts: Sequence[int]) -> list[Row]:
    """Return as rows the petitions that a person started, then those they signed, newest first (two queries)."""
    started = Petition.objects.filter(author__in=contacts).select_related("action", "agency").order_by("-id")[:MOST]
    rows = [petition_row(one, f"started-{one.code}", _("You started it"), one.created) for one in started]
    signed = Signature.objects.filter(
        contact__in=contacts, state=Signature.State.COUNTED, action__petition__isnull=False
    )
    signed = signed.exclude(action__petition__author__in=contacts)
    for one in signed.select_related("action__petition__action", "action__petition__agency").order_by("-id")[:MOST]:
        words = _("You signed. Receipt %(receipt)s") % {"receipt": one.receipt}
        rows.append(petition_row(one.action.petition, f"signed-{one.receipt}", words, one.created))
    return rows


def petition_row(petition: Petition, key: str, words: str, at: datetime) -> Row:
    """Return a petition as a row of "My records"."""
    published = petition.moderation == Petition.Moderation.PUBLISHED
    running = published and petition.closing == Petition.Closing.OPEN
    status = "waiting" if petition.moderation in WAITS else "open" if running else "ended"
    return Row(
        key=key,
        number=petition.code,
        kind="petition",
        title=petition.title,
        status=status,
        starts=local_date(at),
        ends=local_date(petition.closes_at),
        provider=petition.agency.name,
        url=petition.get_absolute_url() if published else "",
        explanation=words,
    )


@register_reader("purchases")
def purchases(contacts: Sequence[int]) -> list[Row]:
    """Return as rows a person's pledges that stand, newest first, with share and sum once the price is final."""
    lines = Pledge.objects.joined().filter(participation__contact__in=contacts)
    whole = ("purchase__action", "purchase__agency", "participation__allotment")
    lines = lines.select_related(*whole).order_by("-id")[:MOST]
    return [pledge_row(line, line.purchase) for line in lines]


def pledge_row(line: Pledge, purchase: Purchase) -> Row:
    """Return a pledge in a group purchase as a row of "My records"."""
    share: Allotment | None = getattr(line.participation, "allotment", None)
    quantity = share.quantity if share else line.quantity
    units = ngettext("%(count)s unit", "%(count)s units", quantity) % {"count": quantity}
    waits = line.standing == Pledge.Standing.WAITING
    return Row(
        key=line.participation.receipt,
        number=purchase.code,
        kind="purchase",
        title=purchase.title,
        status="waiting" if waits else STATES.get(purchase.state, "ended"),
        amount=Decimal(share.price * quantity) / 100 if share else None,
        starts=local_date(line.at),
        ends=local_date(purchase.ends_at),
        provider=purchase.organiser_name or purchase.agency.name,
        url=purchase.get_absolute_url(),
        explanation=units,
    )


def local_date(at: datetime | None) -> date | None:
    """Return the local date of a moment."""
    return timezone.localdate(at) if at else None
