"""Ask providers about accounts, store what they answer, and set webhooks by their calls."""

from __future__ import annotations

import logging
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from kesher.channels.base import ChannelError, Probe, failed_probe
from kesher.channels.models import Account
from kesher.channels.secret_redaction import redact
from kesher.channels.services.provider_calls import call_provider
from kesher.channels.services.templates import sync_templates
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.live.live_events import publish

log = logging.getLogger(__name__)


def probe_account(account: Account, *, by: Actor = SYSTEM) -> Probe | None:
    """Ask the provider about an account, store its answer, and return it; None if there is no provider to ask."""
    info = account.info(account.agency.public_url)
    try:
        found = call_provider(lambda client: account.adapter.probe(info, client))
    except ChannelError as error:
        found = failed_probe(error)
    if found is not None:
        store_probe(account, found, by=by)
    return found


@transaction.atomic
def store_probe(account: Account, found: Probe, *, by: Actor) -> None:
    """Store what a provider answered, without secrets, and since when it is not well."""
    now = timezone.now()
    info = account.info()
    secrets = (info.token, *info.secrets)
    since = account.probe.get("since") if account.probe.get("state") == found.state else None
    values = {name: redact(value, secrets) for name, value in found.values.items()}
    account.probe = {**asdict(found), "values": values, "since": since or now.isoformat()}
    account.probed_at = now
    account.save(update_fields=["probe", "probed_at"])
    if by != SYSTEM:
        audit("channels.probe_account", by=by, subject=account, state=found.state)
    publish("channels")


def set_webhook(account: Account, *, by: Actor) -> Probe:
    """Tell the provider the webhook's URL by its own call, audit it, and return the outcome."""
    info = account.info(account.agency.public_url)
    try:
        found = call_provider(lambda client: account.adapter.set_webhook(info, client))
    except ChannelError as error:
        found = failed_probe(error)
    audit_webhook(account, found, by=by)
    return found


@transaction.atomic
def audit_webhook(account: Account, found: Probe, *, by: Actor) -> None:
    """Audit that the webhook's URL was set at the provider, and with which outcome."""
    audit("channels.set_webhook", by=by, subject=account, state=found.state)
    publish("channels")


def probe_all() -> int:
    """Ask the providers of all active accounts, and read their templates; return how many accounts were asked.

    An account whose settings are incomplete is not asked: its page says what is missing.
    """
    with everywhere("hourly probe of the providers"):
        accounts = list(Account.objects.filter(is_active=True).select_related("agency"))
    return sum(probe_quietly(account) for account in accounts)


def probe_quietly(account: Account) -> int:
    """Ask one provider, and log what fails; return 1 if it was asked."""
    with scope(account.agency):
        try:
            if any(check.ok is False for check in account.adapter.check(account.info())):
                return 0
            if probe_account(account) is None:
                return 0
            if account.capabilities().templates:
                sync_templates(account)
        except KeyError:  # the channel's package is gone
            return 0
        except ChannelError as error:
            log.warning("templates of account %s: %s", account.pk, error.code or "no answer")
        except Exception as error:
            # What the provider or the account has wrong must not keep the others from being asked. Only the kind is
            # logged: the words may contain a token.
            log.error("account %s cannot be probed: %s", account.pk, type(error).__name__)
            note_asked(account)
    return 1


@transaction.atomic
def note_asked(account: Account) -> None:
    """Store that an account's turn is over, so that others come first the next time."""
    Account.objects.filter(pk=account.pk).update(probed_at=timezone.now())
