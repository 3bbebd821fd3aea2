"""The picture to pass on: a word that was chosen, or a call, as a small SVG poster in the agency's colours.

It is a document of its own, so it carries its colours itself; the reader's own fonts write it, in whichever script.
"""

from __future__ import annotations

import re
from textwrap import wrap

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.contests.models import Contest, Proposal
from kesher.language import detect, direction

WIDTH, HEIGHT = 1200, 630
FONT = "Assistant, Heebo, 'Noto Sans Hebrew', 'Noto Sans Arabic', 'DejaVu Sans', Arial, sans-serif"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def picture_card(agency: Agency, contest: Contest, chosen: Proposal | None) -> SafeString:
    """The card, as SVG. ``chosen`` None: the call itself."""
    accent = agency.accent if COLOUR.fullmatch(agency.accent) else "#0b6b6b"
    big = chosen.text if chosen is not None else contest.title
    small = contest.title if chosen is not None else _("Propose and vote: number %(code)s") % {"code": contest.code}
    top = _("Chosen by the public") if chosen is not None else contest.get_kind_display()
    lines = wrap(big, 13 if len(big) < 27 else 22)[:3]
    size = 150 if len(big) < 14 else 116 if len(big) < 27 else 76
    start = 330 - (len(lines) - 1) * size * 0.56
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        ' font-family="{font}" text-anchor="middle"><title>{title}</title>'
        '<rect width="{w}" height="{h}" fill="{accent}"/>'
        '<circle cx="1090" cy="90" r="250" fill="#fff" opacity=".08"/>'
        '<circle cx="70" cy="620" r="210" fill="#fff" opacity=".07"/>'
        '<path d="M60 618q90-34 180 0t180 0 180 0 180 0 180 0 180 0" fill="none" stroke="#fff" opacity=".22"'
        ' stroke-width="9"/>{top}{lines}{small}{name}</svg>',
        w=WIDTH,
        h=HEIGHT,
        font=FONT,
        title=f"{big} · {small}",
        accent=accent,
        top=line(top, 130, 40, opacity=".85"),
        lines=format_html_join(
            "", "{}", ((line(words, start + row * size * 1.12, size, weight=800),) for row, words in enumerate(lines))
        ),
        small=line(small[:60], 490, 42),
        name=line(agency.name, 590, 32, opacity=".85"),
    )


def line(text: str, y: float, size: int, *, weight: int = 500, opacity: str = "1") -> SafeString:
    return format_html(
        '<text x="{}" y="{}" font-size="{}" font-weight="{}" fill="#fff" opacity="{}" direction="{}">{}</text>',
        WIDTH // 2,
        round(y),
        size,
        weight,
        opacity,
        direction(detect(text) or "he"),
        text,
    )
