"""Store message templates that providers approved, and keep them as the providers list them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kesher.channels.base import TemplateListing
from kesher.channels.models import Account, Template
from kesher.channels.services.provider_calls import call_provider
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.live.live_events import publish


@transaction.atomic
def approve_template(
    account: Account, *, name: str, language: str, body: str, purpose: str = "service", by: Actor = SYSTEM
) -> Template:
    """Create a template that the provider approved; the desk offers the newest version."""
    last = Template.objects.filter(account=account, name=name, language=language).order_by("-version").first()
    template = Template.objects.create(
        agency_id=account.agency_id,
        account=account,
        name=name,
        language=language,
        version=last.version + 1 if last else 1,
        body=body,
        purpose=purpose,
        state=Template.State.APPROVED,
    )
    audit("channels.approve_template", by=by, subject=template, name=name, version=template.version)
    return template


def sync_templates(account: Account, *, by: Actor = SYSTEM) -> int:
    """Ask the provider for its templates and store their state; return how many it has. Raise ChannelError."""
    info = account.info(account.agency.public_url)
    listing = call_provider(lambda client: account.adapter.list_templates(info, client))
    store_templates(account, listing, by=by)
    return len(listing.templates)


@transaction.atomic
def store_templates(account: Account, listing: TemplateListing, *, by: Actor) -> None:
    """Store the provider's list of templates: other words are a new version, and what is not listed is gone.

    A list with parts missing changes no approved template, and an empty one only if the list before was empty, too: a
    mistyped business account must not switch off what the desk sends.
    """
    newest = {(row.name, row.language): row for row in Template.objects.filter(account=account).order_by("version")}
    current = set()
    for item in listing.templates:
        key = (item.name, item.language)
        row = newest.get(key)
        if row is not None and row.state == Template.State.APPROVED and not listing.is_whole:
            continue
        if row is None or row.body != item.body:
            version = row.version + 1 if row else 1
            row = Template(agency_id=account.agency_id, account=account, version=version, body=item.body)
            row.name, row.language = key
        row.state, row.reason, row.purpose = item.state, item.reason, item.purpose
        row.save()
        newest[key] = row
        current.add(row.pk)
    is_empty = listing.is_whole and not listing.templates
    if listing.is_whole and (not is_empty or account.templates_missing):
        Template.objects.filter(account=account).exclude(pk__in=current).update(state=Template.State.GONE, reason="")
    account.templates_at, account.templates_missing = timezone.now(), is_empty
    account.save(update_fields=["templates_at", "templates_missing"])
    if by != SYSTEM:
        audit("channels.sync_templates", by=by, subject=account, listed=len(listing.templates))
    publish("channels")
