"""Show on the next page what became of a button that was pressed (success or the reason of a refusal)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest

from kesher.core.errors import Refused


@contextmanager
def tell_outcome(request: HttpRequest, done: str = "", form: BaseForm | None = None) -> Iterator[None]:
    """Show on the next page `done` if the block succeeds, else the text of Refused (as a Django message).

    With a form, the text of Refused becomes an error of the form instead, for the same page.
    """
    try:
        yield
    except Refused as refusal:
        if form is None:
            messages.error(request, refusal.message)
        else:
            form.add_error(None, refusal.message)
    else:
        if done:
            messages.success(request, done)
