"""What the answers contribute to other apps: a link in the desk's menu, and replies to free text in conversations."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.answers import skill
from kesher.cases.desk_panels import register_link
from kesher.core import hooks


def register_all() -> None:
    """Register the desk's menu link to the editors' pages, and the hook that answers free text."""
    register_link(_("Answers"), "answers:desk", icon="star", order=45)
    hooks.free_text.register(skill.on_free_text)
