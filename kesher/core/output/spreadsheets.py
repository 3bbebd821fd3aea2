"""Write CSV lines whose cells no spreadsheet program runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

# Characters that may start a formula (OWASP, "CSV Injection"), including full-width forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(cell: object) -> str:
    """Return a cell as text, with an apostrophe before text that could run as a formula.

    Numbers are left as they are.
    """
    text = "" if cell is None else str(cell)
    return text if isinstance(cell, int | float) or not text.startswith(_FORMULA) else f"'{text}"


def csv_line(cells: Iterable[object], end: str = "\r\n") -> str:
    """Return one line of CSV, with its line end."""
    out = StringIO()
    csv.writer(out, lineterminator=end).writerow([escape_formula(cell) for cell in cells])
    return out.getvalue()
