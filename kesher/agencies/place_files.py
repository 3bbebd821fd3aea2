"""Read and write the agency's list of places as a table: comma- or tab-separated, with a line of titles.

The columns are `code`, `kind`, a name in each language (`he`, `ar`, …) and what people call it besides (`other_he`, …;
several names are separated by "|").
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from kesher.agencies.models import Place
from kesher.core.output.spreadsheets import csv_line, escape_formula
from kesher.language import LANGUAGES

COLUMNS: Final = ("code", "kind", *LANGUAGES, *(f"other_{lang}" for lang in LANGUAGES))
SEPARATOR: Final = "|"  # between several other names
CODE_MOST, NAME_MOST, ROWS_MOST = 60, 60, 20_000
TAKEN: Final = frozenset({"new", "import"})  # addresses of pages


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place of a file. ``line``: the number of its line, from 1."""

    line: int
    code: str
    kind: str
    names: dict[str, str]
    other_names: dict[str, list[str]]


@dataclass(slots=True)
class PlaceFile:
    """What a file says: its places, and what is wrong with which line."""

    rows: list[PlaceRow] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class PlaceChanges:
    """What an import would do, or did: the places that are new, that change, and those that stay as they are."""

    new: list[PlaceRow] = field(default_factory=list)
    changed: list[PlaceRow] = field(default_factory=list)
    same: int = 0


def read_places(text: str) -> PlaceFile:
    """Return the places of a file, and its errors by line."""
    text = text.removeprefix("\ufeff")
    title, _newline, _rest = text.partition("\n")
    lines = csv.reader(StringIO(text), delimiter=next((sign for sign in "\t;" if sign in title), ","))
    found = PlaceFile()
    columns: list[str] = []
    codes: dict[str, int] = {}
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                if error := wrong_columns(columns):
                    found.errors.append((lines.line_num, error))
                    return found
                continue
            row = read_row(lines.line_num, dict(zip(columns, cells, strict=False)))
            errors = row_errors(row, codes)
            if len(cells) > len(columns):
                errors.append(_("This line has more cells than the first one has titles."))
            codes.setdefault(row.code, row.line)
            found.rows.append(row)
            found.errors += [(row.line, error) for error in errors]
    except csv.Error as error:
        found.errors.append((lines.line_num, str(error)))
    if not found.rows and not found.errors:
        found.errors.append((1, _("There is no place in this file.")))
    if len(found.rows) > ROWS_MOST:
        found.errors.append(
            (found.rows[ROWS_MOST].line, _("A list has at most %(most)s places.") % {"most": ROWS_MOST})
        )
    return found


def wrong_columns(columns: Sequence[str]) -> str:
    """Return what is wrong with the titles of a file's columns; "" for nothing."""
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        return _("There is no column “%(name)s”. The columns are: %(all)s.") % {
            "name": unknown[0],
            "all": ", ".join(COLUMNS),
        }
    missing = [name for name in ("code", "kind") if name not in columns]
    if missing:
        return _("The column “%(name)s” is missing.") % {"name": missing[0]}
    if len(set(columns)) < len(columns):
        return _("Two columns have the same title.")
    return ""


def read_row(line: int, cells: Mapping[str, str]) -> PlaceRow:
    """Return the place of a line, without what is empty in it."""
    plain = {name: unescape_formula(" ".join(cell.split())) for name, cell in cells.items()}
    others = {
        lang: list(dict.fromkeys(filter(None, map(str.strip, plain.get(f"other_{lang}", "").split(SEPARATOR)))))
        for lang in LANGUAGES
    }
    return PlaceRow(
        line,
        plain.get("code", ""),
        plain.get("kind", "").lower(),
        {lang: plain[lang] for lang in LANGUAGES if plain.get(lang)},
        {lang: names for lang, names in others.items() if names},
    )


def unescape_formula(cell: str) -> str:
    """Return a cell without the apostrophe that a spreadsheet's export may have put before it."""
    return cell[1:] if cell.startswith("'") and escape_formula(cell[1:]) == cell else cell


def row_errors(row: PlaceRow, codes: Mapping[str, int]) -> list[str]:
    """Return what is wrong with a place; ``codes`` are those of the lines before, with their lines."""
    found = []
    if not is_place_code(row.code):
        found.append(_("The code is missing, or has other signs than a–z, 0–9, - and _."))
    if row.code in codes:
        found.append(_("Line %(line)s has the same code.") % {"line": codes[row.code]})
    if row.kind not in Place.Kind.values:
        found.append(_("The kind must be one of: %(all)s.") % {"all": ", ".join(Place.Kind.values)})
    if not row.names:
        found.append(_("It has no name in any language."))
    every = [*row.names.values(), *(name for names in row.other_names.values() for name in names)]
    if any(len(name) > NAME_MOST for name in every):
        found.append(_("A name has at most %(most)s characters.") % {"most": NAME_MOST})
    return found


def is_place_code(code: str) -> bool:
    """Return whether a code can be part of an address."""
    try:
        validate_slug(code)
    except ValidationError:
        return False
    return len(code) <= CODE_MOST and code not in TAKEN


def compare_places(rows: Iterable[PlaceRow]) -> PlaceChanges:
    """Return what would change if these places were stored; places that are not among them stay as they are."""
    here = {place.code: place for place in Place.objects.all()}
    found = PlaceChanges()
    for row in rows:
        place = here.get(row.code)
        if place is None:
            found.new.append(row)
        elif (place.kind, place.names, place.other_names) != (row.kind, row.names, row.other_names):
            found.changed.append(row)
        else:
            found.same += 1
    return found


def write_places(places: Iterable[Place]) -> str:
    """Return places as a table that `read_places` reads, comma-separated."""
    lines = [csv_line(COLUMNS)]
    lines += [
        csv_line(
            [
                *(place.code, place.kind),
                *(place.names.get(lang, "") for lang in LANGUAGES),
                *(SEPARATOR.join(place.other_names.get(lang, [])) for lang in LANGUAGES),
            ]
        )
        for place in places
    ]
    return "".join(lines)
