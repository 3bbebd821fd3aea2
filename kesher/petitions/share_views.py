"""Pages around a petition: the rules for petitions, sharing, and the preview image of its link."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kesher.agencies.business_hours import working_day_hours
from kesher.agencies.middleware import AgencyRequest
from kesher.conversations.channel_links import message_links, share_links
from kesher.core.ui.charts import qr_svg
from kesher.petitions.models import Threshold
from kesher.petitions.models.policy import proof_of
from kesher.petitions.policy_deadlines import late_reviews, policy_of
from kesher.petitions.presenters import build_count
from kesher.petitions.rejection_reasons import REASONS, STANDARDS
from kesher.petitions.unavailable_petition_page import (
    find_petition_in_any_state,
    find_public_petition,
    render_unavailable,
)


@require_GET
def standards(request: AgencyRequest) -> HttpResponse:
    """Show the public page of standards: what is published, how long each step takes, what is promised."""
    policy = policy_of(request.agency.pk)
    reasons = list(REASONS.values())
    context = {
        "policy": policy,
        "late": late_reviews(),
        "days": max(1, round(policy.review_hours / working_day_hours(request.agency))),
        "promises": [
            {"title": row.name, "count": row.count, "days": row.days, "proof": proof_of(row.level)}
            for row in Threshold.objects.all()
        ],
        "standards": STANDARDS,
        "shown": [reason for reason in reasons if not reason.hides],
        "hidden": [reason for reason in reasons if reason.hides],
    }
    return render(request, "petitions/standards.html", context)


@require_GET
def share(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the ways to pass a petition on (links, QR code), and a notice to print."""
    found = find_public_petition(code)
    if found is None:
        return render_unavailable(request, find_petition_in_any_state(code))
    address = found.page_url
    context = {
        "petition": found,
        "count": build_count(found),
        "shares": share_links(found.page_url, found.title),
        "doors": message_links(found.command, found.code) if found.takes_signatures else [],
        "words": found.command,
        "page_url": address,
        "qr": qr_svg(address, _("QR code of this page")),
    }
    return render(request, "petitions/share.html", context)
