"""Register problem reports as personal data to export and to erase (see `contacts.privacy_registry`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.reports import services
from kesher.reports.models import ServiceRequest


def register_all() -> None:
    """Register the reports as personal data to export and erase; called once from ``ready()``."""
    register(
        Holding(
            "reports",
            _("What you reported"),
            ("reports.servicerequest",),
            lambda ids: ServiceRequest.objects.filter(case__conversation__contact__in=ids),
            {
                "case__number": _("Number"),
                "description": _("Words"),
                "address": _("Where"),
                "lat": _("Latitude"),
                "lon": _("Longitude"),
            },
            erase=services.erase_reports,
            files=services.find_photos,
            keeps=_("Topic, state and times."),
            order=14,
        )
    )
