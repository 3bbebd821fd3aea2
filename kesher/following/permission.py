"""Find out whether a person may get digests: the one answer for the page, the receipt and the job that sends them."""

from __future__ import annotations

from typing import Final

from kesher.contacts.models import Consent, Contact
from kesher.contacts.services import find_consent

PURPOSE: Final = Consent.Purpose.INFORMATION
TOPIC: Final = "following"  # by which a person mutes digests


def why_no_digest(contact: Contact) -> str:
    """Return why a person gets no digest: "refused", "muted" (on their page), "open" (never agreed); "" if they do."""
    said = find_consent(contact, PURPOSE)
    if said is False:
        return "refused"
    if TOPIC in contact.root().prefs.get("muted", []):
        return "muted"
    return "" if said else "open"
