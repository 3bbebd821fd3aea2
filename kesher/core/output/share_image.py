"""Draw the preview image of a shared link: 1200 × 630 pixels, with text in any script.

Pillow shapes and orders letters with libraqm and FriBiDi. Without them Hebrew and Arabic would come out reversed, so
the picture then leaves them out.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont, ImageOps, features

from kesher.core.files.attachments import file_path
from kesher.core.models import Attachment
from kesher.language import detect, direction

WIDE, HIGH = 1200, 630
EDGE, HALF = 64, 470
FONT = Path(__file__).parent / "fonts" / "NotoSans-Bold.ttf"
WHITE, PALE = (255, 255, 255), (223, 238, 236)


@lru_cache(maxsize=16)
def load_font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font for share images in this size in pixels."""
    return ImageFont.truetype(str(FONT), size)


def can_shape() -> bool:
    """Return whether Pillow can shape Arabic and order right-to-left text here."""
    return bool(features.check("raqm") and features.check("fribidi"))


class Sheet:
    """A picture whose layout follows the direction of its text."""

    def __init__(self, ground: tuple[int, int, int], way: str) -> None:
        """Start an empty image in this colour; `way` is the direction of its text, "rtl" or "ltr"."""
        self.image = Image.new("RGB", (WIDE, HIGH), ground)
        self.pen = ImageDraw.Draw(self.image)
        self.rtl = way == "rtl"
        self.shapes = can_shape()

    def words(self, text: str, y: int, size: int, colour: tuple[int, int, int], wide: int = WIDE) -> None:
        """Draw a line of text at height `y` from the starting edge, smaller if it is wider than `wide` pixels.

        Draw nothing if the text could only be drawn wrong.
        """
        lang = detect(text)
        if not self.shapes and direction(lang or "") == "rtl":
            return
        x, anchor = (WIDE - EDGE, "ra") if self.rtl else (EDGE, "la")
        own = direction(lang) if lang else ("rtl" if self.rtl else "ltr")
        way = own if self.shapes else None
        size = min(size, int(size * wide / max(load_font(size).getlength(text), 1)))
        self.pen.text((x, y), text, font=load_font(size), fill=colour, anchor=anchor, direction=way)

    def lines(self, text: str, size: int, wide: int) -> list[str]:
        """Return a text divided into lines that fit into `wide` pixels at this font size."""
        found: list[str] = []
        for word in text.split():
            longer = f"{found[-1]} {word}" if found else word
            if found and load_font(size).getlength(longer) > wide:
                found.append(word)
            else:
                found[-1:] = [longer]
        return found

    def bar(self, y: int, share: float, ground: tuple[int, int, int], wide: int) -> None:
        """Draw a progress bar that fills from the starting edge; `share` is 0 to 1."""
        start = WIDE - EDGE - wide if self.rtl else EDGE
        self.pen.rounded_rectangle((start, y, start + wide, y + 22), 11, fill=ground)
        filled = max(22, round(wide * share))
        first = start + wide - filled if self.rtl else start
        self.pen.rounded_rectangle((first, y, first + filled, y + 22), 11, fill=WHITE)

    def picture(self, picture: Image.Image) -> None:
        """Draw a picture over the half of the image where lines of text end, cropped to fit."""
        fitted = ImageOps.fit(picture.convert("RGB"), (HALF, HIGH))
        self.image.paste(fitted, (0 if self.rtl else WIDE - HALF, 0))

    def png(self) -> bytes:
        """Return the finished image as the bytes of a PNG."""
        out = io.BytesIO()
        self.image.convert("P", palette=Image.Palette.ADAPTIVE, colors=192).save(out, "PNG", optimize=True)
        return out.getvalue()


def open_picture(picture: Attachment | None) -> Image.Image | None:
    """Return the image of an attachment; None if there is none or its file is missing."""
    if picture is None or picture.state != "ready" or not picture.sha256:
        return None
    try:
        return Image.open(file_path(picture.sha256))
    except OSError:
        return None


def shade(colour: str, factor: float) -> tuple[int, int, int]:
    """Return a colour made darker (`factor` below 1) or lighter."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (min(255, round(red * factor)), min(255, round(green * factor)), min(255, round(blue * factor)))
