"""Read the demo's content: YAML files, pictures, and times that are relative to now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

from kesher.cases.services.starter_sets import read_starter_set
from kesher.core.files.attachments import store_attachment
from kesher.core.models import Attachment

FOLDER = Path(__file__).parent / "data"
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
Row = dict[str, Any]
Words = dict[str, str]


@cache
def read(name: str) -> Any:
    """Return the content of the YAML file with this name in `data/`."""
    # The parser in C is ten times as fast; a Python built without libyaml has only the other.
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((FOLDER / f"{name}.yaml").read_bytes(), parser)  # noqa: S506 (both are safe)


def read_topics() -> list[Row]:
    """Return the demo's topics of requests: those of the municipality's starter set, as `topics.yaml` changes them."""
    rows = {row["code"]: row for row in read_starter_set("municipality").topics}
    return [rows[row] if isinstance(row, str) else rows.get(row["code"], {}) | row for row in read("topics")]


def read_text(name: str) -> str:
    """Return the content of the file with this name in `data/`."""
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def read_picture(name: str) -> bytes:
    """Return the picture with this name as PNG."""
    return (FOLDER / "pictures" / f"{name}.png").read_bytes()


def store_picture(row: Row, name: str) -> Attachment:
    """Store the picture of a petition, contest or message under this file name, and return it."""
    return store_attachment(read_picture(row["picture"]), name=name, alt=row.get("alt", ""))


def span(text: str) -> timedelta:
    """Return the time span that a text such as "-2d 5h" or "+30m" means."""
    parts = {UNITS[unit]: int(count) for count, unit in re.findall(r"(\d+)([dhm])", text)}
    return timedelta(**parts) * (-1 if text.startswith("-") else 1)


def moment(text: str) -> datetime:
    """Return the moment that is this time span away from now."""
    return timezone.now() + span(text)


def fields(row: Row, *without: str) -> Row:
    """Return a row except these keys, as arguments of the service that takes it; times become moments."""
    return {
        name: moment(value) if name.endswith(("_at", "_due", "until")) and isinstance(value, str) else value
        for name, value in row.items()
        if name not in without
    }
