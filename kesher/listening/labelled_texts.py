"""Read labelled texts, and split them into folds in which no text is repeated.

A text that stands on both sides of a split is remembered, not understood: on a well-known Hebrew set that alone lifts
the accuracy by five points. So a fold is chosen by the text itself: the same for everybody, whatever the order.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final, Literal, NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

Format = Literal["tsv", "hebemo"]
FOLDS: Final = 5
POINTS: Final = {ord(point): None for point in map(chr, range(0x591, 0x5C8))}  # Hebrew vowel points and accents


class LabelledText(NamedTuple):
    """A text and the label that people gave it."""

    text: str
    label: str


class UnreadableFile(Exception):
    """A file that has no labelled texts in the expected format; the message says what is wrong."""


def read_labelled(path: Path, form: Format = "tsv") -> list[LabelledText]:
    """Return the labelled texts of a file, in its order. Raise UnreadableFile."""
    try:
        found = read_hebemo(path) if form == "hebemo" else read_tsv(path)
    except KeyError as error:
        raise UnreadableFile(f"{path.name} is not in this format: it has no column {error}.") from error
    except (OSError, UnicodeDecodeError, csv.Error, BadZipFile) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error
    if not found:
        raise UnreadableFile(f"{path.name} has no labelled text: each line is a text, a tab and its label.")
    return found


def read_tsv(path: Path) -> list[LabelledText]:
    """Return the rows of a UTF-8 file with a text, a tab and its label a line; the text may have tabs itself."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        text, tab, label = line.rstrip("\r").rpartition("\t")
        if not (tab and text.strip() and label.strip()):
            if line.strip():
                raise UnreadableFile(f"{path.name}, line {number}: expected a text, a tab and its label.")
            continue
        found.append(LabelledText(text, label.strip()))
    return found


def read_hebemo(path: Path) -> list[LabelledText]:
    """Return the texts of HebEMO's main set on whose polarity the raters agreed, labelled "0" (negative) or "1".

    The file is its CSV, or the archive with it: one row for each text, rater and question.
    """
    csv.field_size_limit(10_000_000)
    if is_zipfile(path):
        with ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.endswith(".csv")]
            if not inside:
                raise UnreadableFile(f"{path.name} has no CSV inside.")
            content = archive.read(inside[0])
    else:
        content = path.read_bytes()
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    agreed = {
        row["doc_id"]: LabelledText(row["talkbacks"], row["agreed_score"][:1])
        for row in rows
        if row["emotion_en"] == "sentiment" and row["agreed_score"]
    }
    return list(agreed.values())


def text_key(text: str) -> str:
    """Return what is compared of a text: its letters and digits in lower case, without vowel points."""
    plain = unicodedata.normalize("NFKC", text).translate(POINTS).lower()
    return "".join(char for char in plain if char.isalnum())


def distinct_texts(rows: Iterable[LabelledText]) -> dict[str, LabelledText]:
    """Return one row for each key, in order, without texts that people labelled in two ways."""
    first: dict[str, LabelledText] = {}
    labels: dict[str, set[str]] = {}
    for row in rows:
        key = text_key(row.text)
        first.setdefault(key, row)
        labels.setdefault(key, set()).add(row.label)
    return {key: row for key, row in first.items() if len(labels[key]) == 1}


def draw_texts(rows: dict[str, LabelledText], most: int, seed: int) -> dict[str, LabelledText]:
    """Return at most this many rows, drawn at random; all of them for 0."""
    if not most or len(rows) <= most:
        return rows
    drawn = set(Random(seed).sample(sorted(rows), most))  # noqa: S311  # a sample, no secret
    return {key: row for key, row in rows.items() if key in drawn}


def fold_of(key: str) -> int:
    """Return the number of the fold that a text's key belongs to."""
    return int(sha256(key.encode()).hexdigest(), 16) % FOLDS
