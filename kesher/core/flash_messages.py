"""Show on the next page what became of a button that was pressed (success or the reason of a refusal)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from kesher.core.errors import Refused


@contextmanager
def tell_outcome(request: HttpRequest, done: str) -> Iterator[None]:
    """Show on the next page `done` if the block succeeds, else the text of Refused (as a Django message)."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
