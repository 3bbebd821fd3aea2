"""What agencies contribute to the list of what a new agency sets up: teams, opening hours, a colleague."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.setup_steps import SetupStep, register_setup_step
from kesher.core.files.attachments import register_key_holder


def has_team(agency: Agency) -> bool:
    """Return whether a team has a member."""
    return Team.objects.filter(members__is_active=True).exists()


def has_hours(agency: Agency) -> bool:
    """Return whether the opening hours were stored; until then they are a usual week's."""
    return bool(agency.hours)


def has_colleague(agency: Agency) -> bool:
    """Return whether a second person works here."""
    return Staff.objects.filter(is_active=True)[:2].count() > 1


def find_logos() -> set[str]:
    """Return the keys of all agencies' logos, which no row of another table names."""
    return set(Agency.objects.exclude(logo="").values_list("logo", flat=True))


SETUP_STEPS = (
    SetupStep(
        "teams",
        _("Teams"),
        _("A request goes to the team of its topic. One team, with you in it, is enough to begin."),
        "agencies:teams",
        has_team,
        order=30,
    ),
    SetupStep(
        "hours",
        _("Opening hours"),
        _("Standard times are counted in these hours, and people are told when you are back."),
        "agencies:hours",
        has_hours,
        order=40,
    ),
    SetupStep(
        "colleague",
        _("A colleague"),
        _(
            "Somebody has to answer when you are away, and a colleague who is also an administrator can let you in"
            " again if you lose your key."
        ),
        "agencies:staff",
        has_colleague,
        order=50,
    ),
)


def register_all() -> None:
    """Register the steps and the logos' files; called once from ``ready()``."""
    register_key_holder(find_logos)
    for step in SETUP_STEPS:
        register_setup_step(step)
