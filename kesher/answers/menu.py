"""Add the link to the answers to the menu of the staff's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register_link


def register() -> None:
    """Register the desk's menu link to the editors' pages of the answers."""
    register_link(_("Answers"), "answers:desk", icon="star", order=45)
