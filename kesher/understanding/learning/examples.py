"""Read the examples that an agency's staff added."""

from __future__ import annotations

from time import monotonic
from typing import Final

from django.db.models import QuerySet

from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.prepared_query import Prepared
from kesher.dialogues.registry import REGISTRY
from kesher.understanding.learning.model_store import product_examples
from kesher.understanding.models import Heard

Examples = tuple[tuple[str, str], ...]  # (class, message)
FRESH: Final = 5.0  # seconds for which an agency's examples are not read again
ASK: Final = "answers.ask"  # a question is of the class "answer"
_read: dict[int, tuple[float, Examples]] = {}


@Prepared.of(int)
def select_examples(agency: int) -> QuerySet[Heard, tuple[str, str]]:
    """Return a queryset of (class, message) of an agency's examples."""
    rows = Heard.objects.filter(agency_id=agency, state=Heard.State.EXAMPLE).order_by("id")
    return rows.values_list("meant", "text")


def own_examples(*, fresh: float = FRESH) -> Examples:
    """Return (class, message) for each example of the current agency, as they were at most ``fresh`` seconds ago."""
    agency, now = current_agency_id(), monotonic()
    known = _read.get(agency)
    if known is None or now - known[0] > fresh:
        known = _read[agency] = (now, tuple(select_examples(agency)))
    return known[1]


def example_classes() -> frozenset[str]:
    """Return the classes that an example may have: those that Kesher ships, and all that people can begin."""
    entries = {entry.name for entry in REGISTRY.skills.values() if entry.intents}
    return frozenset(entries.union(name for name, _text in product_examples()) - {ASK})
