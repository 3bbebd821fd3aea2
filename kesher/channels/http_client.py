"""HTTP client for URLs from outside that cannot reach our own network (protection against SSRF).

A host is resolved once, all its addresses must be public, and the connection goes to that very address, so that a name
cannot change between the check and the use. No redirects, no proxies from the environment, no cookies, no compressed
answers (a small one may expand to gigabytes), a cap on what is read, ports 80 and 443 only.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from kesher.channels.base import ChannelError

PORTS = frozenset((80, 443))
CLOSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # Teredo and similar, examples, 6to4, examples
)
RELAYS_V4 = ipaddress.IPv4Network("192.88.99.0/24")  # 6to4
UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
PATIENCE = 4  # the limit of a whole exchange, in limits of one step
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]  # as in httpcore

# In these errors nothing was sent; after any other the request may have arrived.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Refused(ChannelError):
    """An address that we do not connect to."""

    def __init__(self, message: str) -> None:
        """Make a permanent ChannelError with the code "refused"."""
        super().__init__(message, permanent=True, code="refused")


def is_above_info(record: logging.LogRecord) -> bool:
    """Return whether a log record is above INFO.

    At INFO httpx logs whole URLs, and some providers have a secret in theirs.
    """
    return record.levelno > logging.INFO


logging.getLogger("httpx").addFilter(is_above_info)


def is_public(address: str) -> bool:
    """Return whether an IP address, in any form that a resolver gives, is global unicast.

    An address that wraps another (mapped, NAT64, 6to4, Teredo) is not public. Source: IANA's special-purpose address
    registries, RFC 6890.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in RELAYS_V4
    return ip in UNICAST_V6 and ip.is_global and not any(ip in net for net in CLOSED_V6)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a host name, as the system resolves it.

    0x7f.1 and 2130706433 become 127.0.0.1.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore, to public addresses and to each "host:port" in `allow`."""

    def __init__(self, allow: Collection[str] = (), resolver: Resolve = resolve) -> None:
        """Guard connections; `allow` lists "host:port" pairs that may be private, `resolver` finds addresses."""
        self.allow = frozenset(allow)
        self.resolver = resolver
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a TCP connection to the first IP address that answers. Raise Refused for a private one."""
        addresses = await self.addresses(host, port, timeout)
        for address in addresses[:-1]:
            try:
                return await self.inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self.inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def addresses(self, host: str, port: int, patience: float | None) -> Sequence[str]:
        """Return the IP addresses of a host to connect to. Raise Refused if one of them is private.

        Raise Refused, or ConnectError for a name that has no address now.
        """
        try:
            async with asyncio.timeout(patience):
                found = await self.resolver(host, port)
        except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError
            raise httpcore.ConnectError(f"{host}: no address") from error
        if not found:
            raise httpcore.ConnectError(f"{host}: no address")
        if f"{host}:{port}" in self.allow:
            return found
        if port not in PORTS:
            raise Refused(f"{host}: port {port} is refused")
        # One private address among public ones is an attack or a misconfiguration.
        if not all(is_public(address) for address in found):
            raise Refused(f"{host}: an address that is not public is refused")
        return found

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raise Refused: Unix sockets are never used."""
        raise Refused("a unix socket is refused")

    async def sleep(self, seconds: float) -> None:
        """Sleep, as httpcore asks between retries."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """An httpx transport over guarded connections.

    httpx has no public way to set a backend, hence `_pool`. It is pinned below 0.29, and a test fails if the guard is
    bypassed.
    """

    def __init__(self, backend: GuardedBackend) -> None:
        """Build a connection pool whose connections are made by the guarded backend."""
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=backend,
        )


class GuardedClient:
    """A `kesher.channels.base.Client` for one event loop; open it there with `async with`.

    `allow` has "host:port" of addresses that are not public or have another port, for tests and the simulator.
    """

    def __init__(self, allow: Collection[str] = (), resolver: Resolve = resolve) -> None:
        """Build an HTTP client without redirects, cookies and proxies; `allow` lists permitted "host:port" pairs."""
        self.allow = frozenset(allow)
        self.client = httpx.AsyncClient(
            transport=GuardedTransport(GuardedBackend(allow, resolver)),
            trust_env=False,
            follow_redirects=False,
            # No cookies: a provider must not connect the calls of two agencies.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": "Kesher", "accept-encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        """Return the client, which is open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client's connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float = 15.0,  # noqa: ASYNC109 (the contract's: it is a step's time, not the whole's)
        cap: int = 1_000_000,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request; return (status, headers, body). Errors name only the host of the URL."""
        target = self.target(url)
        try:
            request = self.client.build_request(
                method, target, headers=headers, json=json, data=data, content=content, timeout=timeout
            )
            async with asyncio.timeout(timeout * PATIENCE):
                response = await self.client.send(request, auth=httpx.BasicAuth(*auth) if auth else None, stream=True)
                try:
                    return response.status_code, dict(response.headers), await read_capped_body(response, cap)
                finally:
                    await response.aclose()
        except NOT_SENT as error:
            raise ChannelError(f"{target.host}: {type(error).__name__}", code="network") from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            # The request may have arrived, so it must not be sent again blindly.
            raise ChannelError(f"{target.host}: {type(error).__name__}", unknown=True, code="network") from None

    def target(self, url: str) -> httpx.URL:
        """Return the parsed URL. Raise Refused unless it is a plain http(s) address on an open port.

        The check comes before the connection, so that a refused URL costs none.
        """
        try:
            target = httpx.URL(url)
            port = target.port or {"https": 443, "http": 80}.get(target.scheme, 0)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Refused("not an address") from None
        if target.scheme not in ("http", "https") or not target.host or target.userinfo:
            raise Refused(f"{target.host or target.scheme}: not a plain http or https address")
        if port not in PORTS and f"{target.raw_host.decode('ascii')}:{port}" not in self.allow:
            raise Refused(f"{target.host}: port {port} is refused")
        return target


async def read_capped_body(response: httpx.Response, cap: int) -> bytes:
    """Return the body of a response. Raise ChannelError if it is over the cap or compressed.

    We do not ask for compression. After a request that may have changed something the error is unknown, not permanent.
    """
    changing = response.request.method not in ("GET", "HEAD")
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise oversize_error(response, "compressed", changing)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > cap:
        raise oversize_error(response, "too-large", changing)
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > cap:
            raise oversize_error(response, "too-large", changing)
        chunks.append(chunk)
    return b"".join(chunks)


def oversize_error(response: httpx.Response, code: str, changing: bool) -> ChannelError:
    """Return the ChannelError for a refused response body; if `changing`, the request may have been done."""
    return ChannelError(
        f"{response.request.url.host}: {response.status_code}, answer {code}",
        permanent=not changing,
        unknown=changing,
        code=code,
    )
