"""What an action gives to the public: its counts in the shape of the British petitions' JSON, and its rows with ids
that lead nowhere, so that anybody can count again.

Areas may be of two kinds, as theirs are: constituencies (ONS codes) and countries (two letters). A signature has one
area; that of a constituency is of GB, and those of GB whose constituency nobody knows stand under "GB" itself.
"""

from __future__ import annotations

import csv
import hmac
import io
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from kesher.participation.models import Action, Participation
from kesher.participation.services.counting import UNKNOWN_AREA, by_level, tallies

CONSTITUENCY = re.compile(r"[ENSW]\d{8}")
COUNTRY = re.compile(r"[A-Z]{2,3}")
HOME = "GB"
COLUMNS = ("id", "level", "channel", "area", "value")


def counts(action: Action, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The attributes of an action's JSON that count; every breakdown adds up to ``signature_count`` except that by
    constituency, which adds up to its country's. ``names`` of areas, by code."""
    found = tallies(action, "level_channel")
    proved = by_level(found.get("level_channel", {}))
    titles = names or {}
    areas = {key: n for key, n in found.get("area", {}).items() if n}
    local = {key: n for key, n in areas.items() if CONSTITUENCY.fullmatch(key)}
    other = Counter({key: n for key, n in areas.items() if key not in local})
    if local:
        other[HOME] += sum(local.values())
    return {
        "signature_count": found.get("total", {}).get("", 0),
        "signatures_by_level": items(found.get("level", {}), titles),
        "signatures_by_channel": [
            {**item, "levels": {str(level): n for level, n in proved.get(item["code"], {}).items()}}
            for item in items(found.get("channel", {}), titles)
        ],
        "signatures_by_country": items({key: n for key, n in other.items() if COUNTRY.fullmatch(key)}, titles),
        "signatures_by_area": items({key: n for key, n in other.items() if not COUNTRY.fullmatch(key)}, titles),
        "signatures_by_constituency": [
            {"name": titles.get(key, key), "ons_code": key, "signature_count": n} for key, n in sorted(local.items())
        ],
    }


def items(found: Mapping[str, int], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": names.get(key, key), "code": key, "signature_count": n} for key, n in sorted(found.items()) if n]


def document(
    action: Action, names: Mapping[str, str] | None = None, told: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A whole JSON document; ``told``: the attributes that its feature knows (action, background, state, dates …)."""
    attributes = {**(told or {}), **counts(action, names)}
    return {"data": {"type": action.kind, "id": int(action.code), "attributes": attributes}}


def areas_of(document: Mapping[str, Any]) -> Counter[str]:
    """The areas of a British (or our own) document as ours are: each signature in one of them."""
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


def names_of(document: Mapping[str, Any]) -> dict[str, str]:
    """What a document calls its areas."""
    told = document["data"]["attributes"]
    countries = {item["code"]: item["name"] for item in told.get("signatures_by_country") or []}
    return countries | {item["ons_code"]: item["name"] for item in told.get("signatures_by_constituency") or []}


def rows_csv(action: Action) -> Iterator[str]:
    """The counted rows, a line each, in an order that tells nothing. The salt of the ids is made for this export and
    kept by nobody: they are good for counting people, and for nothing else."""
    salt = secrets.token_bytes(32)
    rows = Participation.objects.filter(action=action, state=Participation.State.COUNTED, level__gte=1)
    kept = sorted(
        (hmac.digest(salt, bytes(key), sha256).hex()[:20], level, channel, area or UNKNOWN_AREA, value)
        for key, level, channel, area, value in rows.values_list("person_key", "level", "channel", "area", "value")
    )
    yield line(COLUMNS)
    for row in kept:
        yield line(row)


def line(values: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def count_csv(lines: Iterator[str]) -> dict[str, Counter[str]]:
    """The breakdowns of such an export: what anybody's own script would count."""
    found: dict[str, Counter[str]] = {name: Counter() for name in COLUMNS[1:]}
    total = 0
    for row in csv.DictReader(lines):
        total += 1
        for name, counter in found.items():
            counter[row[name]] += 1
    return found | {"total": Counter({"": total})}
