"""Draw the map of opinion groups as SVG: each person a dot, near those who answer alike.

Groups differ by shape and by letter, not by colour alone; the same is said in words beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.contests.counting.opinion_map import HIGH, WIDE
from kesher.core.templatetags.ui import number

Point = tuple[float, float]
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
SIZE = 1.15


def letter(group: int) -> str:
    """Return the translated letter A to E that names an opinion group."""
    names = (
        pgettext("opinion group", "A"),
        pgettext("opinion group", "B"),
        pgettext("opinion group", "C"),
        pgettext("opinion group", "D"),
        pgettext("opinion group", "E"),
    )
    return names[group % len(names)]


def opinion_picture(drawn: dict[str, Any]) -> SafeString:
    """Return the opinion map as an SVG with a label, group areas, dots and letters.

    ``drawn``: what `opinion_map.draw_opinion_map` stored.
    """
    dots: Sequence[Sequence[float]] = drawn["dots"]
    groups = len(drawn["groups"])
    by_group = [[(x, y) for x, y, group, _n in dots if group == wanted] for wanted in range(groups)]
    grounds = format_html_join(
        "",
        '<polygon class="og-ground og-{}" points="{}"/>',
        ((group, polygon_points(convex_hull(points))) for group, points in enumerate(by_group) if points),
    )
    marks = format_html_join(
        "", '<path class="og-dot og-{}" d="{}"/>', ((int(g), outline(int(g), x, y, n)) for x, y, g, n in dots)
    )
    letters = format_html_join(
        "",
        '<g class="og-letter og-{}"><circle cx="{}" cy="{}" r="4.2"/><text x="{}" y="{}" dy=".36em">{}</text></g>',
        (
            (group, f"{x:.1f}", f"{y:.1f}", f"{x:.1f}", f"{y:.1f}", letter(group))
            for group, (x, y) in enumerate(separate_letters([median_point(points) for points in by_group]))
        ),
    )
    return format_html(
        '<svg class="opinion-map" role="img" viewBox="0 0 {} {}" aria-label="{}">{}{}{}</svg>',
        int(WIDE),
        int(HIGH),
        picture_label(drawn),
        grounds,
        marks,
        letters,
    )


def picture_label(drawn: dict[str, Any]) -> str:
    """Return the opinion map described in words, for people who do not see it."""
    people = ngettext("%(count)s person", "%(count)s people", drawn["people"]) % {"count": number(drawn["people"])}
    sizes = ", ".join(
        _("group %(letter)s: %(count)s") % {"letter": letter(at), "count": number(group["size"])}
        for at, group in enumerate(drawn["groups"])
    )
    return _("%(people)s as dots, near those who answer alike; %(sizes)s") % {"people": people, "sizes": sizes}


def key_mark(group: int) -> SafeString:
    """Return an SVG of a group's symbol, for the legend."""
    return format_html(
        '<svg class="og-key" viewBox="0 0 4 4" aria-hidden="true"><path class="og-dot og-{}" d="{}"/></svg>',
        group,
        outline(group, 2, 2, 1),
    )


def outline(group: int, x: float, y: float, n: float) -> str:
    """Return the SVG path of a group's symbol at (x, y), whose area grows with ``n`` people."""
    r = SIZE * sqrt(n) if n < 9 else SIZE * 3
    shape = SHAPES[group % len(SHAPES)]
    if shape == "circle":
        return f"M{x - r:.2f} {y:.2f}a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {-2 * r:.2f} 0z"
    corners: dict[str, list[Point]] = {
        "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "triangle": [(0, -1.25), (1.15, 0.9), (-1.15, 0.9)],
        "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
        "cross": [
            *((-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4)),
            *((0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4)),
        ],
    }
    return "M" + "L".join(f"{x + dx * r:.2f} {y + dy * r:.2f}" for dx, dy in corners[shape]) + "z"


def convex_hull(points: Sequence[Point]) -> list[Point]:
    """Return the corners of the points' convex hull (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(some: Sequence[Point]) -> list[Point]:
        """Return one half of the hull, without its last corner."""
        kept: list[Point] = []
        for point in some:
            while len(kept) > 1 and cross_product(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return half(ordered) + half(ordered[::-1])


def cross_product(a: Point, b: Point, c: Point) -> float:
    """Return the cross product of ab and ac: positive for a left turn."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def median_point(points: Sequence[Point]) -> Point:
    """Return the median x and y of a group's points, which a few outliers do not move."""
    if not points:
        return WIDE / 2, HIGH / 2
    xs, ys = sorted(x for x, _y in points), sorted(y for _x, y in points)
    return xs[len(xs) // 2], ys[len(ys) // 2]


def separate_letters(places: list[Point]) -> list[Point]:
    """Return the letters' positions, moved down where letters would overlap."""
    found: list[Point] = []
    for x, y in places:
        while any(abs(x - a) < 9 and abs(y - b) < 9 for a, b in found):
            y += 9
        found.append((x, min(y, HIGH - 5)))
    return found


def polygon_points(points: Sequence[Point]) -> str:
    """Return the points as the ``points`` attribute of an SVG polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
