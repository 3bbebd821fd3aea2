"""Tables of the staff's pages: petitions with their states, and who signed one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.contacts.addresses import parse_address
from kesher.contacts.services import find_identity
from kesher.conversations.channel_links import channel_title
from kesher.core.templatetags.ui import number
from kesher.initiatives.desk import person_cells
from kesher.participation.models import Participation
from kesher.participation.services.participate import participations_of
from kesher.petitions.models import Petition, Signature

# transition → (what the button says, its look, its picture)
TRANSITION_BUTTONS: dict[str, tuple[Any, str, str]] = {
    "submit": (gettext_lazy("Send to review"), "line", "arrow-end"),
    "publish": (gettext_lazy("Publish"), "", "globe"),
    "reopen": (gettext_lazy("Open again"), "line", "refresh"),
}
MODERATION = {
    "draft": "",
    "gathering": "",
    "submitted": "wait",
    "changes": "",
    "published": "good",
    "rejected": "bad",
    "lapsed": "",
}
CLOSING = {"open": "good", "closed": ""}
RESPONSE = {"none": "", "due": "wait", "given": "good"}
STATES: dict[str, tuple[Any, str]] = {
    Participation.State.PENDING: (gettext_lazy("Waiting for the code"), "wait"),
    Participation.State.COUNTED: (gettext_lazy("Counts"), "good"),
    Participation.State.WITHDRAWN: (gettext_lazy("Withdrawn"), ""),
    Participation.State.VOID: (gettext_lazy("Voided"), "bad"),
    Participation.State.SUPERSEDED: (gettext_lazy("Same person"), ""),
    Participation.State.EXPIRED: (gettext_lazy("Never confirmed"), ""),
}


def column_heads() -> list[str]:
    """Return the column titles of the desk's table of petitions, whose rows are `petition_rows`."""
    return [_("Petition"), _("Number"), _("Signed"), _("Review"), _("Signing"), _("The answer")]


def badges(petition: Petition) -> dict[str, str]:
    """Return the badge colours of a petition's moderation, closing and response states."""
    return {
        "moderation": MODERATION[petition.moderation],
        "closing": CLOSING[petition.closing],
        "response": RESPONSE[petition.response],
    }


def petition_rows(petitions: Iterable[Petition]) -> list[list[Any]]:
    """Return petitions as rows of the desk's table (components/table.html)."""
    return [
        [
            {"text": petition.title, "url": petition.desk_path},
            {"text": petition.code, "number": True},
            {"text": number(petition.count), "number": True},
            {"text": petition.get_moderation_display(), "badge": MODERATION[petition.moderation] or "plain"},
            *state_cells(petition),
        ]
        for petition in petitions
    ]


def state_cells(petition: Petition) -> list[dict[str, Any]]:
    """Return the table cells of signing and the answer; dashes for a petition that was never public."""
    if not petition.is_published:
        return [{"text": "—"}, {"text": "—"}]
    return [
        {"text": petition.get_closing_display(), "badge": CLOSING[petition.closing] or "plain"},
        {"text": petition.get_response_display(), "badge": RESPONSE[petition.response] or "plain"},
    ]


def signature_rows(
    petition: Petition, *, limit: int, before: int | None = None, words: str = ""
) -> list[dict[str, Any]]:
    """Return a page of a petition's signatures as rows, newest first, those before this id. One query.

    ``words``: only those of this receipt, or of the person with this phone number or e-mail address.
    """
    rows = Signature.objects.of(petition).select_related("contact", "identity").order_by("-id")
    if words.strip():
        rows = rows.filter(pk__in=find_signatures(petition, words))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        {
            **person_cells(row),
            "pk": row.pk,
            "channel": channel_title(row.channel),
            "state": STATES[row.state][0],
            "kind": STATES[row.state][1],
            "at": row.confirmed or row.created,
            "stands": row.state in (Participation.State.PENDING, Participation.State.COUNTED),
            "void": row.state == Participation.State.VOID,
        }
        for row in rows[:limit]
    ]


def find_signatures(petition: Petition, words: str) -> list[int]:
    """Return the ids of signatures with this receipt, or of the person with this address."""
    found = list(Signature.objects.of(petition).filter(receipt=words.strip().upper()).values_list("pk", flat=True))
    try:
        identity = find_identity(parse_address(words.strip()))
    except ValidationError:
        return found
    mine = (
        participations_of(petition.action, identity.contact.root())
        if identity is not None
        else Participation.objects.none()
    )
    return [*found, *mine.values_list("pk", flat=True)]
