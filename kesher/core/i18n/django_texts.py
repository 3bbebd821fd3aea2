"""Texts of Django and allauth that we translate ourselves: their own catalogues lack them or word them badly.

To name them here puts them into our catalogue, which wins over theirs.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

TEXTS = (
    _("- Select an option -"),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Master key"),  # what allauth calls a passkey without a name
    _("Backup key"),
    ngettext_lazy(
        "This password is too short. It must contain at least %(min_length)d character.",
        "This password is too short. It must contain at least %(min_length)d characters.",
        "min_length",
    ),
)
