"""Why a post is held before publication, in words that its author reads."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HoldReason(TextChoices):
    """A reason to hold a post. There is no other: criticism of the public body is never one."""

    NEW_LINK = "new_link", _("A link from a new member")
    REPEATED = "repeated", _("The same text again")
    PERSONAL = "personal", _("Somebody's personal data")
    WORDS = "words", _("Insult or threat")


# What the author reads: why, and what they can do now.
EXPLANATIONS: Final = {
    HoldReason.NEW_LINK: _(
        "Links of new members are looked at for three days. Without the link, the post appears at once."
    ),
    HoldReason.REPEATED: _("The same text was posted three times already. Please add what is new."),
    HoldReason.PERSONAL: _("Somebody's number or address is in the text. Without it, the post appears at once."),
    HoldReason.WORDS: _(
        "A word of the list of insults and threats is in the text. Without it, the post appears at once."
    ),
}
PROMISE: Final = _("A moderator decides within four hours, not counting nights and days of rest.")
