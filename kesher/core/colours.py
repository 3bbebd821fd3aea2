"""Colours that people can read: contrast as WCAG 2 defines it, and an agency's theme made from its accent."""

from __future__ import annotations

import re
from collections.abc import Callable

RGB = tuple[int, int, int]

HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
TEXT_CONTRAST = 4.5
WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)
# As in kesher.css: the ground on which an accent must be readable, and the quiet ink that must be so on its soft tint.
LIGHT_GROUND: RGB = (250, 247, 242)
LIGHT_QUIET: RGB = (77, 90, 103)
DARK_GROUND: RGB = (24, 33, 38)
DARK_QUIET: RGB = (170, 182, 189)


def parse(colour: str) -> RGB:
    """``#rgb`` or ``#rrggbb`` as three numbers. Raises ValueError for anything else."""
    if not HEX.fullmatch(colour):
        raise ValueError(f"not a colour: {colour!r}")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def as_hex(rgb: RGB) -> str:
    """Three numbers as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def luminance(rgb: RGB) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance")."""
    parts = [value / 255 for value in rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """``share`` (0 to 1) of the other colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def toward(colour: RGB, target: RGB, readable: Callable[[RGB], bool]) -> RGB:
    """The colour, moved toward the target only as far as it takes to be readable."""
    return next((moved for step in range(50) if readable(moved := mix(colour, target, step / 50))), target)


def theme_css(accent: str, accent_dark: str = "") -> str:
    """A style sheet that gives an agency its accent, in both themes: nothing else changes.

    In: the accent for the light theme and, if wished, for the dark one (else made from the first). Out: CSS whose every
    text pair has a contrast of 4.5 or more; a colour that is too pale or too dark is moved until it does. Raises
    ValueError where a value is no hexadecimal colour, so nothing else can enter the sheet.
    """
    light = _light(parse(accent))
    dark = _dark(parse(accent_dark or accent))
    pairs = "\n".join(f"  --{name}: light-dark({as_hex(light[name])}, {as_hex(dark[name])});" for name in light)
    return f":root {{\n{pairs}\n}}\n"


def _light(accent: RGB) -> dict[str, RGB]:
    soft = toward(mix(accent, WHITE, 0.88), WHITE, lambda c: contrast(c, LIGHT_QUIET) >= TEXT_CONTRAST + 0.3)
    accent = toward(accent, BLACK, lambda c: min(contrast(c, soft), contrast(c, LIGHT_GROUND)) >= TEXT_CONTRAST + 0.1)
    deep = toward(mix(accent, BLACK, 0.4), BLACK, lambda c: contrast(c, WHITE) >= 9)
    return {
        "accent": accent,
        "accent-ink": WHITE,
        "accent-strong": mix(accent, BLACK, 0.25),
        "accent-soft": soft,
        "deep": deep,
        "deep-ink": WHITE,
    }


def _dark(accent: RGB) -> dict[str, RGB]:
    soft = mix(accent, DARK_GROUND, 0.82)
    soft = toward(soft, DARK_GROUND, lambda c: contrast(c, DARK_QUIET) >= TEXT_CONTRAST + 0.3)
    accent = toward(accent, WHITE, lambda c: min(contrast(c, soft), contrast(c, DARK_GROUND)) >= TEXT_CONTRAST + 0.6)
    deep = toward(mix(accent, BLACK, 0.72), BLACK, lambda c: contrast(c, WHITE) >= 9)
    return {
        "accent": accent,
        "accent-ink": toward(mix(accent, BLACK, 0.8), BLACK, lambda c: contrast(c, accent) >= TEXT_CONTRAST + 0.1),
        "accent-strong": mix(accent, WHITE, 0.3),
        "accent-soft": soft,
        "deep": deep,
        "deep-ink": WHITE,
    }
