"""Lines of CSV that a spreadsheet shows as they were written, whatever people put into a name."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

# What a spreadsheet may take for the beginning of a formula (OWASP, "CSV Injection"), the wide forms included.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(cell: object) -> str:
    """Return a cell as text, with an apostrophe in front of words that could run as a formula; numbers cannot."""
    text = "" if cell is None else str(cell)
    return text if isinstance(cell, int | float) or not text.startswith(_FORMULA) else f"'{text}"


def csv_line(cells: Iterable[object], end: str = "\r\n") -> str:
    """Return one line of CSV, with its end."""
    out = StringIO()
    csv.writer(out, lineterminator=end).writerow([escape_formula(cell) for cell in cells])
    return out.getvalue()
