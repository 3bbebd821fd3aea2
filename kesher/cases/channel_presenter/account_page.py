"""Show one account: how to connect it, what the provider says, its first event, templates, failures and register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kesher.agencies.business_hours import is_open, next_opening
from kesher.agencies.models import Agency, in_language
from kesher.cases.channel_presenter.account_health import NEWEST, account_health, count_failures, count_queued
from kesher.cases.channel_presenter.badges import channel_badge, public_title
from kesher.channels.base import Channel
from kesher.channels.models import Account, Template
from kesher.channels.registry import channels
from kesher.conversations.models import ChannelEvent, Delivery, Intake, Message
from kesher.core.output.spreadsheets import csv_line

FAILED_SHOWN = 10
LATEST_REQUESTS = 2_000
STEPS = ("off", "remove", "rotate")


def list_kinds() -> list[dict[str, str]]:
    """Return the channels that can be connected here; those for trials only where the simulator is on."""
    found = [channel for channel in channels().values() if settings.KESHER_SIMULATOR or not channel.stand_in]
    rows = [
        {
            "name": channel.name,
            "title": public_title(channel),
            "summary": translated(channel.connection.summary),
            "icon": channel_badge(channel.name).icon,
            "stand_in": "yes" if channel.stand_in else "",
        }
        for channel in found
    ]
    return sorted(rows, key=lambda row: (row["stand_in"], row["name"] != "whatsapp", row["title"]))


def translated(text: str) -> str:
    """Return a channel's English text in the reader's language; "" for none."""
    return _(text) if text else ""


def kind_context(adapter: Channel) -> dict[str, Any]:
    """Return the template context of a channel's connect page: its name and the steps at the provider."""
    return {
        "kind": adapter.name,
        "title": public_title(adapter),
        "icon": channel_badge(adapter.name).icon,
        "summary": translated(adapter.connection.summary),
        "steps": [translated(step) for step in adapter.connection.steps],
    }


def account_title(account: Account) -> str:
    """Return an account's name as staff read it."""
    return in_language(account.names) or channel_badge(account.channel).title


def secret_context(account: Account, agency: Agency, secret: str) -> dict[str, Any]:
    """Return the template context of the page that shows a new secret of ours, once."""
    connection, info = account.adapter.connection, account.info(agency.public_url)
    url = info.public_url
    file = account.adapter.registration(info)
    at_end = connection.webhook_proof == "end"
    return {
        "title": account_title(account),
        "webhook": f"{url}/{secret}" if at_end else url,
        "secret": "" if at_end or file else secret,
        "file": file,
        "steps": [translated(step) for step in connection.webhook_steps],
    }


def can_rotate(account: Account) -> bool:
    """Return whether the account's webhook has a secret that we chose."""
    found = channels().get(account.channel)
    return found is not None and "secret" in found.connection.generated and found.connection.webhook != "none"


def account_context(account: Account, agency: Agency) -> dict[str, Any]:
    """Return the template context of an account's page."""
    found = channels().get(account.channel)
    heard = Message.objects.filter(account=account, direction="in").order_by("-id").values_list("received", flat=True)
    account.heard = heard.first()  # type: ignore[attr-defined]  # as the list annotates it
    now, calendar = timezone.now(), account.calendar(agency)
    return {
        "account": account,
        "title": account_title(account),
        "item": account_health(account, agency, count_queued(), count_failures()),
        "connection": found.connection if found else None,
        "webhook_steps": [translated(step) for step in found.connection.webhook_steps] if found else [],
        "test_hint": translated(found.connection.test_hint) if found else "",
        "facts": [(translated(label), value) for label, value in account.probe.get("facts", ()) if value],
        "can_rotate": can_rotate(account),
        "has_event": account.heard is not None or has_event(account),  # type: ignore[attr-defined]
        "has_templates": found is not None and account.capabilities().templates,
        "templates": list(Template.objects.filter(account=account).exclude(state="gone").order_by("name", "language")),
        "failures": list_failures(account),
        "test": find_test(account),
        "is_open": is_open(calendar, now),
        "next_opening": next_opening(calendar, now),
    }


