"""Register what contests contribute to other apps: personal data (see `contacts.privacy_registry`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.contests.models import Choice, ProposalCredit
from kesher.contests.services.anonymise import erase_credits


def register_all() -> None:
    """Register proposals and ballot choices as personal data; called once, when the apps are ready.

    A ballot is a participation, registered there; its choices hang on it.
    """
    register(
        Holding(
            "proposals",
            _("What you proposed"),
            ("contests.proposalcredit",),
            lambda ids: ProposalCredit.objects.filter(contact__in=ids),
            {
                "at": _("When"),
                "proposal__contest__action__code": _("Contest"),
                "proposal__texts": _("Proposal"),
                "proposal__meanings": _("What it means"),
                "name": _("Name"),
            },
            erase=erase_credits,
            keeps=_("The proposal, without your name: others have voted on it."),
            order=22,
        )
    )
    register(
        Holding(
            "choices",
            _("How you voted"),
            ("contests.choice",),
            lambda ids: Choice.objects.filter(ballot__contact__in=ids),
            {
                "at": _("When"),
                "round__contest__action__code": _("Contest"),
                "proposal__texts": _("Proposal"),
                "value": _("Choice"),
                "rank": _("Place"),
            },
            keeps=_("The vote in the count; it leads to nobody."),
            order=23,
        )
    )
