"""Create and change channel accounts, switch them on and off, and store templates that providers approved."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kesher.channels.agency_addresses import AGENCY_ADDRESSES
from kesher.channels.models import Account, Template
from kesher.channels.registry import get_channel
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.live.live_events import publish


@transaction.atomic
def open_account(
    name: str,
    *,
    address: str = "",
    secrets: tuple[str, ...] = (),
    token: str = "",
    by: Actor = SYSTEM,
    **fields: Any,
) -> Account:
    """Create an account on the channel `name` and audit it. Raise KeyError for a channel that has no folder."""
    get_channel(name)
    account = Account.objects.create(
        agency_id=current_agency_id(),
        channel=name,
        address=address,
        secrets={"secrets": list(secrets), "token": token},
        **fields,
    )
    AGENCY_ADDRESSES.note(account)
    audit("channels.open_account", by=by, subject=account, channel=name)
    return account


@transaction.atomic
def change_account(
    account: Account,
    *,
    secrets: tuple[str, ...] | None = None,
    token: str | None = None,
    by: Actor = SYSTEM,
    **fields: Any,
) -> Account:
    """Change an account's secrets (all of them, newest first), token or other columns, and audit it.

    None keeps the stored value.
    """
    kept: dict[str, Any] = account.secrets if isinstance(account.secrets, dict) else {}
    account.secrets = {
        "secrets": list(kept.get("secrets", ()) if secrets is None else secrets),
        "token": kept.get("token", "") if token is None else token,
    }
    for name, value in fields.items():
        setattr(account, name, value)
    account.save(update_fields=["secrets", *fields])
    AGENCY_ADDRESSES.forget()
    audit("channels.change_account", by=by, subject=account, fields=sorted(fields))
    publish("channels")
    return account


@transaction.atomic
def note_error(account: Account, message: str) -> None:
    """Store an account's latest error, which the desk's channel page shows."""
    Account.objects.filter(pk=account.pk).update(last_error=message[:300], last_error_at=timezone.now())
    publish("channels")


@transaction.atomic
def set_active(account: Account, active: bool, *, by: Actor) -> None:
    """Switch an account on or off, and audit it."""
    account.is_active = active
    account.save(update_fields=["is_active"])
    AGENCY_ADDRESSES.forget()
    audit("channels.set_active", by=by, subject=account, active=active)
    publish("channels")


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
