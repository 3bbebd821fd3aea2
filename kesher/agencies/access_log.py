"""What staff read: a row of the audit for each page of the desk that somebody opened.

`rules.staff_only` writes it, so that no page can forget to. It names the reader, the page, and what was searched or
filtered. A page about one person writes that person's own row besides (`contacts.view`), which they see on their page:
`view_person` of `cases`.
"""

from __future__ import annotations

from django.http import HttpRequest

from kesher.agencies.models import Staff
from kesher.core.audit import Actor, audit

VALUE_MAX = 200


def note_page(request: HttpRequest) -> None:
    """Write down that the member of staff who asks has read this page. A piece of a page that htmx fetches anew belongs
    to the page that was opened, unless something is searched in it."""
    staff = getattr(request, "staff", None)
    if not isinstance(staff, Staff) or (request.headers.get("HX-Request") and not request.GET.get("q")):
        return
    asked = {name: value[:VALUE_MAX] for name, value in sorted(request.GET.items()) if value}
    audit("agencies.read_page", by=Actor("staff", staff.pk, "desk"), page=request.path[:VALUE_MAX], asked=asked)
