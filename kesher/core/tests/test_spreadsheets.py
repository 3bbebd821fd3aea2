"""What people wrote stands in a spreadsheet as they wrote it, and runs nowhere."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from kesher.core.output.spreadsheets import csv_line, escape_formula

APPS = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ["=1+1", "+972", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1", "＝1+1"])
def test_what_could_run_gets_an_apostrophe(text: str) -> None:
    assert next(csv.reader(StringIO(csv_line([text]), newline=""))) == [f"'{text}"]


def test_names_and_numbers_stay_as_they_are() -> None:
    cells = ["דנה, לוי", 'a "b"', -32.5, 7, None, "a=b"]
    assert [escape_formula(cell) for cell in cells] == ["דנה, לוי", 'a "b"', "-32.5", "7", "", "a=b"]


def test_nobody_writes_csv_by_himself() -> None:
    sources = [path for path in APPS.rglob("*.py") if "tests" not in path.parts and path.name != "spreadsheets.py"]
    assert not [path for path in sources if re.search(r"csv\.(writer|DictWriter)", path.read_text(encoding="utf-8"))]
