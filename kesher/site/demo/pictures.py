"""Illustrations for the demo's petitions and reports, drawn with Pillow, so no rights are needed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from math import cos, pi, sin

from PIL import Image, ImageDraw

WIDE, HIGH = 1280, 720
# Drawn twice as large and scaled down, for smooth edges.
SCALE = 2
Colour = str | tuple[int, int, int]
Points = Sequence[tuple[float, float]]


class Sheet:
    """A drawing of 1280 × 720 pixels with a sky in a gradient of two colours."""

    def __init__(self, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> None:
        self.image = Image.new("RGB", (WIDE * SCALE, HIGH * SCALE), top)
        self.pen = ImageDraw.Draw(self.image)
        for y in range(0, HIGH * SCALE, 4):
            share = y / (HIGH * SCALE)
            row = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
            self.pen.rectangle((0, y, WIDE * SCALE, y + 4), fill=row)

    def box(self, x: float, y: float, wide: float, high: float, fill: Colour, radius: float = 0) -> None:
        """Draw a rectangle with round corners."""
        corners = (x * SCALE, y * SCALE, (x + wide) * SCALE, (y + high) * SCALE)
        self.pen.rounded_rectangle(corners, radius * SCALE, fill=fill)

    def round(self, x: float, y: float, radius: float, fill: Colour, flat: float = 1.0) -> None:
        """Draw a disc, or an ellipse ``flat`` times as high as it is wide."""
        high = radius * flat
        corners = ((x - radius) * SCALE, (y - high) * SCALE, (x + radius) * SCALE, (y + high) * SCALE)
        self.pen.ellipse(corners, fill=fill)

    def shape(self, points: Points, fill: Colour) -> None:
        """Draw a filled polygon."""
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def line(self, points: Points, fill: Colour, wide: float) -> None:
        """Draw a line with round ends."""
        self.pen.line([(x * SCALE, y * SCALE) for x, y in points], fill=fill, width=round(wide * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.round(x, y, wide / 2, fill)

    def ring(self, x: float, y: float, radius: float, fill: Colour, wide: float) -> None:
        """Draw the outline of a circle."""
        corners = tuple(value * SCALE for value in (x - radius, y - radius, x + radius, y + radius))
        self.pen.ellipse(corners, outline=fill, width=round(wide * SCALE))

    def hill(self, top: float, height: float, turns: float, start: float, fill: Colour) -> None:
        """Draw rolling ground from ``top`` down to the lower edge."""
        edge = [(x, top + height * sin(start + turns * 2 * pi * x / WIDE)) for x in range(0, WIDE + 20, 20)]
        self.shape([*edge, (WIDE, HIGH), (0, HIGH)], fill)

    def person(self, x: float, y: float, size: float, shirt: Colour, skin: Colour = "#c98f68") -> None:
        """Draw a person seen from afar; (x, y) is where the feet stand."""
        self.box(x - size * 0.14, y - size * 0.42, size * 0.28, size * 0.42, "#3c4a5a", size * 0.1)
        self.box(x - size * 0.2, y - size * 0.8, size * 0.4, size * 0.5, shirt, size * 0.15)
        self.round(x, y - size * 0.95, size * 0.18, skin)

    def palm(self, x: float, y: float, high: float, leaf: Colour = "#3d8f76") -> None:
        """Draw a palm tree on the sheet."""
        self.line([(x, y), (x + high * 0.06, y - high * 0.5), (x + high * 0.02, y - high)], "#8a6a4c", high * 0.06)
        for turn in range(7):
            angle = pi + turn * pi / 6
            tip = (x + high * 0.02 + cos(angle) * high * 0.42, y - high + sin(angle) * high * 0.2 + high * 0.1)
            middle = (x + high * 0.02 + cos(angle) * high * 0.24, y - high + sin(angle) * high * 0.26)
            self.line([(x + high * 0.02, y - high), middle, tip], leaf, high * 0.045)

    def tree(self, x: float, y: float, size: float, leaf: Colour = "#4d9a6d") -> None:
        """Draw a tree on the sheet."""
        self.box(x - size * 0.07, y - size * 0.5, size * 0.14, size * 0.5, "#8a6a4c")
        for dx, dy, radius in ((-0.25, -0.6, 0.3), (0.25, -0.6, 0.3), (0, -0.85, 0.34)):
            self.round(x + dx * size, y + dy * size, radius * size, leaf)

    def png(self) -> bytes:
        """Return the drawing as PNG."""
        out = io.BytesIO()
        self.image.resize((WIDE, HIGH), Image.Resampling.LANCZOS).save(out, "PNG", compress_level=1)
        return out.getvalue()


@cache
def shade() -> bytes:
    """Draw a playground under sun sails."""
    sheet = Sheet((142, 205, 224), (253, 240, 214))
    sheet.round(1080, 130, 70, "#f4b84a")
    sheet.hill(520, 18, 1.2, 0.4, "#bfe0b4")
    sheet.hill(590, 12, 1.0, 2.0, "#ecd9ae")
    sheet.tree(110, 560, 190)
    sheet.tree(1180, 565, 170, "#3d8f76")
    for x in (260, 640, 1020):
        sheet.line([(x, 600), (x, 220)], "#6d7a86", 12)
    sheet.shape([(250, 215), (660, 250), (420, 350)], "#e8743b")
    sheet.shape([(620, 205), (1035, 240), (830, 360)], "#0b6b6b")
    sheet.shape([(400, 300), (900, 280), (650, 410)], "#f4c95d")
    sheet.line([(700, 610), (780, 470)], "#c94f3d", 10)
    sheet.line([(780, 470), (900, 600)], "#4b86c2", 24)
    sheet.box(760, 460, 60, 12, "#c94f3d")
    sheet.line([(330, 470), (470, 470)], "#6d7a86", 9)
    for x in (345, 455):
        sheet.line([(x, 470), (x - 15, 610)], "#6d7a86", 6)
    for x in (385, 420):
        sheet.line([(x, 470), (x + 6, 570)], "#6d7a86", 4)
    sheet.box(378, 566, 52, 10, "#c94f3d", 4)
    sheet.person(402, 566, 70, "#7cc2b8")
    sheet.person(560, 625, 84, "#f28f6b")
    sheet.person(960, 635, 120, "#5b7db1")
    sheet.person(1020, 640, 74, "#e3b64a")
    return sheet.png()


@cache
def bicycles() -> bytes:
    """Draw a bicycle lane along the sea."""
    sheet = Sheet((150, 207, 230), (250, 236, 215))
    sheet.round(220, 140, 64, "#f4b84a")
    sheet.box(0, 330, WIDE, 160, "#63b0b8")
    for x in range(40, WIDE, 190):
        sheet.line([(x, 380), (x + 40, 372), (x + 80, 380)], "#d4eeee", 5)
    sheet.box(0, 470, WIDE, 40, "#efdcb2")
    sheet.box(0, 505, WIDE, 90, "#0b6b6b")
    sheet.box(0, 595, WIDE, 125, "#59636e")
    for x in range(0, WIDE, 160):
        sheet.box(x, 655, 90, 9, "#f5f0e6")
        sheet.box(x + 30, 546, 70, 6, "#bfe3df")
    for x in (120, 620, 1130):
        sheet.palm(x, 500, 250)
    for x in (400, 860):
        for wheel in (-58, 58):
            sheet.ring(x + wheel, 545, 42, "#26313a", 7)
        sheet.line([(x - 58, 545), (x - 10, 490), (x + 45, 490), (x + 58, 545)], "#d1603d", 8)
        sheet.line([(x - 10, 490), (x + 5, 545), (x + 45, 490)], "#d1603d", 8)
        sheet.line([(x + 45, 490), (x + 40, 455), (x + 58, 450)], "#26313a", 7)
        sheet.line([(x - 12, 470), (x - 2, 400), (x + 46, 452)], "#f4c95d" if x == 400 else "#7cc2b8", 30)
        sheet.round(x + 8, 360, 26, "#b97e57")
    return sheet.png()


@cache
def library() -> bytes:
    """Draw a library with lit windows in the evening."""
    sheet = Sheet((38, 52, 92), (228, 156, 118))
    sheet.round(1080, 120, 44, "#f6ecd2")
    for x, y in ((120, 90), (300, 150), (520, 70), (760, 130), (930, 60), (1190, 220)):
        sheet.round(x, y, 4, "#f6ecd2")
    sheet.hill(600, 10, 1.0, 1.0, "#3f4b4a")
    sheet.box(260, 250, 760, 380, "#e9dcc6", 8)
    sheet.shape([(220, 262), (640, 120), (1060, 262)], "#b9573f")
    for column in range(5):
        x = 310 + column * 140
        sheet.box(x, 310, 100, 130, "#f9cf72", 6)
        for shelf in range(3):
            for book in range(5):
                colour = ("#c94f3d", "#0b6b6b", "#4b86c2", "#7a4d8b", "#3d8f76")[(book + shelf + column) % 5]
                sheet.box(x + 8 + book * 17, 322 + shelf * 40, 12, 30, colour)
    sheet.box(590, 480, 100, 150, "#7b4b34", 6)
    for x in (330, 470, 730, 870):
        sheet.box(x, 480, 90, 110, "#f9cf72", 6)
    sheet.person(540, 650, 110, "#0b6b6b")
    sheet.person(760, 655, 100, "#d1603d")
    sheet.person(820, 656, 70, "#f4c95d")
    sheet.tree(130, 640, 240, "#2f6b58")
    sheet.tree(1170, 640, 220, "#2f6b58")
    return sheet.png()


@cache
def beach() -> bytes:
    """Draw a boardwalk to the water, wide enough for wheelchairs."""
    sheet = Sheet((148, 212, 235), (214, 238, 241))
    sheet.round(1060, 130, 66, "#f7c04a")
    sheet.box(0, 300, WIDE, 170, "#4fa7b3")
    for x in range(0, WIDE, 220):
        sheet.line([(x, 360), (x + 60, 350), (x + 120, 360)], "#cfeef0", 6)
    sheet.hill(460, 10, 1.5, 0.0, "#f0deb4")
    sheet.shape([(520, 470), (700, 470), (900, 720), (380, 720)], "#b98a5a")
    for step in range(7):
        y = 480 + step * 36
        half = 90 + step * 26
        sheet.line([(612 - half, y), (612 + half + step * 3, y)], "#8f6740", 4)
    for x, colour in ((240, "#d1603d"), (1010, "#0b6b6b")):
        sheet.line([(x, 640), (x + 10, 440)], "#6d7a86", 9)
        sheet.shape([(x - 130, 470), (x + 5, 390), (x + 150, 470)], colour)
    sheet.ring(640, 610, 44, "#26313a", 8)
    sheet.line([(600, 560), (650, 560), (690, 620)], "#26313a", 8)
    sheet.line([(612, 560), (606, 480)], "#5b7db1", 38)
    sheet.round(606, 440, 28, "#c98f68")
    sheet.person(540, 650, 150, "#f4c95d")
    return sheet.png()


@cache
def dogs() -> bytes:
    """Draw a fenced lawn for dogs."""
    sheet = Sheet((160, 210, 222), (244, 238, 220))
    sheet.hill(360, 30, 1.0, 0.6, "#a9cfa0")
    sheet.hill(470, 10, 1.0, 2.0, "#8dbf7f")
    for x in (160, 1080):
        sheet.tree(x, 500, 260)
    for x in range(0, WIDE, 64):
        sheet.box(x, 430, 14, 120, "#8a6a4c", 5)
    for y in (455, 510):
        sheet.box(0, y, WIDE, 12, "#9b7a58")
    for x, y, size, colour in ((420, 640, 1.2, "#b9773f"), (780, 660, 0.9, "#4a4038")):
        sheet.round(x, y - 60 * size, 70 * size, colour, 0.5)
        sheet.round(x + 75 * size, y - 100 * size, 34 * size, colour)
        sheet.round(x + 104 * size, y - 92 * size, 18 * size, colour, 0.7)
        sheet.shape(
            [(x + 52 * size, y - 110 * size), (x + 40 * size, y - 72 * size), (x + 66 * size, y - 92 * size)], "#2c2622"
        )
        for leg in (-48, -26, 26, 48):
            sheet.line([(x + leg * size, y - 40 * size), (x + leg * size, y)], colour, 15 * size)
        sheet.line([(x - 62 * size, y - 72 * size), (x - 110 * size, y - 118 * size)], colour, 14 * size)
    sheet.round(610, 620, 22, "#e3b64a")
    sheet.person(1000, 670, 170, "#0b6b6b")
    return sheet.png()


@cache
def walk() -> bytes:
    """Draw the way to school under trees."""
    sheet = Sheet((142, 205, 232), (236, 247, 243))
    sheet.round(160, 120, 52, "#f6b73c")
    for x, high, wall in ((60, 250, "#f3e6cf"), (300, 300, "#e8d3b0"), (560, 230, "#f3e6cf"), (800, 320, "#efe0c4")):
        sheet.box(x, 470 - high, 210, high, wall)
        for column in (0, 1):
            for row in range(2 if high < 260 else 3):
                sheet.box(x + 34 + column * 90, 500 - high + row * 78, 48, 50, "#7fb2c9", 6)
    sheet.box(1030, 230, 220, 240, "#d96b4b")
    sheet.shape([(1010, 230), (1140, 140), (1270, 230)], "#a94c33")
    sheet.box(1112, 350, 58, 120, "#5b3a2a", 8)
    sheet.box(0, 470, WIDE, 130, "#d9cfbd")
    sheet.box(0, 600, WIDE, 120, "#6d7782")
    for x in range(40, WIDE, 180):
        sheet.box(x, 656, 90, 10, "#f4f1e8")
    for x in range(90, 1060, 190):
        sheet.tree(x, 560, 190)
    for x, size, shirt, bag in (
        (330, 96, "#0f6f6c", "#f6b73c"),
        (470, 84, "#e86f3a", "#3f67c4"),
        (700, 100, "#3f67c4", "#d96b4b"),
    ):
        sheet.box(x - size * 0.34, 590 - size * 0.78, size * 0.22, size * 0.38, bag, 8)
        sheet.person(x, 590, size, shirt)
    return sheet.png()


@cache
def chess() -> bytes:
    """Draw two people at a chess table, and a lighthouse."""
    sheet = Sheet((250, 200, 150), (253, 238, 214))
    sheet.round(1060, 300, 74, "#f08a4b")
    sheet.box(0, 400, WIDE, 120, "#5fa9bd")
    sheet.hill(480, 16, 1, 0.4, "#8fbf86")
    sheet.shape([(1010, 470), (1038, 190), (1102, 190), (1130, 470)], "#fbf7ee")
    sheet.shape([(1021, 362), (1031, 262), (1109, 262), (1119, 362)], "#c8452f")
    sheet.box(1034, 150, 72, 44, "#f6d36b", 6)
    sheet.shape([(1024, 152), (1070, 104), (1116, 152)], "#c8452f")
    sheet.tree(250, 600, 420, "#3f8f63")
    sheet.box(470, 520, 340, 26, "#c9b79a", 8)
    sheet.box(618, 546, 44, 120, "#a89678")
    for row in range(4):
        for column in range(8):
            x, y = 544 + column * 24 - row * 6, 496 + row * 8
            sheet.box(x, y, 24, 8, "#3c4a5a" if (row + column) % 2 else "#f7f1e3")
    for x, high, colour in ((572, 34, "#2f3a46"), (620, 26, "#2f3a46"), (664, 30, "#fffaf0"), (706, 38, "#fffaf0")):
        sheet.box(x, 500 - high, 12, high, colour, 5)
        sheet.round(x + 6, 500 - high, 9, colour)
    sheet.box(396, 590, 110, 22, "#a97b50", 6)
    sheet.box(776, 590, 110, 22, "#a97b50", 6)
    sheet.person(450, 640, 210, "#3f67c4")
    sheet.person(832, 640, 200, "#0f6f6c", "#e0b08a")
    return sheet.png()


@cache
def pothole() -> bytes:
    """Draw a hole in the road by a zebra crossing."""
    sheet = Sheet((104, 111, 118), (84, 90, 97))
    for row in range(90):
        for spot in range(26):
            x, y = (spot * 53 + row * 29) % WIDE, (row * 8 + spot * 3) % HIGH
            sheet.round(x, y, 2.2, (122, 128, 134) if (row + spot) % 2 else (70, 75, 82))
    for stripe in range(5):
        sheet.shape(
            [(60 + stripe * 250, 0), (180 + stripe * 250, 0), (120 + stripe * 250, 250), (0 + stripe * 250, 250)],
            "#dcdcd4",
        )
    edge = [
        (
            650 + 250 * cos(turn * pi / 9) * (1 + 0.12 * sin(turn * 2.7)),
            470 + 130 * sin(turn * pi / 9) * (1 + 0.15 * cos(turn * 1.9)),
        )
        for turn in range(18)
    ]
    sheet.shape(edge, "#3b3733")
    sheet.shape([((x - 650) * 0.82 + 655, (y - 470) * 0.78 + 482) for x, y in edge], "#25211e")
    sheet.round(690, 505, 120, "#4b5f69", 0.35)
    for points in (
        [(420, 440), (330, 400), (270, 420)],
        [(870, 520), (980, 560), (1060, 540)],
        [(640, 600), (620, 680), (560, 715)],
    ):
        sheet.line(points, "#2c2a28", 6)
    for x, y, size in ((380, 560, 16), (910, 410, 20), (520, 330, 12), (820, 610, 14)):
        sheet.round(x, y, size, "#5f5a54", 0.7)
    return sheet.png()


@cache
def dark_lamp() -> bytes:
    """Draw a street with a dark lamp."""
    sheet = Sheet((22, 30, 56), (58, 62, 92))
    sheet.round(1050, 120, 40, "#e9e3cc")
    sheet.box(0, 560, WIDE, 160, "#2c3038")
    for x in range(40, WIDE, 200):
        sheet.box(x, 630, 100, 10, "#7d7f7a")
    for x, high in ((80, 260), (300, 320), (860, 290), (1080, 240)):
        sheet.box(x, 560 - high, 160, high, "#3a4056")
        for floor in range(3):
            sheet.box(x + 30, 590 - high + floor * 70, 34, 40, "#e8c873" if (x + floor) % 3 else "#2b3044")
            sheet.box(x + 96, 590 - high + floor * 70, 34, 40, "#2b3044" if (x + floor) % 2 else "#e8c873")
    sheet.line([(640, 580), (640, 190), (760, 170)], "#8b939b", 12)
    sheet.shape([(735, 165), (815, 160), (805, 195), (745, 195)], "#5a626b")
    return sheet.png()


@cache
def full_bin() -> bytes:
    """Draw an overflowing bin."""
    sheet = Sheet((200, 220, 224), (240, 232, 214))
    sheet.box(0, 540, WIDE, 180, "#b9b3a6")
    sheet.box(0, 200, WIDE, 340, "#d9cbb2")
    for x in range(0, WIDE, 120):
        sheet.line([(x, 200), (x, 540)], "#cbbb9f", 3)
    sheet.box(470, 280, 340, 320, "#3f7f5f", 18)
    sheet.box(440, 250, 400, 44, "#356c51", 14)
    for x, y, size, colour in (
        (520, 235, 62, "#22282d"),
        (640, 215, 74, "#38424a"),
        (750, 240, 60, "#22282d"),
        (390, 590, 70, "#38424a"),
        (900, 600, 84, "#22282d"),
        (840, 560, 52, "#4c5760"),
    ):
        sheet.round(x, y, size, colour, 0.85)
        sheet.shape([(x - 12, y - size * 0.8), (x + 14, y - size * 0.8), (x, y - size * 1.15)], colour)
    sheet.box(300, 560, 120, 84, "#c49a68", 4)
    for x in (540, 740):
        sheet.round(x, 610, 28, "#26313a")
    return sheet.png()
