"""What the suggestion box holds of a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from tests.suggestions.models import Suggestion
from tests.suggestions.services import erase_suggestions


def register_all() -> None:
    """Register suggestions as personal data to export and erase."""
    register(
        Holding(
            "suggestions",
            _("Your suggestions"),
            ("suggestions.suggestion",),
            lambda ids: Suggestion.objects.filter(identity__contact__in=ids),
            {"created": _("When"), "text": _("Suggestion"), "answer": _("The answer")},
            erase=erase_suggestions,
        )
    )
