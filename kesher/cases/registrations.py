"""What cases contribute to other apps: personal data to export and to erase, and handlers of hooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency
from kesher.agencies.setup_steps import SetupStep, register_setup_step
from kesher.cases import services
from kesher.cases.models import Case, Topic
from kesher.cases.services.erasure import erase_cases
from kesher.channels.models import Account
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks


def open_case_lines(ids: Sequence[int]) -> Iterable[str]:
    """Yield one line of text for each open case of these contacts, which must end before they are erased."""
    for case in Case.objects.of(list(ids)).filter(closed_at=None).exclude(state=Case.State.SOLVED):
        yield gettext("Request %(number)s is still open") % {"number": case.number}


def has_topic(agency: Agency) -> bool:
    """Return whether citizens can report something."""
    return Topic.objects.filter(is_active=True, reportable=True).exists()


def has_channel(agency: Agency) -> bool:
    """Return whether a channel is connected besides the web chat and e-mail."""
    return Account.objects.filter(is_active=True).exclude(channel__in=("webchat", "email")).exists()


def has_mail(agency: Agency) -> bool:
    """Return whether a mailbox is connected."""
    return Account.objects.filter(is_active=True, channel="email").exists()


SETUP_STEPS = (
    SetupStep(
        "topics",
        _("Topics of requests"),
        _("Without a topic nobody can report anything. Each has a team and a standard time."),
        "cases:topics",
        has_topic,
        order=20,
    ),
    SetupStep(
        "channel",
        _("A channel besides the web chat"),
        _("People write where they already are: WhatsApp, SMS, Telegram."),
        "cases:channels",
        has_channel,
        order=60,
    ),
    SetupStep(
        "mail",
        _("E-mail"),
        _("Citizens write to you by e-mail, and invitations and password links reach your staff by e-mail."),
        "cases:channels",
        has_mail,
        order=70,
    ),
)


def register_all() -> None:
    """Register the personal data and the handlers of hooks. Called once, when the apps are ready."""
    hooks.inbound.register(services.on_inbound)
    hooks.inbound.register(services.on_public_message)
    hooks.handoff.register(services.on_handoff)
    hooks.answered.register(services.on_answered)
    hooks.undelivered.register(services.on_undelivered)
    hooks.amended.register(services.on_amended)
    hooks.contacts_merged.register(services.on_merge)
    for step in SETUP_STEPS:
        register_setup_step(step)
    register(
        Holding(
            "requests",
            _("Your requests"),
            ("cases.case", "cases.presence", "cases.draft"),
            lambda ids: Case.objects.filter(conversation__contact__in=ids),
            {
                "number": _("Number"),
                "title": _("About"),
                "topic__code": _("Topic"),
                "state": _("State"),
                "opened_at": _("Opened"),
                "closed_at": _("Closed"),
            },
            erase=erase_cases,
            waits=open_case_lines,
            keeps=_("Number, topic, state and times: how long people wait is public business."),
            order=13,
        )
    )
