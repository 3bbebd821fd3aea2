"""Texts of Django that we translate ourselves, because its own catalogue lacks them or words them badly.

To name them here puts them into our catalogue, which wins over Django's.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TEXTS = (
    _("- Select an option -"),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
)
