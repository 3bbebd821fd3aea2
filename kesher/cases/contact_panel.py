"""Build the panel about a person beside their conversation: addresses, consents, merges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.cases.channel_presenter import scheme_icon
from kesher.contacts.addresses import OPAQUE, format_address, quote_own_name, scheme_label
from kesher.contacts.models import Consent, Contact, Identity, Merge
from kesher.conversations.models import PrivateInvitation

ASSURANCE: dict[int, tuple[Promise, str]] = {
    0: (gettext_lazy("only said so"), ""),
    1: (gettext_lazy("the channel vouches"), "info"),
    2: (gettext_lazy("proved by a code"), "good"),
    3: (gettext_lazy("national login"), "good"),
}
PURPOSES: dict[str, Promise] = {
    Consent.Purpose.SERVICE: gettext_lazy("Answers about their own requests"),
    Consent.Purpose.INFORMATION: gettext_lazy("Updates about what they joined"),
    Consent.Purpose.PROMOTION: gettext_lazy("Promotion"),
    Consent.Purpose.OPINION: gettext_lazy("Messages meant to influence opinions"),
}
REASONS: dict[str, Promise] = {
    "code": gettext_lazy("A code came back from the other address"),
    "link": gettext_lazy("They opened a link and said yes"),
    "same_name": gettext_lazy("The same name"),
    "clerk": gettext_lazy("A clerk thought so"),
    "ward": gettext_lazy("Somebody for whom others act, who now has an address of their own"),
}
# Addresses that people cannot read.
UNREADABLE = OPAQUE | {"tg", "idp"}
SHOWN = 12


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """One address of a person and its assurance. ``name``: what they call themselves there; ``link``: calls them."""

    icon: str
    channel: str
    text: str
    name: str
    word: str
    kind: str
    verified: datetime | None
    link: str = ""

    @property
    def line(self) -> str:
        """Return the channel, the address and the name that the person gave there, in one line."""
        return " ".join(filter(None, [self.channel, self.text, self.name]))


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge: suggested (``other`` may be the same person) or done (``other`` was merged and may be separated)."""

    pk: int
    other: Contact
    reason: str
    at: datetime
    done: bool


def addresses(family: Iterable[int]) -> list[KnownAddress]:
    """Return the addresses of these contacts (one merged person), those with the highest assurance first."""
    rows = Identity.objects.filter(contact__in=family).order_by("-assurance", "pk")[:SHOWN]
    return [present_identity(row) for row in rows]


def present_identity(row: Identity) -> KnownAddress:
    """Return one identity as the address row of the contact panel."""
    word, kind = ASSURANCE[row.assurance]
    readable = row.scheme not in UNREADABLE
    text = format_address(row.scheme, row.address) if readable else ""
    name = "" if readable else quote_own_name(row.display)
    icon, channel = scheme_icon(row.scheme), scheme_label(row.scheme)
    link = f"tel:{row.address}" if row.scheme in ("tel", "call") and row.address.startswith("+") else ""
    return KnownAddress(icon, channel, text, name, str(word), kind, row.verified_at, link)


def consents(family: Iterable[int]) -> list[tuple[str, bool | None, datetime]]:
    """Return the person's newest consent for each purpose: (text, granted or None, when)."""
    newest: dict[str, Consent] = {}
    for row in Consent.objects.filter(identity__contact__in=family).order_by("-id")[: 4 * SHOWN]:
        newest.setdefault(row.purpose, row)
    return [
        (str(PURPOSES[purpose]), newest[purpose].granted, newest[purpose].at)
        for purpose in PURPOSES
        if purpose in newest
    ]


def merges(family: list[int]) -> list[MergeLine]:
    """Return the suggested and the accepted merges of this person's contacts, as lines of the panel."""
    theirs = Q(kept__in=family) | Q(absorbed__in=family)
    rows = Merge.objects.filter(theirs, state__in=[Merge.State.SUGGESTED, Merge.State.DONE])
    rows = rows.select_related("kept", "absorbed").order_by("-state", "-id")[:SHOWN]
    return [present_merge(row, family) for row in rows]


def present_merge(row: Merge, family: list[int]) -> MergeLine:
    """Return one merge as a line of the contact panel."""
    done = row.state == Merge.State.DONE
    other = row.absorbed if done or row.kept_id in family else row.kept
    return MergeLine(row.pk, other, merge_reason(row), row.decided_at or row.at, done)


def merge_reason(row: Merge) -> str:
    """Return as translated text why two contacts were merged or may be one person."""
    return reason_words(row.reason)


def reason_words(code: str) -> str:
    """Return the translated text of one reason code of a merge."""
    return str(REASONS.get(code, code))


@dataclass(frozen=True, slots=True)
class Continuation:
    """The other side of a private invitation that was used: the thread's author, or whoever opened the link."""

    contact: Contact
    at: datetime
    from_public: bool  # the contact shown is the one who asked in public


def continuations(ids: Collection[int]) -> list[Continuation]:
    """Return with whom a public thread of these contacts was continued privately, and from whose they came.

    It is not known that they are one person.
    """
    rows = PrivateInvitation.objects.filter(used_at__isnull=False).filter(
        Q(message__conversation__contact__in=ids) | Q(conversation__contact__in=ids)
    )
    rows = rows.select_related("conversation__contact", "message__conversation__contact").order_by("-used_at")[:SHOWN]
    found = []
    for row in rows:
        asked, opened = row.message.conversation.contact, row.conversation.contact if row.conversation else None
        if opened is not None and asked.pk != opened.pk and row.used_at is not None:
            own = asked.pk in ids
            found.append(Continuation(opened if own else asked, row.used_at, from_public=not own))
    return found


def all_merges() -> dict[str, Any]:
    """Return the template context of the page of merges: the newest suggestions and the last decided ones."""
    rows = Merge.objects.select_related("kept", "absorbed")
    suggested = rows.filter(state=Merge.State.SUGGESTED).order_by("-id")[:50]
    done = rows.filter(state=Merge.State.DONE).order_by("-decided_at", "-id")[:20]
    texts = address_texts([*suggested, *done])
    return {
        "suggested": [present_pair(row, texts) for row in suggested],
        "done": [present_pair(row, texts) for row in done],
    }


def address_texts(rows: Iterable[Merge]) -> dict[int, str]:
    """Return {contact id: its addresses as text} for everyone in these merges, in one query."""
    people = {pk for row in rows for pk in (row.kept_id, row.absorbed_id)}
    found: dict[int, list[str]] = defaultdict(list)
    for identity in Identity.objects.filter(contact__in=people).order_by("pk"):
        found[identity.contact_id].append(present_identity(identity).line)
    return {pk: " · ".join(texts[:3]) for pk, texts in found.items()}


def present_pair(row: Merge, texts: dict[int, str]) -> dict[str, Any]:
    """Return a merge with names and addresses of both contacts, for a clerk to compare."""
    return {
        "row": row,
        "reason": merge_reason(row),
        "kept": texts.get(row.kept_id, ""),
        "absorbed": texts.get(row.absorbed_id, ""),
    }


def language_name(code: str) -> str:
    """Return the name of a language in that language itself, such as עברית for Hebrew."""
    return {"he": "עברית", "ar": "العربية", "ru": "Русский", "en": "English"}.get(code, _("Not known"))
