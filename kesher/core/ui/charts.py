"""Draw charts and QR codes as SVG on the server.

The content security policy allows no inline styles or scripts, so colours come from classes in the style sheet. Each
chart has a name for screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from typing import Any, Concatenate

import segno
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.core.templatetags.ui import language_of, number

Row = tuple[str, float]


type Draw[Item, **Options] = Callable[Concatenate[Sequence[Item], Options], SafeString]


def drawn_once[Item, **Options](draw: Draw[Item, Options]) -> Draw[Item, Options]:
    """Return the function of rows (of plain values) with its latest drawings stored, for each language."""

    @lru_cache(maxsize=500, typed=True)
    def stored(_language: str | None, rows: tuple[Any, ...], *args: Any, **kwargs: Any) -> SafeString:
        """Return the drawing of these rows in the active language."""
        return draw(rows, *args, **kwargs)

    @wraps(draw)
    def drawing(rows: Sequence[Item], /, *args: Options.args, **kwargs: Options.kwargs) -> SafeString:
        """Return the drawing of these rows, stored or made now."""
        return stored(get_language(), tuple(rows), *args, **kwargs)  # type: ignore[arg-type]  # plain values

    return drawing


def sparkline(values: Sequence[float], title: str) -> SafeString:
    """Return a small line chart without axes as SVG, for the end of a sentence or a card.

    `values` are the numbers, oldest first; `title` says what they are.
    """
    if not values:
        return SafeString("")
    top, low = max(values), min(values)
    span, step = (top - low) or 1, 100 / max(len(values) - 1, 1)
    points = [(round(index * step, 2), round(28 - (value - low) / span * 24, 2)) for index, value in enumerate(values)]
    line = " ".join(f"{x},{y}" for x, y in points)
    return format_html(
        '<svg class="spark" role="img" viewBox="0 0 100 32" preserveAspectRatio="none"><title>{}</title>'
        '<polygon class="chart-area" points="0,32 {} 100,32"/>'
        '<polyline class="chart-line" points="{}"/></svg>',
        title,
        line,
        line,
    )


@drawn_once
def columns(rows: Sequence[Row], title: str, *, unit: str = "", note: str = "") -> SafeString:
    """Return a column chart over time as HTML, oldest first, with the numbers in a table that opens below.

    `rows` are (label, value) pairs; `note` is a sentence that says what to see.
    """
    top = max((value for _label, value in rows), default=0) or 1
    step = 100 / max(len(rows), 1)
    bars = format_html_join(
        "",
        '<rect class="chart-bar" x="{}" y="{}" width="{}" height="{}" rx=".6"><title>{}: {}</title></rect>',
        (
            (f"{i * step + step * 0.14:.2f}", f"{40 - h:.2f}", f"{step * 0.72:.2f}", f"{h:.2f}", label, number(value))
            for i, (label, value) in enumerate(rows)
            for h in [max(value / top * 38, 0.4 if value else 0)]
        ),
    )
    ends = format_html("<span>{}</span><span>{}</span>", rows[0][0], rows[-1][0]) if rows else ""
    return format_html(
        '<figure class="chart"><figcaption><b>{}</b> <span class="quiet">{}</span></figcaption>'
        '<svg class="columns" role="img" viewBox="0 0 100 40" preserveAspectRatio="none" aria-label="{}">'
        '<line class="chart-base" x1="0" x2="100" y1="40" y2="40"/>{}</svg>'
        '<p class="chart-ends quiet">{}</p>{}</figure>',
        title,
        note,
        f"{title}. {note}" if note else title,
        bars,
        ends,
        _as_table(rows, title, unit),
    )


@drawn_once
def bars(
    rows: Sequence[Row], title: str, *, unit: str = "", top: float | None = None, shown: int | None = None
) -> SafeString:
    """Return a table of horizontal bars as HTML, one for each row.

    `top` is the value of a full bar (default: the largest value). Rows beyond the first `shown` are folded.
    """
    if shown is not None and len(rows) > shown:
        full = top or max(value for _label, value in rows)
        rest = _("%(count)s more") % {"count": number(len(rows) - shown)}
        return format_html(
            '{}<details class="bars-rest"><summary>{}</summary>{}</details>',
            bars(rows[:shown], title, unit=unit, top=full),
            rest,
            bars(rows[shown:], title, unit=unit, top=full),
        )
    full = top or max((value for _label, value in rows), default=0) or 1
    body = format_html_join(
        "",
        '<tr><th scope="row" lang="{}" dir="auto">{}</th><td class="chart-cell"><svg viewBox="0 0 100 8"'
        ' aria-hidden="true" preserveAspectRatio="none"><rect class="chart-track" width="100" height="8" rx="1"/>'
        '<rect class="chart-bar" width="{}" height="8" rx="1"/></svg></td><td class="number">{}{}</td></tr>',
        (
            (language_of(label), label, f"{min(value / full, 1) * 100:.2f}", number(value), unit)
            for label, value in rows
        ),
    )
    return format_html('<table class="bars"><caption>{}</caption><tbody>{}</tbody></table>', title, body)


def qr_svg(text: str, title: str = "") -> SafeString:
    """Return a QR code of the text as inline SVG.

    It is dark on white in every theme, because cameras may not read an inverted code.
    """
    size, path = qr_path(text)
    return format_html(
        '<svg class="qr" role="img" viewBox="0 0 {} {}" shape-rendering="crispEdges"><title>{}</title>'
        '<rect class="qr-paper" width="100%" height="100%"/><path class="qr-ink" d="{}"/></svg>',
        size,
        size,
        title or _("QR code"),
        path,
    )


@lru_cache(maxsize=500)
def qr_path(text: str) -> tuple[int, str]:
    """Return a text's QR code as (width in modules, SVG path). Computing one costs a third of a petition's page."""
    code = segno.make(text, error="m", micro=False)
    return len(code.matrix) + 8, "".join(_runs(code.matrix))


def _runs(matrix: Iterable[Iterable[int]]) -> Iterable[str]:
    """Yield the dark runs of each row as SVG path commands, inside the quiet zone of four modules."""
    for y, line in enumerate(matrix):
        start: int | None = None
        for x, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start + 4} {y + 4}h{x - start}v1H{start + 4}z"
                start = None


def _as_table(rows: Sequence[Row], title: str, unit: str) -> SafeString:
    """Return a chart's numbers as an HTML table inside `<details>`."""
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="number">{}{}</td></tr>',
        ((label, number(value), unit) for label, value in rows),
    )
    return format_html(
        '<details class="chart-table"><summary>{}</summary><table><caption class="visually-hidden">{}</caption>'
        "<tbody>{}</tbody></table></details>",
        _("The numbers as a table"),
        title,
        body,
    )
