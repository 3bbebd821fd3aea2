"""Build the public data of a petition, contest or purchase: counts as JSON, rows as CSV, which are written to files.

The JSON has the shape of the British petitions' JSON. The ids of the rows lead to nobody; with them anybody can count
again.

The data must not reveal a person to somebody who knows something of them. An area is named only where at least LEAST
took part; in the rows, only where at least LEAST have the same area, channel and level. All others are in the area
OTHER. Where OTHER would be small, the next smallest area joins it, since a total and its other parts reveal the part
that is left out. A row that says what was chosen says nothing of the person.

There are two kinds of areas, as in the British data: constituencies (ONS codes) and countries (two letters). A
signature has one area. A constituency belongs to GB, and signatures from GB without a constituency are under "GB".
"""

from __future__ import annotations

import csv
import json
import os
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet

from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.output.spreadsheets import csv_line
from kesher.participation.action_kinds import KINDS, PublicData, get_kind
from kesher.participation.models import Action, Participation
from kesher.participation.services.tallies import CROSSES, UNKNOWN_AREA, read_tallies, split_by_level

CONSTITUENCY = re.compile(r"[ENSW]\d{8}")
COUNTRY = re.compile(r"[A-Z]{2,3}")
HOME = "GB"
OTHER = "other"
LEAST = 10
ID_BYTES, AT_ONCE = 8, 10_000
COLUMNS = ("id", "level", "channel", "area", "value")


def fold_small_areas(areas: Mapping[str, int], least: int = LEAST) -> Counter[str]:
    """Return the counts by area, with areas smaller than ``least`` added up under OTHER.

    The unknown area joins them before a known one does.
    """
    found = Counter({key: n for key, n in areas.items() if n})
    small = [key for key, n in found.items() if 0 < n < least]
    if not small:
        return found
    rest = sorted(set(found) - set(small), key=lambda key: (key != UNKNOWN_AREA, found[key], key))
    while rest and sum(found[key] for key in small) < least:
        small.append(rest.pop(0))
    for key in small:
        found[OTHER] += found.pop(key)
    return found


def count_attributes(action: Action, names: Mapping[str, str] | None = None, least: int = LEAST) -> dict[str, Any]:
    """Return the totals and breakdowns of an action as the attributes of its public JSON document.

    Every breakdown adds up to ``signature_count``, except that by constituency, which adds up to its country's.
    ``names``: area names by code. Areas smaller than ``least`` are folded.
    """
    found = read_tallies(action, "level_channel")
    proved = split_by_level(found.get("level_channel", {}))
    titles = names or {}
    areas = fold_small_areas(found.get("area", {}), least)
    local = {key: n for key, n in areas.items() if CONSTITUENCY.fullmatch(key)}
    other = Counter({key: n for key, n in areas.items() if key not in local})
    if local:
        other[HOME] += sum(local.values())
    return {
        "signature_count": found.get("total", {}).get("", 0),
        "signatures_by_level": count_items(found.get("level", {}), titles),
        "signatures_by_channel": [
            {**item, "levels": {str(level): n for level, n in proved.get(item["code"], {}).items()}}
            for item in count_items(found.get("channel", {}), titles)
        ],
        "signatures_by_country": count_items({key: n for key, n in other.items() if COUNTRY.fullmatch(key)}, titles),
        "signatures_by_area": count_items({key: n for key, n in other.items() if not COUNTRY.fullmatch(key)}, titles),
        "signatures_by_constituency": [
            {"name": titles.get(key, key), "ons_code": key, "signature_count": n} for key, n in sorted(local.items())
        ],
    }


