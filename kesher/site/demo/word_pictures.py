"""Illustrations of the demo's contests, drawn with Pillow, so no rights are needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from kesher.site.demo.pictures import HIGH, WIDE, Sheet


def png(sheet: Sheet) -> bytes:
    """Return the drawing as PNG."""
    file = io.BytesIO()
    sheet.image.resize((WIDE, HIGH)).save(file, "PNG")
    return file.getvalue()


def bubble(sheet: Sheet, x: float, y: float, wide: float, high: float, fill: str) -> None:
    """Draw a speech bubble with lines of text."""
    sheet.box(x, y, wide, high, fill, 46)
    sheet.shape([(x + 70, y + high - 10), (x + 150, y + high - 10), (x + 60, y + high + 70)], fill)
    for row in range(3):
        sheet.box(x + 60, y + 55 + row * 52, (wide - 120) * (1 - row * 0.22), 18, "#ffffff", 9)


@cache
def spoiler() -> bytes:
    """Draw a cinema with somebody speaking."""
    sheet = Sheet((24, 32, 58), (52, 44, 84))
    sheet.box(170, 70, 940, 380, "#f3efe3", 18)
    sheet.round(640, 260, 120, "#e7b34c")
    sheet.box(170, 390, 940, 60, "#2f7d7a", 18)
    for row, (y, size) in enumerate(((560, 62), (650, 78))):
        for seat in range(9):
            shade = ("#171c38", "#0f1329")[row]
            sheet.round(90 + seat * 140 + row * 60, y, size, shade)
            sheet.box(90 + seat * 140 + row * 60 - size, y + size * 0.6, size * 2, 200, shade, 30)
    bubble(sheet, 760, 330, 380, 210, "#d9644a")
    return png(sheet)


@cache
def square() -> bytes:
    """Draw a square by the harbour."""
    sheet = Sheet((158, 208, 226), (246, 233, 206))
    sheet.box(0, 430, WIDE, 120, "#3a89a8")
    for x, tall in ((210, 190), (420, 250), (930, 220)):
        sheet.line([(x, 470), (x, 470 - tall)], "#6b5138", 8)
        sheet.shape([(x + 10, 470 - tall), (x + 10, 440), (x + 120, 440)], "#ffffff")
        sheet.shape([(x - 60, 470), (x + 130, 470), (x + 95, 510), (x - 25, 510)], "#c4573e")
    sheet.box(0, 540, WIDE, 180, "#e4c9a0")
    for column in range(16):
        for row in range(3):
            sheet.box(
                column * 84 + (row % 2) * 42, 552 + row * 58, 76, 48, ("#dcbd90", "#e9d3b0")[(row + column) % 2], 6
            )
    sheet.line([(660, 620), (660, 300)], "#37474f", 14)
    sheet.round(660, 280, 38, "#ffd978")
    for x, shirt in ((520, "#2f7d7a"), (590, "#d9644a"), (770, "#5b6abf"), (840, "#e7b34c")):
        sheet.person(x, 660, 130, shirt)
    return png(sheet)


@cache
def deadline() -> bytes:
    """Draw a clock, a sheet of paper and a running person."""
    sheet = Sheet((250, 236, 214), (238, 205, 178))
    sheet.round(880, 320, 240, "#ffffff")
    sheet.ring(880, 320, 240, "#c4573e", 26)
    sheet.line([(880, 320), (880, 150)], "#37474f", 18)
    sheet.line([(880, 320), (1000, 400)], "#37474f", 18)
    sheet.round(880, 320, 22, "#37474f")
    sheet.box(0, 610, WIDE, 110, "#2f7d7a")
    for x in (150, 260, 370):
        sheet.box(x - 30, 250 + x / 6, 150, 190, "#ffffff", 8)
        for row in range(4):
            sheet.box(x - 8, 280 + x / 6 + row * 36, 100 - row * 14, 10, "#b9c4c9", 5)
    sheet.person(520, 640, 240, "#5b6abf")
    return png(sheet)


PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "spoiler": (spoiler, "ציור: אולם קולנוע, ומישהו בקהל מדבר בקול"),
    "square": (square, "ציור: כיכר ליד הנמל, אנשים ליד פנס ישן וסירות מפרש"),
    "deadline": (deadline, "ציור: שעון גדול, דפים באוויר ואדם שממהר"),
}
