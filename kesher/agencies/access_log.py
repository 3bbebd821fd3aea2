"""Write an audit row for each staff page that a member of staff reads.

`rules.staff_only` calls this for every page of the desk, so none can be missed. The row has the reader, the page, and
what was searched or filtered. A page about one person also writes a row of that person (`contacts.view`), which they
see on their page: `view_person` of `cases`.
"""

from __future__ import annotations

from django.http import HttpRequest

from kesher.agencies.models import Staff
from kesher.core.audit import Actor, audit

VALUE_MAX = 200


def audit_page_read(request: HttpRequest) -> None:
    """Write to the audit log that the member of staff read this page.

    A part of a page that htmx fetches again is not audited, unless a text is searched in it.
    """
    staff = getattr(request, "staff", None)
    if not isinstance(staff, Staff) or (request.headers.get("HX-Request") and not request.GET.get("q")):
        return
    asked = {name: value[:VALUE_MAX] for name, value in sorted(request.GET.items()) if value}
    audit("agencies.read_page", by=Actor("staff", staff.pk, "desk"), page=request.path[:VALUE_MAX], asked=asked)
