"""Write the public rows (signatures, votes, pledges) of each action as a CSV file.

The worker writes, apart from other jobs, at most once a day for each action and only if its count has changed. A
request only opens the file, whatever its size and however many ask.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from kesher.core.db.agency_scope import everywhere, scope
from kesher.participation.action_kinds import KINDS, PublicData, get_kind
from kesher.participation.models import Action
from kesher.participation.open_data_document import rows_csv
from kesher.participation.services.tallies import CROSSES, read_tallies

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
