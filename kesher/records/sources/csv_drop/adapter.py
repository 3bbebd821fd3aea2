"""Record source: a folder where another system drops a CSV every night; the newest file counts."""

from __future__ import annotations

import asyncio
import csv
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from kesher.records.sources.base import Check, Client, Info, Reading, Source, SourceError, Subject
from kesher.records.sources.field_mapping import check_rules, map_rows, normalise_address

MAX_BYTES = 50_000_000
Table = dict[str, list[dict[str, str]]]


class Adapter(Source):
    """The adapter of CSV files in a folder."""

    titles = {"he": "קובץ CSV בתיקייה", "ar": "ملف CSV في مجلد", "ru": "Файл CSV в папке", "en": "CSV in a folder"}
    settings = {
        "folder": "where the files are dropped",
        "pattern": "which of them (default *.csv)",
        "match": "the column that holds the person's address",
        "scheme": "which address: tel (default), mailto, idp; id: the number of whom another acts for by law",
        "assurance": "how well the address must be proved (default 2)",
        "encoding": "utf-8-sig (default) or windows-1255",
        "delimiter": ", (default), ; or a tab",
        "fields": "{field: column or rule}, see kesher/records/sources/field_mapping.py",
    }
    threads = ThreadPoolExecutor(
        4, thread_name_prefix="records-csv"
    )  # own threads: a kind that hangs must not use another's

    def __init__(self) -> None:
        """Start with no parsed file."""
        self.parsed: dict[tuple[str, ...], tuple[tuple[str, float, int], Table]] = {}
        self.lock = threading.Lock()

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the person's rows in the newest CSV file of the folder."""
        scheme = str(info.settings.get("scheme", "tel"))
        address = subject.address(scheme, int(info.settings.get("assurance", 2)))
        if not address:
            return Reading()
        table, when = await asyncio.get_running_loop().run_in_executor(self.threads, self.table, info)
        return map_rows(table.get(normalise_address(address, scheme), []), info.settings, subject.lang, as_of=when)

    def table(self, info: Info) -> tuple[Table, datetime]:
        """Return ({address: its rows} of the newest file, the file's date). Blocks; a file is parsed once."""
        file = newest_file(info)
        stat = file.stat()
        stamp = (file.name, stat.st_mtime, stat.st_size)
        given = info.settings
        key = (
            str(info.agency_id),
            str(given.get("folder")),
            *(str(given.get(name)) for name in ("pattern", "match", "scheme", "encoding", "delimiter")),
        )
        with self.lock:
            if key not in self.parsed or self.parsed[key][0] != stamp:
                self.parsed[key] = (stamp, parse_csv(file, info))
            return self.parsed[key][1], datetime.fromtimestamp(stat.st_mtime, UTC)

    def check(self, info: Info) -> Sequence[Check]:
        """Return the results of checking that the rules, the column and a file exist."""
        problem = check_rules(info.settings.get("fields"))
        try:
            found, hint = True, newest_file(info).name
        except SourceError as error:
            found, hint = False, str(error)
        return (
            Check("fields", not problem, problem),
            Check("match", bool(info.settings.get("match")), "the column that holds the address"),
            Check("folder", found, hint),
        )


def newest_file(info: Info) -> Path:
    """Return the path of the folder's newest file. Raise SourceError if there is none, or it is too large."""
    pattern = str(info.settings.get("pattern", "*.csv"))
    if "/" in pattern or ".." in pattern:
        raise SourceError("a pattern that leaves the folder", code="settings")
    folder = Path(str(info.settings.get("folder", "")))
    files = [file for file in folder.glob(pattern) if file.is_file()] if info.settings.get("folder") else []
    if not files:
        raise SourceError("no file in the folder", code="settings")
    file = max(files, key=lambda one: (one.stat().st_mtime, one.name))
    if file.stat().st_size > MAX_BYTES:
        raise SourceError("the file is too large", code="limit")
    return file


def parse_csv(file: Path, info: Info) -> Table:
    """Return {normalised address: its rows} of a CSV file. Raise SourceError if it is not such a CSV."""
    match, scheme = str(info.settings.get("match", "")), str(info.settings.get("scheme", "tel"))
    table: Table = defaultdict(list)
    try:
        with file.open(encoding=str(info.settings.get("encoding", "utf-8-sig")), newline="") as lines:
            reader = csv.DictReader(lines, delimiter=str(info.settings.get("delimiter", ",")), strict=True)
            if match not in (reader.fieldnames or ()):
                raise SourceError("the file has no such column", code="garbage")
            for line in reader:
                table[normalise_address(line[match] or "", scheme)].append(
                    {key: value or "" for key, value in line.items() if key}
                )
    except (OSError, UnicodeError, csv.Error, LookupError) as error:
        raise SourceError(f"CSV: {type(error).__name__}", code="garbage") from error
    table.pop("", None)
    return dict(table)
