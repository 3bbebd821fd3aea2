"""`requests` adapter for django-allauth against SSRF: no internal networks, no redirects, a size limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kesher.channels.base import ChannelError
from kesher.channels.http_client import GuardedClient

SECONDS = 8.0


class GuardedAdapter(BaseAdapter):
    """A transport for `requests` that uses `GuardedClient`."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a `requests` request with the guarded client. Raise requests.ConnectionError if it is refused."""
        try:
            status, headers, body = asyncio.run(fetch(request))
        except ChannelError as error:
            raise requests.ConnectionError(str(error)) from error
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = status, request.url or "", request
        answer.headers = CaseInsensitiveDict(headers)
        answer._content = body  # as every adapter of `requests` sets it
        return answer

    def close(self) -> None:
        """Do nothing: each request has its own connection."""


async def fetch(request: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
    """Send the request with the guarded client, and return (status, headers, body)."""
    sent = request.body.encode() if isinstance(request.body, str) else request.body
    headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "accept-encoding"}
    async with GuardedClient(settings.KESHER_SSRF_ALLOW) as client:
        return await client.request(
            request.method or "GET",
            request.url or "",
            headers=headers,
            content=sent if isinstance(sent, bytes) else None,
            timeout=SECONDS,
        )


def guarded_session() -> requests.Session:
    """Return a `requests` session that cannot connect to private networks."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    for prefix in ("https://", "http://"):
        session.mount(prefix, GuardedAdapter())
    return session
