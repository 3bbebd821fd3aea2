"""Find what a message says of topic, place, date, hour, amount, count and name, by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.utils import timezone

from kesher.language import digits
from kesher.understanding.learning.model_store import Model
from kesher.understanding.report_topics import ReportTopics
from kesher.understanding.slots.person_name import find_name
from kesher.understanding.slots.place_choice import find_place
from kesher.understanding.slots.place_index import agency_places
from kesher.understanding.slots.quantities import find_quantities
from kesher.understanding.slots.topic_choice import find_topics

MAY_REPORT: Final = 0.2  # probability of a report from which a name is rather a place
MAY_JOIN: Final = 0.7  # probability from which a message is about no topic of reports
TOPICS: Final = ("topic", "topic2", "topic3")
# Vowel points, accents and direction marks, which would divide words; not the maqaf and other punctuation.
_MARKS: Final = re.compile(
    "[\u00ad\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061c\u0640\u064b-\u065f\u0670\u200b-\u200f"
    "\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)


class Chances(NamedTuple):
    """What a message may be: the probabilities of a report, of asking for its status, and of what has no such topic.

    ``joining``: taking part in an action, or nothing that concerns a town.
    """

    report: float = 0.0
    status: float = 0.0
    joining: float = 0.0


NO_CHANCES: Final = Chances()


def find_slots(
    text: str,
    *,
    topics: ReportTopics,
    lang: str,
    model: Model,
    now: datetime | None = None,
    chances: Chances = NO_CHANCES,
) -> dict[str, str]:
    """Return what a message says, without what it does not say: {slot: value}.

    ``topics``: the agency's topics of reports; ``lang``: the reader's language; ``now``: the moment from which
    "tomorrow" counts (default: now); ``chances``: what the message may be, besides.
    """
    text = _MARKS.sub("", digits(text))
    today = timezone.localtime(now or timezone.now()).date()
    may_report = chances.report >= MAY_REPORT
    place = find_place(text, agency_places(model.name, model.rarity), model.knows, lang, reports=may_report)
    rest = blank(text, place.spans)
    said, moments = find_quantities(rest, place.houses, today, report=may_report or chances.status >= MAY_REPORT)
    rest = blank(rest, [*moments, *place.houses])
    codes = find_topics(rest, topics, model.problems, chances.report) if chances.joining < MAY_JOIN else []
    found = dict(zip(TOPICS, codes, strict=False))
    found |= place.slots | said
    if name := find_name(text, model.knows):
        found["name"] = name
    return found


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with spaces in these spans, so that what stays has its positions."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
