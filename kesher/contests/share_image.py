"""Picture for a shared link to a contest: the chosen word, or the call for proposals."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.contests.models import Contest, Decision
from kesher.core.share_image import EDGE, HALF, HIGH, PALE, WHITE, WIDE, Sheet, open_picture, shade
from kesher.language import detect, direction


def picture_card(agency: Agency, contest: Contest, decision: Decision | None) -> bytes:
    """Return the share picture as PNG: the chosen proposal in large letters, or how to take part."""
    chosen = decision.proposal if decision is not None else None
    big = chosen.text if chosen is not None else contest.title
    sheet = Sheet(shade(agency.accent, 0.62), direction(detect(big) or (get_language() or "he")[:2]))
    picture = open_picture(contest.picture)
    wide = WIDE - 2 * EDGE - (HALF if picture is not None else 0)
    if picture is not None:
        sheet.picture(picture)
    sheet.words(agency.name, EDGE - 8, 30, PALE, wide)
    sheet.words(heading_of(contest, decision), 128, 36, PALE, wide)
    size = 120 if len(big) < 11 else 84 if len(big) < 22 or picture is None else 56
    y = 196
    for text in sheet.lines(big, size, wide)[:4]:
        sheet.words(text, y, size, WHITE, wide)
        y += round(size * 1.3)
    small = contest.title if chosen is not None else _("Propose and vote: number %(code)s") % {"code": contest.code}
    sheet.words(small, HIGH - 106, 34, PALE, wide)
    return sheet.png()


def heading_of(contest: Contest, decision: Decision | None) -> str:
    """Return the line above the large words of the share picture: the kind of contest, or "Chosen …"."""
    if decision is None or decision.proposal is None:
        return contest.get_kind_display()
    return _("Chosen") if decision.differs else _("Chosen by the public")
