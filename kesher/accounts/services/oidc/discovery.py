"""Check an identity provider before people rely on it: read its discovery document and its keys."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from kesher.accounts.models import IdentityProvider
from kesher.accounts.provider import discovery_url, find_fault
from kesher.channels.base import ChannelError, Client
from kesher.channels.services.provider_calls import call_provider
from kesher.core.errors import Refused


def check_provider(row: IdentityProvider) -> None:
    """Read what an identity provider says of itself, by the guarded client and within some seconds.

    Raise Refused that says what is wrong.
    """

    async def check(client: Client) -> str:
        """Return what is wrong with the provider, or ""."""
        config = await read_json(client, discovery_url(row.issuer))
        if fault := find_fault(config, row.issuer):
            return fault
        keys = (await read_json(client, str(config["jwks_uri"]))).get("keys")
        return "" if isinstance(keys, list) and keys else "it shows no keys"

    try:
        fault = call_provider(check)
    except (ChannelError, ValueError) as error:
        fault = str(error)
    if fault:
        words = _("The provider cannot be used yet (%(reason)s). Compare its address with what the provider gave you.")
        raise Refused(words % {"reason": fault})


async def read_json(client: Client, url: str) -> dict[str, Any]:
    """Return the JSON object at a URL. Raise ValueError if there is none."""
    status, _headers, body = await client.request("GET", url)
    if status != 200:
        raise ValueError(f"HTTP {status}")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
