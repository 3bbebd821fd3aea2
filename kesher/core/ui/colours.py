"""Compute a theme's colours from an agency's accent colour, with the contrast that WCAG 2 asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

RGB = tuple[int, int, int]

HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
TEXT_CONTRAST = 4.5
WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)
# As in kesher.css: the background of accent text, and the quiet text colour on the accent's soft tint.
LIGHT_GROUND: RGB = (250, 247, 242)
LIGHT_QUIET: RGB = (77, 90, 103)
DARK_GROUND: RGB = (24, 33, 38)
DARK_QUIET: RGB = (170, 182, 189)


def parse(colour: str) -> RGB:
    """Return the (red, green, blue) of a colour such as "#rgb" or "#rrggbb". Raise ValueError for anything else."""
    if not HEX.fullmatch(colour):
        raise ValueError(f"not a colour: {colour!r}")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def as_hex(rgb: RGB) -> str:
    """Return a colour as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def luminance(rgb: RGB) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2, "relative luminance")."""
    parts = [value / 255 for value in rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """Return a mixture of two colours; `share`, from 0 to 1, is the part of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def toward(colour: RGB, target: RGB, readable: Callable[[RGB], bool]) -> RGB:
    """Return the first readable mixture on the way from a colour to a target, in steps of 2 %; else the target."""
    return next((moved for step in range(50) if readable(moved := mix(colour, target, step / 50))), target)


def theme_css(accent: str, accent_dark: str = "") -> str:
    """Return a style sheet that gives an agency its accent colour in both themes.

    `accent` is for the light theme, `accent_dark` for the dark one (default: made from the first). Every pair of text
    and background gets a contrast of at least 4.5; a colour that is too pale or too dark is moved until it does. Raise
    ValueError for anything but a hexadecimal colour, so nothing else can enter the sheet.
    """
    light = _light(parse(accent))
    dark = _dark(parse(accent_dark or accent))
    pairs = "\n".join(f"  --{name}: light-dark({as_hex(light[name])}, {as_hex(dark[name])});" for name in light)
    return f":root {{\n{pairs}\n}}\n"


@dataclass(frozen=True, slots=True)
class AccentContrast:
    """How readable text in a chosen accent colour is on a theme's ground, and the nearest colour that passes."""

    ratio: float
    nearest: str

    @property
    def passes(self) -> bool:
        """Return whether the contrast is enough for text (WCAG 2.2, 1.4.3)."""
        return self.ratio >= TEXT_CONTRAST


def measure_accent(colour: str, *, dark: bool = False) -> AccentContrast:
    """Return the contrast of an accent colour with the ground of the light or the dark theme.

    ``nearest`` is the colour that `theme_css` would use in its place. Raise ValueError for anything but a colour.
    """
    rgb = parse(colour)
    made = _dark(rgb) if dark else _light(rgb)
    return AccentContrast(contrast(rgb, DARK_GROUND if dark else LIGHT_GROUND), as_hex(made["accent"]))


def _light(accent: RGB) -> dict[str, RGB]:
    """Return the light theme's CSS variables for an accent colour."""
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
    """Return the dark theme's CSS variables for an accent colour."""
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
