"""Which posts are held before publication, and until when a moderator has to decide. Pure functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from kesher.agencies.business_hours import is_quiet
from kesher.agencies.models import Agency
from kesher.discussions.hold_reasons import HoldReason
from kesher.discussions.watched_words import WatchedWords
from kesher.language import digits, find_personal_data, words

NEW_MEMBER: Final = timedelta(days=3)
EQUAL_MOST: Final = 3  # equal texts of one member that appear at once
POSTS_AN_HOUR: Final = 20
REPORTS_A_DAY: Final = 20
DECISION_WITHIN: Final = timedelta(hours=4)
_STEP: Final = timedelta(minutes=15)
_REST_MOST: Final = timedelta(days=14)  # no agency rests longer
# Kinds of `find_personal_data`. An IP address names a machine, and people give a street or a plate to find something.
_PERSONAL: Final = frozenset({"identity", "phone", "email", "card", "iban"})
_SAME_FIGURES: Final = 8  # the last figures of a telephone number, however its beginning is written
_LINK: Final = re.compile(
    r"(?:https?://|www\.)(?P<host>[^\s/?#:]+)"
    r"|(?<![a-z0-9@.])(?<![a-z0-9][-_])(?P<bare>(?:[a-z0-9][a-z0-9-]*\.)+(?:com|net|org|info|biz|io|me|ly|gl|co|il|ru|xyz|top|site|online|shop))\b(?!@)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Author:
    """What the rules ask about who writes.

    ``joined``: when they became a member. ``equal``: how many equal texts of theirs appeared already (`text_digest`).
    ``addresses``: their own telephone numbers and e-mail addresses, which they may write.
    """

    joined: datetime
    equal: int = 0
    addresses: Collection[str] = field(default=())


def find_reasons(
    text: str, author: Author, *, at: datetime, watched: WatchedWords, sites: Collection[str] = ()
) -> list[HoldReason]:
    """Return why a text is held before publication, [] if it appears at once.

    ``sites``: the hosts of the body itself, to which everybody may link.
    """
    reasons = []
    if at - author.joined < NEW_MEMBER and has_link(text, sites):
        reasons.append(HoldReason.NEW_LINK)
    if author.equal >= EQUAL_MOST:
        reasons.append(HoldReason.REPEATED)
    if names_others(text, author.addresses):
        reasons.append(HoldReason.PERSONAL)
    if watched.find(text):
        reasons.append(HoldReason.WORDS)
    return reasons


def has_link(text: str, sites: Collection[str] = ()) -> bool:
    """Return whether a text links to somewhere else than the body's own sites. A mail address is no link."""
    hosts = ((found["host"] or found["bare"]).lower().removeprefix("www.") for found in _LINK.finditer(text))
    return any(host not in sites for host in hosts)


def names_others(text: str, own: Collection[str] = ()) -> bool:
    """Return whether a text has a personal number or address that is not the author's own."""
    mine = {comparable(address) for address in own}
    return any(
        kind in _PERSONAL and comparable(text[start:end]) not in mine for start, end, kind in find_personal_data(text)
    )


def comparable(address: str) -> str:
    """Return what two spellings of an address share: the last figures of a number, a mail address in small letters."""
    if "@" in address:
        return address.strip().lower()
    return "".join(filter(str.isdigit, digits(address)))[-_SAME_FIGURES:]


def text_digest(text: str) -> str:
    """Return a digest that is the same for texts of the same words, whatever stands between them."""
    return hashlib.sha256(" ".join(words(text)).encode()).hexdigest()[:32]


def decision_due(agency: Agency, at: datetime) -> datetime:
    """Return until when a moderator decides on a post held at this moment: four hours that are not quiet."""
    left, moment = DECISION_WITHIN, at
    while left > timedelta(0) and moment - at < _REST_MOST:
        left -= timedelta(0) if is_quiet(agency, moment) else _STEP
        moment += _STEP
    return moment
