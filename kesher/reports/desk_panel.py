"""Panel with a report beside its case on the staff's page, and the menu's link."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.cases import desk_panels
from kesher.cases.models import Case
from kesher.reports.models import ServiceRequest
from kesher.reports.services import standard_time

TEMPLATE = "reports/_desk_case.html"


def register() -> None:
    """Register the reports' desk panel and menu entry; called once from ``ready()``."""
    desk_panels.register("reports", TEMPLATE, panel_context, about="case", order=10)
    desk_panels.register_link(gettext_lazy("Reports"), "reports:desk", icon="flag", order=30)


def panel_context(case: Case) -> dict[str, Any] | None:
    """Return the template context of the desk panel about a case, or None where the case is no report."""
    if case.kind != Case.Kind.REPORT:
        return None
    found = ServiceRequest.objects.select_related("on_behalf_by").prefetch_related("photos").filter(case=case).first()
    if found is None:
        return None
    shown = report_context(found)
    # The case's own card already shows a short description.
    return {**shown, "words": ""} if " ".join(found.description.split()) == case.title else shown


def report_context(found: ServiceRequest) -> dict[str, Any]:
    """Return the template context of a report as staff see it."""
    topic = found.case.topic
    return {
        "report": found,
        "words": found.description,
        "photos": [photo for photo in found.photos.all() if photo.state == "ready"],
        "standard": standard_time(topic) if topic else "",
        "claimed": unverified_note(found),
        "url": reverse("reports:desk_report", args=[found.case.number]),
    }


def unverified_note(found: ServiceRequest) -> str:
    """Return a warning that the reporter's address was not verified, else ""."""
    if found.level:
        return ""
    if found.on_behalf_by:
        return _("A clerk wrote the number or mailbox down; nobody proved it.")
    return _("The number or mailbox was typed without a code: whoever reported this may be somebody else.")
