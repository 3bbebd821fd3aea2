"""Set the values of an identity provider, so that a client secret goes only to whom it was entered for."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils.translation import gettext as _

from kesher.accounts.models import IdentityProvider
from kesher.core.errors import Refused


def set_provider_values(row: IdentityProvider, client_secret: str, **fields: Any) -> bool:
    """Set a provider's values, unsaved, and return whether it is another provider or client than before.

    An empty ``client_secret`` leaves the present one. Raise Refused if that would then go to another provider.
    """
    given = {**{name: getattr(row, name) for name in ("issuer", "client_id")}, **fields}
    moved = row.pk is not None and (row.issuer, row.client_id) != (given["issuer"], given["client_id"])
    kept = {"salt": secrets.token_urlsafe(32), **(row.secrets or {})}
    if moved and kept.get("client") and not client_secret:
        raise Refused(_("Enter the secret that belongs to this address and client ID."))
    for name, value in fields.items():
        setattr(row, name, value)
    row.secrets = {**kept, "client": client_secret} if client_secret else kept
    return moved
