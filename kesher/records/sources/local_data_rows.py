"""Registry of what this server itself knows of a person (cases, petitions …), as rows of their records page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import close_old_connections
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import in_language
from kesher.cases.models import Case
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import scope
from kesher.records.sources.base import Row, Subject

Reader = Callable[[Sequence[int]], list[Row]]
NEWEST = 100
READERS: dict[str, Reader] = {}
STATUS = {
    "new": "open",
    "open": "open",
    "waiting": "waiting",
    "pending": "waiting",
    "solved": "ended",
    "closed": "ended",
}


def register_reader(name: str) -> Callable[[Reader], Reader]:
    """Return a decorator that registers a function (contact ids → rows) as the reader of this name."""

    def add(reader: Reader) -> Reader:
        """Register the reader under the name, and return it unchanged."""
        READERS[name] = reader
        return reader

    return add


def find_contact_ids(subject: Subject) -> list[int]:
    """Return the ids of the contacts to which the person's proved addresses lead; claimed ones do not count."""
    proved = [Q(scheme=one.scheme, address=one.address) for one in subject.addresses if one.assurance]
    if not proved:
        return []
    either = proved[0]
    for one in proved[1:]:
        either |= one
    people = [
        row.contact for row in Identity.objects.filter(either, assurance__gte=1).select_related("contact__merged_into")
    ]
    return sorted({pk for person in people for pk in person.family_ids()})


def read_internal_rows(name: str, agency_id: int, subject: Subject) -> list[Row]:
    """Return the person's rows from the registered reader of this name. Blocks: call it in a thread."""
    close_old_connections()
    with scope(agency_id), translation.override(subject.lang):
        return READERS[name](find_contact_ids(subject))


@register_reader("cases")
def case_rows(contacts: Sequence[int]) -> list[Row]:
    """Return the newest cases of these contacts as rows of records, and one row for how many are older."""
    found = Case.objects.filter(conversation__contact__in=contacts).select_related("topic", "agency")
    rows = [case_row(case) for case in found.order_by("-opened_at")[:NEWEST]]
    earlier = found.count() - NEWEST if len(rows) == NEWEST else 0
    return [*rows, earlier_row(earlier)] if earlier > 0 else rows


def earlier_row(count: int) -> Row:
    """Return a row that says how many older cases are not listed, with a link to the person's data download."""
    words = ngettext(
        "%(count)d earlier request is not listed here", "%(count)d earlier requests are not listed here", count
    )
    return Row(
        key="earlier",
        title=words % {"count": count},
        explanation=_("All of them are in the file that you can download."),
        url=reverse("site:my_data"),
    )


def case_row(case: Case) -> Row:
    """Return a case as a row of the person's records."""
    topic = in_language(case.topic.names) if case.topic else ""
    return Row(
        key=str(case.number),
        number=str(case.number),
        kind="request",
        title=case.title or topic or _("A request"),
        status=STATUS.get(case.state, ""),
        starts=timezone.localtime(case.opened_at).date(),
        provider=case.agency.name,
        url=reverse("reports:status_of", args=[case.number]),
        explanation=topic,
    )
