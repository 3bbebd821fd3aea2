"""Picture for a shared link to a contest: the chosen word, or the call for proposals."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.contests.models import Contest, Decision
from kesher.core.output.share_image import HIGH
from kesher.initiatives.share_image import ShareCard


def picture_card(agency: Agency, contest: Contest, decision: Decision | None) -> bytes:
    """Return the share picture as PNG: the chosen proposal in large letters, or how to take part."""
    chosen = decision.proposal if decision is not None else None
    big = chosen.text if chosen is not None else contest.title
    card = ShareCard(agency, contest, big)
    card.line(heading_of(contest, decision), 128, 36, pale=True)
    size = 120 if len(big) < 11 else 84 if len(big) < 22 or not card.has_picture else 56
    card.headline(big, 196, size, spacing=1.3)
    small = contest.title if chosen is not None else _("Propose and vote: number %(code)s") % {"code": contest.code}
    card.line(small, HIGH - 106, 34, pale=True)
    return card.sheet.png()


def heading_of(contest: Contest, decision: Decision | None) -> str:
    """Return the line above the large words of the share picture: the kind of contest, or "Chosen …"."""
    if decision is None or decision.proposal is None:
        return contest.get_kind_display()
    return _("Chosen") if decision.differs else _("Chosen by the public")
