"""Illustrations of the demo's group purchases."""

from __future__ import annotations

from functools import cache

from kesher.site.demo.pictures import WIDE, Sheet


@cache
def heaters() -> bytes:
    """Draw solar water heaters on roofs."""
    sheet = Sheet((126, 196, 226), (252, 238, 208))
    sheet.round(1060, 140, 84, "#f4b84a")
    for x, high, wall in ((40, 250, "#e9dcc6"), (470, 310, "#f1e7d6"), (900, 230, "#e2d2b8")):
        top = 720 - high
        sheet.box(x, top, 350, high, wall, 6)
        for column in range(3):
            for row in range(2):
                sheet.box(x + 35 + column * 105, top + 60 + row * 90, 62, 52, "#7fb4c4", 5)
        sheet.shape([(x + 60, top), (x + 230, top - 110), (x + 300, top - 110), (x + 130, top)], "#22466b")
        for step in range(1, 4):
            shift = step * 43
            sheet.line([(x + 60 + shift, top - step * 27), (x + 130 + shift, top - step * 27)], "#4d7fb0", 4)
        sheet.line([(x + 262, top - 40), (x + 262, top)], "#6d7a86", 8)
        sheet.box(x + 190, top - 168, 140, 58, "#f7f7f2", 28)
        sheet.box(x + 190, top - 168, 26, 58, "#d5dbe0", 13)
    sheet.palm(430, 720, 240)
    return sheet.png()


@cache
def panels() -> bytes:
    """Draw solar panels on a shared roof."""
    sheet = Sheet((140, 202, 230), (253, 240, 214))
    sheet.round(230, 130, 80, "#f4b84a")
    sheet.hill(560, 16, 1.1, 0.8, "#bfe0b4")
    sheet.box(180, 420, 920, 300, "#efe3cd", 6)
    sheet.box(150, 400, 980, 34, "#b9573f", 8)
    for column in range(5):
        x = 210 + column * 170
        sheet.shape([(x, 398), (x + 60, 230), (x + 190, 230), (x + 130, 398)], "#1f4068")
        for line in (1, 2):
            sheet.line([(x + line * 20, 398 - line * 56), (x + 130 + line * 20, 398 - line * 56)], "#5f8fbd", 4)
        sheet.line([(x + 65, 398), (x + 125, 230)], "#5f8fbd", 4)
        sheet.box(x + 20, 480, 80, 100, "#7fb4c4", 6)
    sheet.tree(90, 700, 200)
    sheet.tree(1200, 705, 180, "#3d8f76")
    return sheet.png()


@cache
def oil() -> bytes:
    """Draw cans of olive oil in front of olive trees."""
    sheet = Sheet((176, 214, 214), (250, 238, 206))
    sheet.hill(420, 26, 1.4, 0.2, "#cfd9a4")
    for x in (120, 380, 680, 1000, 1210):
        sheet.tree(x, 480, 190, "#7d9a5c")
    sheet.hill(520, 10, 1.0, 1.6, "#e2cf9c")
    for number, x in enumerate((330, 520, 710)):
        sheet.box(x, 400, 150, 240, ("#3f7d4f", "#c7a13a", "#3f7d4f")[number], 10)
        sheet.box(x + 55, 372, 40, 34, "#30343a", 6)
        sheet.box(x + 22, 470, 106, 110, "#fbf6e6", 8)
        sheet.round(x + 75, 520, 26, "#6f8f45", 1.3)
        sheet.round(x + 68, 508, 7, "#d9e6b8")
    return sheet.png()


@cache
def saplings() -> bytes:
    """Draw fruit trees in pots."""
    sheet = Sheet((152, 210, 226), (254, 242, 216))
    sheet.round(1090, 120, 66, "#f4b84a")
    sheet.hill(560, 14, 1.1, 0.4, "#c9e0a8")
    for number, x in enumerate((170, 400, 640, 880, 1110)):
        sheet.tree(x, 560, 230, ("#4d9a6d", "#5fa86a", "#3d8f76", "#4d9a6d", "#68a95a")[number])
        fruit = ("#f0a53a", "#e2603c", "#f4c95d", "#c94f6d", "#f0a53a")[number]
        for dx, dy in ((-50, -150), (20, -190), (48, -130), (-12, -120)):
            sheet.round(x + dx, 560 + dy, 13, fruit)
        sheet.shape([(x - 62, 548), (x + 62, 548), (x + 44, 650), (x - 44, 650)], "#b9673f")
        sheet.box(x - 70, 536, 140, 22, "#9d5433", 5)
    return sheet.png()


@cache
def laptops() -> bytes:
    """Draw refurbished laptops on a school table."""
    sheet = Sheet((236, 240, 238), (246, 232, 206))
    sheet.box(0, 520, WIDE, 200, "#c69a6a")
    sheet.box(0, 505, WIDE, 24, "#b2875a")
    for number, x in enumerate((130, 500, 870)):
        sheet.box(x, 250, 290, 200, "#2f3a45", 12)
        sheet.box(x + 14, 264, 262, 172, ("#8fd0c6", "#f2c878", "#9bbde0")[number], 6)
        sheet.round(x + 145, 350, 46, "#fbf6e6")
        sheet.shape([(x + 132, 326), (x + 132, 374), (x + 172, 350)], "#0b6b6b")
        sheet.shape([(x - 26, 510), (x + 316, 510), (x + 290, 450), (x, 450)], "#9aa5ae")
        sheet.box(x + 100, 478, 90, 14, "#7d8890", 5)
    return sheet.png()
