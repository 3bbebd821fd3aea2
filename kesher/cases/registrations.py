"""What cases contribute to other apps: personal data to export and to erase, and handlers of hooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.cases import services
from kesher.cases.models import Case
from kesher.cases.services.erasure import erase_cases
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks


def open_case_lines(ids: Sequence[int]) -> Iterable[str]:
    """Yield one line of text for each open case of these contacts, which must end before they are erased."""
    for case in Case.objects.of(list(ids)).filter(closed_at=None).exclude(state=Case.State.SOLVED):
        yield gettext("Request %(number)s is still open") % {"number": case.number}


def register_all() -> None:
    """Register the personal data and the handlers of hooks. Called once, when the apps are ready."""
    hooks.inbound.register(services.on_inbound)
    hooks.handoff.register(services.on_handoff)
    hooks.answered.register(services.on_answered)
    hooks.contacts_merged.register(services.on_merge)
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
