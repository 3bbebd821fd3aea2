"""Translated names of the levels of proof: "Phone or e-mail answered", "National login"."""

from __future__ import annotations

from django.utils.translation import gettext as _


def level_title(level: str) -> str:
    """Return what a level of proof ("1" to "3") means, translated: "Phone or e-mail answered", "National login"."""
    titles = {
        "1": _("Phone or e-mail answered"),
        "2": _("Two addresses proved"),
        "3": _("National login"),
    }
    return titles.get(level, level)
