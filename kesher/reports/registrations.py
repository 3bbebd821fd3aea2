"""What reports contribute to other apps: a panel beside a case, a link in the desk's menu, personal data."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.cases import desk_panels
from kesher.cases.models import Case, Topic
from kesher.contacts.privacy_registry import Holding, register
from kesher.following import feeds
from kesher.following.feeds import FEED_MOST, Feed, Item, Wanted
from kesher.reports import services
from kesher.reports.models import ServiceRequest
from kesher.reports.services import standard_time
from kesher.understanding.registry import CANDIDATES, Title

TEMPLATE = "reports/_desk_case.html"


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
        return gettext("A clerk wrote the number or mailbox down; nobody proved it.")
    return gettext("The number or mailbox was typed without a code: whoever reported this may be somebody else.")


def list_topics() -> Iterator[Title]:
    """Yield the names of all topics in use, with their synonyms: also of those that people do not choose themselves."""
    for topic in Topic.objects.filter(is_active=True).order_by("id"):
        synonyms = (word for words in topic.synonyms.values() for word in words)
        yield Title(topic.code, topic.names, tuple(synonyms))


def topics_version() -> Hashable:
    """Return a value that differs when a topic's name or synonym changed."""
    texts = (Cast(field, TextField()) for field in ("names", "synonyms"))
    return hash(tuple(Topic.objects.filter(is_active=True).order_by("id").values_list("id", *texts)))


def find_new_reports(wanted: Wanted, since: datetime) -> list[Item]:
    """Return the public reports of a topic or place that is wanted since a moment, newest first. One query."""
    about = Q(case__topic__code__in=list(wanted.topics)) | Q(public_place__in=[place.pk for place in wanted.places])
    rows = ServiceRequest.objects.filter(public=True, published_at__gt=since, case__topic__isnull=False)
    if "reports" not in wanted.feeds:
        rows = rows.filter(about)
    rows = rows.select_related("case__topic", "public_place").order_by("-published_at")
    return [report_item(row) for row in rows[:FEED_MOST]]


def report_item(row: ServiceRequest) -> Item:
    """Return a public report as an item of the feed: its topic, and the street or area as the agency's list names it.

    The address may hold a house number or what the reporter typed, so none of it is shown.
    """
    topic, place = row.case.topic, row.public_place
    names = topic.names if topic is not None else {}
    where = place.names if place is not None else {}
    known = next(iter(where.values()), "")
    titles = {lang: f"{name}: {where.get(lang) or known}" if known else name for lang, name in names.items()}
    url = reverse("reports:status_of", args=[row.case.number])
    at = row.published_at or row.case.opened_at
    return Item(titles, url, at, frozenset({topic.code} if topic else ()), " ".join(where.values()))


def register_all() -> None:
    """Make the registrations in other apps; called once from ``ready()``."""
    desk_panels.register("reports", TEMPLATE, panel_context, about="case", order=10)
    CANDIDATES.register("topic", list_topics, topics_version)
    feeds.register(Feed("reports", _("All public reports"), _("Report"), find_new_reports, order=30))
    desk_panels.register_link(_("Reports"), "reports:desk", icon="flag", order=30)
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
