"""What the resident gets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.verbs.declaration import Receipt
from tests.suggestions.models import Suggestion


def suggestion_receipt(suggestion: Suggestion) -> Receipt:
    """Return the receipt of a new suggestion."""
    return Receipt(text=_("Thank you. We read every suggestion and answer it here."), reference=suggestion.code[:8])
