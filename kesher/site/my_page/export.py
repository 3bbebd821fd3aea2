"""Export all data of a person: as JSON, as a page, and with their files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding, Ids, read_rows, sorted_holdings
from kesher.core.files.attachments import file_path
from kesher.core.models import Attachment
from kesher.site.my_page.access_log import list_accesses
from kesher.site.my_page.export_labels import column_reader

SHOWN_ROWS = 500


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of stored data with its rows."""

    holding: Holding
    rows: list[dict[str, Any]]

    @property
    def heads(self) -> list[str]:
        """Return the titles of the table's columns."""
        return [str(title) for title in self.holding.fields.values()]

    @property
    def lines(self) -> list[list[str]]:
        """Return the rows that the page shows, each as a list of texts."""
        readers = {name: column_reader(self.holding, name) for name in self.holding.fields}
        return [[read(row[name], row) for name, read in readers.items()] for row in self.rows[:SHOWN_ROWS]]

    @property
    def rest(self) -> int:
        """Return how many rows the page leaves out; they are in ``data.json`` only."""
        return max(0, len(self.rows) - SHOWN_ROWS)


def read_tables(ids: Ids) -> list[Table]:
    """Return all data that any app stores of these contacts, a table for each kind."""
    return [Table(holding, read_rows(holding, ids)) for holding in sorted_holdings()]


def make_archive(contact: Contact, agency_name: str) -> bytes:
    """Return a zip with a citizen's data: ``data.json``, ``index.html`` and their ``files/``."""
    ids = contact.family_ids()
    found, seen, at = read_tables(ids), list_accesses(ids), timezone.now()
    data = {
        "public_body": agency_name,
        "person": contact.key,
        "made": at,
        "held": {table.holding.name: table.rows for table in found},
        "who_looked": [{"at": look.at, "who": look.who, "what": look.words, "why": look.why} for look in seen],
    }
    files = list(own_files(ids))
    context = {"person": contact, "agency_name": agency_name, "at": at, "tables": found, "looks": seen, "files": files}
    context |= {"lang": (get_language() or "he")[:2]}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        packed.writestr("index.html", render_to_string("site/my_export.html", context))
        for name, file in files:
            packed.writestr(f"files/{name}", file_path(file.sha256).read_bytes())
    return out.getvalue()


def own_files(ids: Ids) -> Iterator[tuple[str, Attachment]]:
    """Yield (name in the zip, file) for each stored file of these contacts."""
    seen: set[int] = set()
    for holding in sorted_holdings():
        for file in holding.files(ids):
            if file.pk not in seen and file_path(file.sha256).exists():
                seen.add(file.pk)
                yield f"{file.pk}-{file.name or 'file'}", file