def has_event(account: Account) -> bool:
    """Return whether anything came in from the provider: a stored request, or an event that is no message."""
    if ChannelEvent.objects.filter(account=account).exists():
        return True
    return account.pk in set(Intake.objects.order_by("-id").values_list("account_id", flat=True)[:LATEST_REQUESTS])


def list_failures(account: Account) -> list[dict[str, Any]]:
    """Return the newest failed and unconfirmed deliveries of an account: when, why, and the person's page."""
    last = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    states = (Delivery.State.FAILED, Delivery.State.UNKNOWN)
    rows = Delivery.objects.filter(account=account, pk__gt=last - NEWEST, state__in=states)
    found = rows.select_related("message__conversation__contact").order_by("-pk")[:FAILED_SHOWN]
    return [
        {
            "at": row.message.received,
            "error": row.error,
            "unknown": row.state == Delivery.State.UNKNOWN,
            "name": row.message.conversation.contact.name,
            "url": reverse("cases:conversation", args=[row.message.conversation.contact.root().key]),
        }
        for row in found
    ]


def find_test(account: Account) -> dict[str, Any] | None:
    """Return how far the newest test message is: state, error and the page of its conversation; None without one."""
    message = Message.objects.filter(pk=account.last_test or 0).select_related("conversation__contact").first()
    if message is None:
        return None
    delivery = Delivery.objects.filter(message=message).order_by("-pk").first()
    state = delivery.state if delivery else message.state
    words = {
        "queued": _("Waits to be sent"), "sending": _("Is being sent"), "sent": _("The provider has taken it"),
        "delivered": _("Has arrived"), "read": _("Has been read"), "failed": _("Has failed"),
        "unknown": _("Perhaps not arrived"),
    }  # fmt: skip
    return {
        "at": message.received,
        "state": state,
        "words": words.get(state, state),
        "error": delivery.error if delivery and state in ("failed", "unknown") else "",
        "url": reverse("cases:conversation", args=[message.conversation.contact.root().key]),
    }


def confirm_context(account: Account, step: str) -> dict[str, Any] | None:
    """Return the template context of the page that asks before a dangerous step; None where there is none."""
    if step not in STEPS or (step == "rotate" and not can_rotate(account)):
        return None
    week = Message.objects.filter(account=account, direction="in", received__gt=timezone.now() - timedelta(days=7))
    queued = Delivery.objects.filter(account=account, state=Delivery.State.QUEUED).values_list("pk")[:1_000]
    return {
        "account": account,
        "title": account_title(account),
        "step": step,
        "people": week.aggregate(people=Count("identity", distinct=True))["people"],
        "queued": len(queued),
        "sets_webhook": account.channel in channels() and account.adapter.connection.webhook == "set",
    }


def export_register() -> Iterator[str]:
    """Yield the register of channels as lines of CSV: channel, address, purpose, owner, deputy, tone, review, state."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # the byte order mark, so that spreadsheets read Hebrew
    yield csv_line(
        [
            *(_("Channel"), _("Address"), _("Purpose"), _("Owner"), _("Deputy"), _("Own opening hours"), _("Tone")),
            *(_("Next review"), _("In use")),
        ]
    )
    rows = (
        Account.objects.filter(removed_at=None).select_related("owner", "deputy").order_by("-is_active", "order", "pk")
    )
    for row in rows:
        review = date_format(row.review_on, "SHORT_DATE_FORMAT") if row.review_on else ""
        yield csv_line(
            [
                *(account_title(row), row.shown_address or row.address, row.purpose, row.owner or "", row.deputy or ""),
                *(_("Yes") if row.hours else _("No"), row.tone, review, _("Yes") if row.is_active else _("No")),
            ]
        )
