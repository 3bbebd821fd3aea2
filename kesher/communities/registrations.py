"""What communities contribute to other apps: the desk, a person's own page, and what is discussed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.accounts import my_page
from kesher.accounts.my_page import MyPageSection
from kesher.cases.desk_panels import register_link
from kesher.communities import presenters
from kesher.communities.services import KIND
from kesher.discussions import subjects


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    subjects.register(KIND, presenters.find_subjects)
    register_link(
        _("Communities"),
        "communities:desk",
        icon="users",
        right="moderate",
        order=55,
        place="admin",
        group="topics",
        purpose=_("Where residents talk with one another and with you."),
    )
    my_page.register(
        MyPageSection(
            "communities",
            _("My communities"),
            "users",
            presenters.list_own_communities,
            more=("communities:list", _("All communities")),
            order=35,
        )
    )
