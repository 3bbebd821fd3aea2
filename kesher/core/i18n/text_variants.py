"""Wording of texts that are read aloud in a telephone call, where nobody can "write", open a link or send a picture.

A text that tells people what to do says it twice, for the eye and for the ear. While a reply to a call is made
(`reading_aloud`), the second is taken, as gettext takes the active language.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.functional import Promise, lazy

ALOUD: ContextVar[bool] = ContextVar("aloud", default=False)


@contextmanager
def reading_aloud() -> Iterator[None]:
    """Take the spoken wording of texts within this block."""
    token = ALOUD.set(True)
    try:
        yield
    finally:
        ALOUD.reset(token)


def choose_wording(written: str | Promise, spoken: str | Promise) -> str:
    """Return the spoken wording while a reply to a call is made, else the written one."""
    return str(spoken if ALOUD.get() else written)


choose_wording_lazy = lazy(choose_wording, str)
