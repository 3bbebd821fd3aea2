"""Points on the map: distance between two, and the form widget for entering a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any, NamedTuple

from django import forms

from kesher.core.ui.form_fields import COORDINATES, PlaceField

EARTH_METRES = 6_371_008.8
DEGREE_METRES = 111_195.0


class Point(NamedTuple):
    """A point in degrees (WGS 84)."""

    lat: float
    lon: float

    @property
    def url(self) -> str:
        """Return the link that opens the point in the phone's own map app (RFC 5870)."""
        return f"geo:{self}"

    def __str__(self) -> str:
        """Return "latitude,longitude" with six decimals."""
        return f"{self.lat:.6f},{self.lon:.6f}"


def distance_in_metres(one: Point, other: Point) -> float:
    """Return the distance in metres of two points along the earth's surface (haversine)."""
    lat, lon = radians(other.lat - one.lat), radians(other.lon - one.lon)
    inner = sin(lat / 2) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(lon / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(inner)))


def bounding_square(point: Point, reach: float) -> tuple[float, float, float, float]:
    """Return (south, west, north, east) of a square that holds every point within ``reach`` metres.

    The poles and the date line are not handled: Israel is far from both.
    """
    lat = reach / DEGREE_METRES
    lon = lat / max(cos(radians(point.lat)), 0.01)
    return point.lat - lat, point.lon - lon, point.lat + lat, point.lon + lon


def find_point(place: Mapping[str, Any] | None) -> Point | None:
    """Return the coordinates in a cleaned place answer, or None where it has only words."""
    if not place or place.get("lat") is None or place.get("lon") is None:
        return None
    return Point(float(place["lat"]), float(place["lon"]))


class PlaceInput(forms.TextInput):
    """A text field for an address, with a map pin beside it.

    Both make one raw answer of a PlaceField: ``lat,lon;words``. The text field works without JavaScript. The browser
    offers ``suggestions``, the names of places, while somebody writes.
    """

    template_name = "reports/place_input.html"
    suggestions: Sequence[str] = ()

    class Media:
        """The widget's style sheet and script."""

        css = {"all": ["reports/reports.css"]}
        js = [forms.Script("reports/report.js", defer=True)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the widget's template context, with the map's pin apart from the words."""
        point, address = split_place_answer(str(value or ""))
        context = super().get_context(name, address, attrs)
        context["widget"] |= {"point": point, "suggestions": self.suggestions}
        if self.suggestions:
            context["widget"]["attrs"]["list"] = f"{name}_suggestions"
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Return pin and words of a posted place joined into one raw answer."""
        words, pin = str(data.get(name) or "").strip(), str(data.get(f"{name}_pin") or "").strip()
        match = COORDINATES.match(pin)
        if match is None or COORDINATES.match(words.partition(";")[0]):
            return words
        return PlaceField.as_text(float(match[1]), float(match[2]), words)


def split_place_answer(raw: str) -> tuple[str, str]:
    """Return (pin as "lat,lon" or "", words) of a raw answer to a place question."""
    first, _semicolon, address = raw.partition(";")
    return (first.strip(), address.strip()) if COORDINATES.match(first) else ("", raw)
