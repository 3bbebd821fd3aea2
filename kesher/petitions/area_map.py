"""Draw where a petition's signers are from: a map with one tile for each area, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from kesher.agencies.models import in_language
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.prepared_query import Prepared
from kesher.core.templatetags.ui import number
from kesher.core.ui.charts import drawn_once
from kesher.participation.models import Participation
from kesher.participation.services import UNKNOWN_AREA
from kesher.petitions.models import Area

WIDE, HIGH, GAP = 100, 62, 5
SHADES = 5
KEPT_SECONDS = 60
LINE = 15  # letters in one line of a tile


def known_areas() -> list[tuple[str, dict[str, str]]]:
    """Return the areas that the public body defined, as (code, {language: name}), cached for a minute."""
    key = memory_key()
    found: list[tuple[str, dict[str, str]]] | None = cache.get(key)
    if found is None:
        found = list(Area.objects.values_list("code", "names"))
        cache.set(key, found, KEPT_SECONDS)
    return found


def memory_key() -> str:
    """Return the key under which this agency's areas are cached."""
    return f"petitions:areas:{current_agency_id()}"


def area_choices(none: Any) -> list[tuple[str, Any]]:
    """Return form choices of the agency's areas, ``none`` (no answer) first; [] if it has no areas."""
    return [("", none), *((code, in_language(names)) for code, names in known_areas())]


def find_last_area(contact: Contact) -> str:
    """Return the code of the area that this person named when they last signed a petition; "" if never.

    Two queries at most.
    """
    mine = Participation.objects.filter(contact__in=contact.family_ids(), action__kind="petition").exclude(area="")
    known = {code for code, _names in known_areas()}
    return next((area for area in mine.order_by("-id").values_list("area", flat=True)[:1] if area in known), "")


class AreaField(forms.ChoiceField):
    """One of the body's areas, or none; left out of a form where `is_asked` is false."""

    def __init__(self, none: Any = gettext_lazy("I would rather not say"), **kwargs: Any) -> None:
        """Offer the agency's areas, and first ``none`` as the label of no answer; never required."""
        super().__init__(**{"choices": partial(area_choices, none), "required": False, **kwargs})

    @property
    def is_asked(self) -> bool:
        """Return whether the agency has areas to choose from, so that the field makes sense."""
        return len(known_areas()) > 0


@dataclass(frozen=True, slots=True)
class Tile:
    """One area of the map.

    ``rate`` is signatures per thousand inhabitants, None where the number of inhabitants is not known. ``shade`` is 0
    (none) to 5 (the most).
    """

    name: str
    column: int
    row: int
    count: int
    rate: float | None
    shade: int


def build_tiles(areas: Sequence[Area], counts: Mapping[str, int]) -> list[Tile]:
    """Return a map tile for each area, shaded by signatures per inhabitant if known, else by signatures."""
    by_people = all(area.people for area in areas)
    found = [max(counts.get(area.code, 0), 0) for area in areas]
    rates = [n * 1000 / area.people if by_people else float(n) for area, n in zip(areas, found, strict=True)]
    top = max(rates, default=0) or 1
    return [
        Tile(area.name, area.column, area.row, n, rate if by_people else None, shade(rate / top))
        for area, n, rate in zip(areas, found, rates, strict=True)
    ]


