"""Requests to Meta's Graph API (v25.0), and how its errors are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ChannelError, Client, Json

API = "https://graph.facebook.com"
VERSION = "v25.0"
# Only these hosts may see our token: a media URL in a payload may point anywhere.
HOSTS = frozenset(("graph.facebook.com", "lookaside.fbsbx.com"))


@dataclass(frozen=True, slots=True)
class ErrorCodes:
    """What a product's error codes mean. A code is written "613", or with its subcode "10/2018278".

    `retry` has the codes that pass by themselves, with the wait in seconds if Meta asks for one. After a code in
    `stopped` the person wants no more messages; after one in `unknown` the message may have arrived. All others are
    permanent; `named` has those with a subcode of interest.
    """

    product: str
    retry: Mapping[str, float | None]
    stopped: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def find(self, code: int, subcode: int) -> str:
        """Return the code with its subcode if the tables have the two together, else the code alone."""
        both = f"{code}/{subcode}"
        known = {*self.retry, *self.stopped, *self.named, *self.unknown}
        return both if both in known else str(code)


def base_of(account: AccountInfo) -> str:
    """Return the base URL of Meta, or of its replacement in tests."""
    return (account.api or API).rstrip("/")


def bearer(account: AccountInfo) -> dict[str, str]:
    """Return the Authorization header with the account's access token."""
    return {"authorization": f"Bearer {account.token}"}


async def call(
    method: str,
    path: str,
    account: AccountInfo,
    client: Client,
    codes: ErrorCodes,
    *,
    body: Json | None = None,
    token: str = "",
) -> Json:
    """Return the JSON answer to a Graph API request; `token` replaces the account's. Raise ChannelError."""
    url = f"{base_of(account)}/{VERSION}/{path}"
    headers = {"authorization": f"Bearer {token}"} if token else bearer(account)
    status, answered, answer = await client.request(method, url, headers=headers, json=body)
    value = untrusted_payload.load_json(answer)
    if status >= 300:
        raise error_of_answer(status, answered.get("retry-after", ""), value, codes)
    if not isinstance(value, dict):
        raise ChannelError(f"{codes.product}: an answer that is none", unknown=True)
    return value


def is_trusted(url: str, account: AccountInfo) -> bool:
    """Return whether a URL may get our access token: Meta's hosts over TLS, or the account's replacement of them."""
    target, stand_in = urlsplit(url), urlsplit(account.api)
    if account.api and (target.scheme, target.netloc) == (stand_in.scheme, stand_in.netloc):
        return True
    return target.scheme == "https" and target.netloc in HOSTS


def error_of_answer(status: int, wait: str, value: Any, codes: ErrorCodes) -> ChannelError:
    """Return the ChannelError for Meta's error answer, with Meta's code or else the HTTP status."""
    error = untrusted_payload.mapping(value, "error")
    number, detail = whole_number(error, "code"), whole_number(error, "error_subcode")
    code = codes.find(number, detail) if number else str(status)
    words = untrusted_payload.text(error, "error_data", "details") or untrusted_payload.text(error, "message")
    stopped, unknown = code in codes.stopped, code in codes.unknown
    again = not stopped and code not in codes.named and (code in codes.retry or status >= 500 or status == 429)
    return ChannelError(
        f"{codes.product} {code}: {words[:300]}",
        permanent=not again and not unknown,
        unknown=unknown,
        retry_after=untrusted_payload.number(wait) or codes.retry.get(code),
        stopped=stopped,
        code=code,
    )


def whole_number(value: Any, name: str) -> int:
    """Return the integer of this name in JSON; 0 for anything else."""
    found = untrusted_payload.dig(value, name)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
