"""Name the levels of proof for people."""

from __future__ import annotations

from django.utils.translation import gettext as _


def level_title(level: str) -> str:
    """Return the translated name of a level of proof."""
    titles = {
        "1": _("Phone or e-mail answered"),
        "2": _("Two addresses proved"),
        "3": _("National login"),
    }
    return titles.get(level, level)