def shade(share: float) -> int:
    """Return the shade from 0 (none at all) to SHADES for a share of the largest area's value."""
    return min(SHADES, -(-round(share * SHADES * 100) // 100))


def render_area_map(counts: Mapping[str, int]) -> SafeString:
    """Return the map of signatures by area as SVG with a table; "" without areas or if no signer named one.

    At most one query.
    """
    said = any(n > 0 for code, n in counts.items() if code != UNKNOWN_AREA)
    areas = query_areas() if said else []
    known = sum(counts.get(area.code, 0) for area in areas)
    if not areas or known <= 0:
        return SafeString("")
    return draw_map(build_tiles(areas, counts), sum(counts.values()) - known)


@Prepared.of()
def query_areas() -> QuerySet[Area]:
    """Return a queryset of the agency's areas in their order."""
    return Area.objects.all()


@drawn_once
def draw_map(found: Sequence[Tile], unknown: int) -> SafeString:
    """Return the HTML of the map with these tiles; ``unknown``: how many signers named no area."""
    most = max(found, key=lambda tile: tile.count)
    title = _("Signatures by area; most of them in %(area)s") % {"area": most.name}
    return format_html(
        '<figure class="area-map">{}<figcaption class="quiet">{}{}</figcaption>{}</figure>',
        render_tiles(found, title),
        render_key(),
        render_legend(found, unknown),
        table(found, unknown),
    )


def render_key() -> SafeString:
    """Return the map's colour key as HTML: the shades from few to many, in the reading direction."""
    order = range(SHADES, -1, -1) if get_language_bidi() else range(SHADES + 1)
    steps = format_html_join(
        "",
        '<g class="area-{}"><rect x="{}" y="1" width="22" height="14" rx="3"/></g>',
        ((step, place * 25 + 1) for place, step in enumerate(order)),
    )
    wide = 25 * SHADES + 25
    drawn = format_html('<svg class="area-key" viewBox="0 0 {} 16" aria-hidden="true">{}</svg>', wide, steps)
    return format_html('<span class="row"><span>{}</span>{}<span>{}</span></span>', _("Few"), drawn, _("Many"))


def render_legend(found: Sequence[Tile], unknown: int) -> SafeString:
    """Return the HTML that says how to read the map, and how many signers named no area."""
    by_people = found[0].rate is not None
    lines = [_("The darker, the more of its inhabitants signed.") if by_people else _("The darker, the more signed.")]
    if unknown > 0:
        more = ngettext("%(count)s signer did not say where.", "%(count)s signers did not say where.", unknown)
        lines.append(more % {"count": number(unknown)})
    return format_html_join(" ", "<span>{}</span>", ((line,) for line in lines))


def render_tiles(found: Sequence[Tile], title: str) -> SafeString:
    """Return the SVG of the map with a tile for each area."""
    wide = (max(tile.column for tile in found) + 1) * (WIDE + GAP) - GAP
    high = (max(tile.row for tile in found) + 1) * (HIGH + GAP) - GAP
    drawn = format_html_join("", "{}", ((render_tile(tile),) for tile in found))
    return format_html('<svg role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>', wide, high, title, drawn)


def render_tile(tile: Tile) -> SafeString:
    """Return the SVG of one area's tile: its name and its count of signatures."""
    x, y = tile.column * (WIDE + GAP), tile.row * (HIGH + GAP)
    lines = split_name(tile.name)
    first = y + (20 if len(lines) == 1 else 15)
    names = format_html_join(
        "",
        '<text class="area-name" x="{}" y="{}">{}</text>',
        ((x + WIDE // 2, first + 12 * index, line) for index, line in enumerate(lines)),
    )
    return format_html(
        '<g class="area-{}"><rect x="{}" y="{}" width="{}" height="{}" rx="9"/>{}'
        '<text class="area-count" x="{}" y="{}">{}</text></g>',
        tile.shade, x, y, WIDE, HIGH, names, x + WIDE // 2, y + HIGH - 11, number(tile.count),
    )  # fmt: skip


def split_name(name: str) -> list[str]:
    """Return an area's name split into at most two lines for its tile."""
    if len(name) <= LINE or " " not in name:
        return [name]
    middle = min((i for i, letter in enumerate(name) if letter == " "), key=lambda i: abs(i - len(name) // 2))
    return [name[:middle], name[middle + 1 :]]


def table(found: Sequence[Tile], unknown: int) -> SafeString:
    """Return the signatures of each area, and of ``unknown`` areas, as an HTML table for whoever cannot use the map."""
    by_people = found[0].rate is not None
    ordered = sorted(found, key=lambda tile: -tile.count)
    rows = [(tile.name, number(tile.count), number(round(tile.rate or 0, 1))) for tile in ordered]
    rows += [(_("Not said"), number(unknown), "")] if unknown > 0 else []
    cells = '<tr><th scope="row" dir="auto">{}</th><td class="number">{}</td></tr>'
    if by_people:
        cells = cells.replace("</tr>", '<td class="number">{}</td></tr>')
    body = format_html_join("", cells, (row if by_people else row[:2] for row in rows))
    heads = [_("Area"), _("Signatures"), _("Of 1,000 inhabitants")][: 3 if by_people else 2]
    return format_html(
        '<details class="chart-table"><summary>{}</summary><table><caption class="visually-hidden">{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></details>",
        _("The numbers as a table"),
        _("Signatures by area"),
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        body,
    )


def area_data(counts: Mapping[str, int]) -> list[dict[str, object]]:
    """Return the signatures of each area as JSON data, with one more row for all others."""
    areas = {area.code: area for area in Area.objects.all()}
    rows: list[dict[str, object]] = [
        {"name": area.name, "code": code, "signature_count": counts.get(code, 0)} for code, area in areas.items()
    ]
    other = sum(n for code, n in counts.items() if code not in areas)
    return [*rows, {"name": _("Not said"), "code": UNKNOWN_AREA, "signature_count": other}]
