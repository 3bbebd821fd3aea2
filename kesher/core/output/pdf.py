"""Render tables as an A4 PDF in the reader's language and direction, tagged for screen readers.

Typst does the typesetting (see ADR 0011). It gets data and the template beside this file: no packages and no fonts but
ours, and no text of a user is read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import typst
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

HERE = Path(__file__).parent
TEMPLATE, FONTS = HERE / "paper.typ", HERE / "fonts"
FIRST_STRONG, POP = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in bold with a tone (strong, good, wait, bad, info or ""), and small lines below."""

    words: str
    tone: str = "strong"
    more: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A box above the sections."""

    tone: str
    title: str
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a small text beside it, a table, and notes below. `widths` are shares by column."""

    title: str
    aside: str = ""
    heads: Sequence[str] = ()
    widths: Sequence[float] = ()
    rows: Sequence[Sequence[str | Cell]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document. `body` is the public body whose document it is."""

    title: str
    body: str
    lead: Sequence[str] = ()
    notes: Sequence[Note] = ()
    sections: Sequence[Section] = ()


def isolate(words: str) -> str:
    """Return the text in Unicode isolates, so that its direction changes nothing around it (UAX #9)."""
    return f"{FIRST_STRONG}{words}{POP}" if words else ""


def render_pdf(paper: Paper) -> bytes:
    """Return a document as the bytes of an accessible PDF (PDF/UA-1).

    If no font of ours has some character (an emoji, another script), return a tagged PDF that leaves it out and does
    not claim the standard.
    """
    now = timezone.localtime().replace(microsecond=0)
    told = {
        **asdict(paper),
        "lang": (get_language() or "he")[:2],
        "rtl": get_language_bidi(),
        "foot": _("Made on %(when)s") % {"when": date_format(now, "SHORT_DATETIME_FORMAT")},
        "pages": _("Page {n} of {all}"),
    }
    try:
        return typeset(json.dumps(told), now, "ua-1")
    except typst.TypstError:
        return typeset(json.dumps(told), now, None)


def typeset(data: str, now: datetime, standard: Literal["ua-1"] | None) -> bytes:
    """Run Typst on these data, and return the bytes of the PDF. Raise typst.TypstError."""
    return typst.compile(
        TEMPLATE, root=HERE, font_paths=[FONTS], ignore_system_fonts=True, format="pdf", sys_inputs={"data": data},
        pdf_standards=standard, timestamp=now.astimezone(UTC),
    )  # fmt: skip
