"""Create, connect, change, switch and remove channel accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kesher.channels.agency_addresses import AGENCY_ADDRESSES
from kesher.channels.base import Channel, ConnectField
from kesher.channels.models import Account, valid_secrets
from kesher.channels.registry import STAND_INS, get_channel
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.ids import token as random_token
from kesher.core.live.live_events import publish

OVERLAP = timedelta(hours=24)  # how long the secret before still opens the webhook
OLD_SECRETS_MOST = 10  # beyond what anybody replaces in a day
COLUMNS = ("address", "shown_address")


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
        **kept,
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
def connect_account(channel: str, values: Mapping[str, Any], *, by: Actor) -> tuple[Account, str]:
    """Create an account from the fields of a channel's connect page; return it and the secret that we generated.

    The secret is "" unless somebody must enter it at the provider. An account that was removed is connected again: its
    address leads to the same row, and so to its messages.
    """
    adapter = get_channel(channel)
    given = {name: value for name, value in values.items() if value not in ("", None)}
    made = {name: random_token(32) for name in adapter.connection.generated if name not in given}
    columns = {name: given.get(name, "") for name in COLUMNS}
    removed = Account.objects.filter(channel=channel, address=columns["address"], removed_at__isnull=False)
    account = removed.exclude(address="").first() or Account(agency_id=current_agency_id(), channel=channel)
    for name, value in columns.items():
        setattr(account, name, value)
    stand_in = {name: value for find in STAND_INS for name, value in find(channel).items()}
    account.settings = {**settings_of(adapter, given | made), **stand_in}
    secret = given.get("secret") or made.get("secret") or (given["token"] if adapter.connection.secret_is_token else "")
    account.secrets = {"secrets": [secret] if secret else [], "token": given.get("token") or made.get("token", "")}
    account.is_active, account.removed_at, account.probe, account.last_error = True, None, {}, ""
    account.save()
    AGENCY_ADDRESSES.forget()
    audit("channels.connect_account", by=by, subject=account, channel=channel)
    publish("channels")
    return account, made.get("secret", "") if adapter.connection.webhook_proof else ""


def settings_of(adapter: Channel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of the values are stored in `Account.settings`."""
    names = {one.name for one in adapter.connection.fields} | set(adapter.connection.generated)
    left_out = {*COLUMNS, "token", "secret"}
    return {name: value for name, value in values.items() if name in names - left_out}


@transaction.atomic
def edit_account(account: Account, values: Mapping[str, Any], *, by: Actor) -> Account:
    """Change what an account's connect page shows. An empty secret keeps the stored one.

    A new secret replaces the one before, which still opens the webhook for a day. Raise ValueError if the stored token
    would be sent elsewhere: `moved_destinations`.
    """
    adapter = account.adapter
    if moved_destinations(account, values) and not values.get("token"):
        raise ValueError("the token is to be entered again")
    open_fields = [one.name for one in adapter.connection.fields if not one.secret]
    given = {name: value for name, value in values.items() if value not in ("", None)}
    for name in COLUMNS:
        if name in open_fields:
            setattr(account, name, given.get(name, ""))
    left = {*open_fields, *outdated_settings(account, values)}
    kept = {name: value for name, value in account.settings.items() if name not in left}
    account.settings = {**kept, **settings_of(adapter, given)}
    secret = given.get("secret") or (given.get("token") if adapter.connection.secret_is_token else "")
    if secret:
        replace_secret(account, secret)
    if given.get("token"):
        account.secrets = {**account.secrets, "token": given["token"]}
    account.save(update_fields=[*COLUMNS, "settings", "secrets"])
    AGENCY_ADDRESSES.forget()
    replaced = sorted(name for name in ("token", "secret") if given.get(name))
    audit("channels.edit_account", by=by, subject=account, fields=sorted(open_fields), replaced=replaced)
    publish("channels")
    return account


def changed_fields(account: Account, values: Mapping[str, Any]) -> set[str]:
    """Return the names of the connect page's fields, without secrets, whose value differs from the account's.

    An empty field with choices is the first of them, as the page shows it.
    """
    changed = set()
    for one in account.adapter.connection.fields:
        if not one.secret:
            default = one.choices[0][0] if one.choices else ""
            stored = getattr(account, one.name) if one.name in COLUMNS else account.settings.get(one.name)
            if str(stored or default) != str(values.get(one.name) or default):
                changed.add(one.name)
    return changed


def moved_destinations(account: Account, values: Mapping[str, Any]) -> list[ConnectField]:
    """Return the fields whose new value would send the account's stored token elsewhere; [] if it has none."""
    changed = changed_fields(account, values) if account.info().token else set()
    return [one for one in account.adapter.connection.fields if one.destination and one.name in changed]


def outdated_settings(account: Account, values: Mapping[str, Any]) -> set[str]:
    """Return the operator's settings that were set for other servers than those of the new values."""
    changed = changed_fields(account, values)
    return {name for name, of in account.adapter.connection.operator_settings.items() if changed & set(of)}


def replace_secret(account: Account, secret: str) -> None:
    """Set the secret that signs webhooks; those before are accepted for a day: the provider may have any of them."""
    kept: dict[str, Any] = account.secrets if isinstance(account.secrets, dict) else {}
    until = (timezone.now() + OVERLAP).isoformat()
    before = [[old, until] for old in kept.get("secrets", ()) if old and old != secret]
    valid = set(valid_secrets(kept.get("old") or []))
    before += [[old, end] for old, end in kept.get("old") or () if old in valid and old != secret]
    account.secrets = {**kept, "secrets": [secret], "old": before[:OLD_SECRETS_MOST]}


@transaction.atomic
def rotate_secret(account: Account, *, by: Actor) -> str:
    """Replace the secret that we chose for an account's webhook, and return the new one.

    The one before is accepted for a day, until it was replaced at the provider, too.
    """
    secret = random_token(32)
    replace_secret(account, secret)
    account.save(update_fields=["secrets"])
    audit("channels.rotate_secret", by=by, subject=account)
    publish("channels")
    return secret


@transaction.atomic
def remove_account(account: Account, *, by: Actor) -> None:
    """Disconnect an account for good: its secrets are deleted. Its row stays, because messages refer to it."""
    account.is_active, account.is_public, account.removed_at = False, False, timezone.now()
    account.secrets, account.probe = {}, {}
    account.save(update_fields=["is_active", "is_public", "removed_at", "secrets", "probe"])
    AGENCY_ADDRESSES.forget()
    audit("channels.remove_account", by=by, subject=account, channel=account.channel)
    publish("channels")


@transaction.atomic
def save_register_entry(account: Account, *, by: Actor, **fields: Any) -> None:
    """Store an account's entry in the register: names, purpose, tone, owner, deputy, review date and opening hours."""
    for name, value in fields.items():
        setattr(account, name, value)
    account.save(update_fields=list(fields))
    audit("channels.save_register_entry", by=by, subject=account, fields=sorted(fields))
    publish("channels")


@transaction.atomic
def note_test(account: Account, message_id: int, *, by: Actor) -> None:
    """Store which message was the newest test of an account, and audit that it was sent."""
    account.last_test = message_id
    account.save(update_fields=["last_test"])
    audit("channels.send_test", by=by, subject=account, message=message_id)
    publish("channels")
