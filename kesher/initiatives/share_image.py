"""The layout of the picture that goes with a shared link to an initiative; each kind writes its own lines."""

from __future__ import annotations

from django.utils.translation import get_language

from kesher.agencies.models import Agency
from kesher.core.output.share_image import EDGE, HALF, PALE, WHITE, WIDE, Sheet, open_picture, shade
from kesher.initiatives.models import Initiative
from kesher.language import detect, direction


class ShareCard:
    """A share picture in the agency's colour, with the initiative's picture on one half."""

    def __init__(self, agency: Agency, initiative: Initiative, headline: str) -> None:
        """Start the picture with the agency's name; ``headline`` decides the direction."""
        way = direction(detect(headline) or (get_language() or "he")[:2])
        self.agency = agency
        self.sheet = Sheet(shade(agency.accent, 0.62), way)
        picture = open_picture(initiative.picture)
        self.has_picture = picture is not None
        self.wide = WIDE - 2 * EDGE - (HALF if picture is not None else 0)
        if picture is not None:
            self.sheet.picture(picture)
        self.line(agency.name, EDGE - 8, 30, pale=True)

    def line(self, text: str, y: int, size: int, *, pale: bool = False) -> None:
        """Draw one line of text at height ``y``."""
        self.sheet.words(text, y, size, PALE if pale else WHITE, self.wide)

    def headline(self, text: str, y: int, size: int, *, most: int = 4, spacing: float = 1.32) -> None:
        """Draw a text over several lines, ``most`` at most, from height ``y`` downwards."""
        for line in self.sheet.lines(text, size, self.wide)[:most]:
            self.line(line, y, size)
            y += round(size * spacing)

    def bar(self, y: int, share: float) -> None:
        """Draw a progress bar at height ``y``, filled to ``share`` (0 to 1)."""
        self.sheet.bar(y, share, shade(self.agency.accent, 1.25), self.wide)
