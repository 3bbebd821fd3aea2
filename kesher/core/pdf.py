"""Tables on paper: a PDF (A4) in the reader's language and direction, tagged for screen readers.

Typst sets the page (see ADR 0011). It gets data and the one template beside this file: no package, no font but ours,
and no word that somebody wrote is read as markup.
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
    """Words in bold, in a tone (strong, good, wait, bad, info or ""), and small lines beneath."""

    words: str
    tone: str = "strong"
    more: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A box above everything."""

    tone: str
    title: str
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with something small beside it, a table, and words under it. ``widths``: shares, a column each."""

    title: str
    aside: str = ""
    heads: Sequence[str] = ()
    widths: Sequence[float] = ()
    rows: Sequence[Sequence[str | Cell]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """``body``: whose paper it is."""

    title: str
    body: str
    lead: Sequence[str] = ()
    notes: Sequence[Note] = ()
    sections: Sequence[Section] = ()


def isolate(words: str) -> str:
    """Somebody's words within ours: they run their own way, and turn nothing around them (Unicode, annex 9)."""
    return f"{FIRST_STRONG}{words}{POP}" if words else ""


def render_pdf(paper: Paper) -> bytes:
    """Out: PDF/UA-1; where a letter is in none of our fonts (an emoji, a script we do not speak), a tagged PDF that
    leaves it out and does not claim the standard."""
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
    return typst.compile(
        TEMPLATE, root=HERE, font_paths=[FONTS], ignore_system_fonts=True, format="pdf", sys_inputs={"data": data},
        pdf_standards=standard, timestamp=now.astimezone(UTC),
    )  # fmt: skip