def count_items(found: Mapping[str, int], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return counts by area as a list of {name, code, signature_count}, without zeros."""
    return [{"name": names.get(key, key), "code": key, "signature_count": n} for key, n in sorted(found.items()) if n]


def build_document(
    action: Action,
    names: Mapping[str, str] | None = None,
    told: Mapping[str, Any] | None = None,
    least: int = LEAST,
) -> dict[str, Any]:
    """Return the public JSON document of an action, in the shape of the British petitions' JSON.

    ``told``: the attributes that its feature knows (action, background, state, dates …).
    """
    attributes = {**(told or {}), **count_attributes(action, names, least)}
    return {"data": {"type": action.kind, "id": int(action.code), "attributes": attributes}}


def read_area_counts(document: Mapping[str, Any]) -> Counter[str]:
    """Return {area code: count} from a petition's JSON document, each signature in one area."""
    told = document["data"]["attributes"]
    found: Counter[str] = Counter()
    for item in told.get("signatures_by_country") or []:
        found[item["code"]] += item["signature_count"]
    for item in told.get("signatures_by_area") or []:
        found[item["code"]] += item["signature_count"]
    for item in told.get("signatures_by_constituency") or []:
        found[item["ons_code"]] += item["signature_count"]
        found[HOME] -= item["signature_count"]
    found[UNKNOWN_AREA] += told["signature_count"] - sum(found.values())
    return Counter({key: n for key, n in found.items() if n})


def read_area_names(document: Mapping[str, Any]) -> dict[str, str]:
    """Return {area code: name} from a petition's JSON document."""
    told = document["data"]["attributes"]
    countries = {item["code"]: item["name"] for item in told.get("signatures_by_country") or []}
    return countries | {item["ons_code"]: item["name"] for item in told.get("signatures_by_constituency") or []}


def rows_csv(action: Action, *, chosen: bool = False, least: int = LEAST) -> Iterator[str]:
    """Yield an action's counted participations as CSV lines, sorted by content so that the order reveals nothing.

    Ids are drawn for this export: good for counting people, and for nothing else. ``chosen``: with what was chosen and
    nothing of the person; else the other way round. The database groups the rows in one query, however many there are.
    """
    yield csv_row(COLUMNS)
    for cell, n in chosen_cells(action) if chosen else person_cells(action, least):
        rest = csv_row(cell)
        for first in range(0, n, AT_ONCE):
            ids = secrets.token_bytes(ID_BYTES * min(AT_ONCE, n - first)).hex()
            for at in range(0, len(ids), 2 * ID_BYTES):
                yield f"{ids[at : at + 2 * ID_BYTES]},{rest}"


def person_cells(action: Action, least: int) -> Iterator[tuple[tuple[object, ...], int]]:
    """Yield ((level, channel, area, no choice), number of rows) for an action's counted rows."""
    groups: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    found = counted(action).values_list("level", "channel", "area").annotate(n=Count("pk")).order_by()
    for level, channel, area, n in found:
        groups[level, channel][area or UNKNOWN_AREA] += n
    for (level, channel), areas in sorted(groups.items()):
        for area, n in sorted(fold_small_areas(areas, least).items()):
            yield (level, channel, area, ""), n


def chosen_cells(action: Action) -> Iterator[tuple[tuple[object, ...], int]]:
    """Yield ((nothing about the person, choice), number of rows) for an action's counted rows."""
    found = counted(action).values_list("value").annotate(n=Count("pk")).order_by("value")
    for value, n in found.iterator(chunk_size=AT_ONCE):
        yield ("", "", "", value), n


def counted(action: Action) -> QuerySet[Participation]:
    """Return the participations of an action that count and whose address was proved."""
    return Participation.objects.filter(action=action, state=Participation.State.COUNTED, level__gte=1)


def csv_row(values: tuple[object, ...]) -> str:
    """Return the values as one CSV line that ends with a newline."""
    return csv_line(values, end="\n")


def count_csv(lines: Iterator[str]) -> dict[str, Counter[str]]:
    """Return {column: {value: number of rows}} of an exported CSV, to check the published counts by its rows."""
    found: dict[str, Counter[str]] = {name: Counter() for name in COLUMNS[1:]}
    total = 0
    for row in csv.DictReader(lines):
        total += 1
        for name, counter in found.items():
            counter[row[name]] += 1
    return found | {"total": Counter({"": total})}


FOLDER = ".open"  # backups leave out names with a leading dot: these files can be made again
DAY = 24 * 60 * 60


def rows_path(action: Action) -> Path:
    """Return the path of the CSV file of an action's public rows, whether or not it was written."""
    return Path(settings.MEDIA_ROOT) / FOLDER / str(action.agency_id) / f"{action.pk}.csv"


def write_rows(now: float | None = None) -> int:
    """Write the CSV files of public rows that are due, and return how many were written."""
    at = time.time() if now is None else now
    with everywhere("actions with open data"):
        actions = list(Action.objects.filter(kind__in=[*KINDS]).order_by("pk"))
    done = 0
    for action in actions:
        if at - checked_at(rows_path(action)) >= DAY:
            with scope(action.agency_id):
                done += write_rows_of(action, at)
    return done


def checked_at(path: Path) -> float:
    """Return when a CSV file was last compared with its action's count, as a timestamp; 0 for never."""
    mark = mark_path(path)
    return mark.stat().st_mtime if mark.exists() else 0.0


def mark_path(path: Path) -> Path:
    """Return the path of the small file beside a CSV that holds the digest of the count it was written for."""
    return path.with_suffix(".count")


def write_rows_of(action: Action, at: float) -> bool:
    """Write an action's CSV file if its count has changed since, and return whether it was written.

    Delete the file if its rows are not public (any more).
    """
    path = rows_path(action)
    mark = mark_path(path)
    told = get_kind(action).public_data(action)
    if told is None or not told.rows:
        path.unlink(missing_ok=True)
        mark.unlink(missing_ok=True)
        return False
    state = count_digest(action, told)
    changed = not path.exists() or not mark.exists() or mark.read_text() != state
    if changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(rows_csv(action, chosen=told.chosen))
        draft.replace(path)
    mark.write_text(state)
    os.utime(mark, (at, at))
    return changed


def count_digest(action: Action, told: PublicData) -> str:
    """Return a digest of an action's tallies, by which to see whether they changed."""
    said = json.dumps([told.chosen, read_tallies(action, *CROSSES)], sort_keys=True)
    return sha256(said.encode()).hexdigest()
