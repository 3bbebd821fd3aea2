"""The peer of the intake lane: the same server and configuration, with a handler that only answers 200."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Message = dict[str, Any]


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the body and answer 200."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        "bench.empty:application", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
        log_level="error", lifespan="off", server_header=False, date_header=False, proxy_headers=False, backlog=2048,
    )  # fmt: skip
