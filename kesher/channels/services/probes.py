"""Ask providers about accounts, store what they answer, and set webhooks by their calls."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q
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

ASK_AGAIN = timedelta(minutes=55)  # with the job's interval: within the hour, as the pages say
# Of one run, in seconds. With the last account, which may take twice `PATIENCE`, it ends long before the lease of the
# slow jobs (60 s), which others wait for.
BUDGET = 20.0


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
    """Ask the providers of the active accounts whose turn it is, for `BUDGET` seconds; return how many were asked.

    Who waits longest is first; the others follow in the next run. An account whose settings are incomplete is not
    asked: its page says what is missing.
    """
    over, before = monotonic() + BUDGET, timezone.now() - ASK_AGAIN
    with everywhere("hourly probe of the providers"):
        due = Account.objects.filter(Q(probed_at=None) | Q(probed_at__lte=before), is_active=True)
        accounts = list(due.select_related("agency").order_by(F("probed_at").asc(nulls_first=True), "pk"))
    asked = 0
    for account in accounts:
        if monotonic() >= over:
            log.warning("accounts left for the next run of probes")
            break
        asked += probe_quietly(account)
    return asked


def probe_quietly(account: Account) -> int:
    """Ask one provider, and log what fails; return 1 if it was asked."""
    with scope(account.agency):
        try:
            adapter = account.adapter
        except KeyError:  # the channel's package is gone
            return 0
        try:
            if any(check.ok is False for check in adapter.check(account.info())):
                return 0
            found = probe_account(account)
            if found is None:
                return 0
            if found.state != "away" and account.capabilities().templates:
                sync_templates(account)
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
