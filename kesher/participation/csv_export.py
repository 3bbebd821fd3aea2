"""The rows that the public may get, as files: written by the worker, apart from all else, at most once a day, and only
where the count has changed. A page that is asked for them opens a file, whatever their number and however many ask."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from kesher.core.scope import everywhere, scope
from kesher.participation.action_kinds import KINDS, PublicData, get_kind
from kesher.participation.export import rows_csv
from kesher.participation.models import Action
from kesher.participation.services.tallies import CROSSES, read_tallies

FOLDER = ".open"  # a backup leaves out what begins with a point: these are made again
DAY = 24 * 60 * 60


def rows_path(action: Action) -> Path:
    """Where an action's rows lie, if they have been written."""
    return Path(settings.MEDIA_ROOT) / FOLDER / str(action.agency_id) / f"{action.pk}.csv"


def write_rows(now: float | None = None) -> int:
    """Writes what has to be written; returns how many files."""
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
    """When its action's count was last looked at; 0 for never."""
    mark = mark_path(path)
    return mark.stat().st_mtime if mark.exists() else 0.0


def mark_path(path: Path) -> Path:
    """Beside the rows: which count they are of."""
    return path.with_suffix(".count")


def write_rows_of(action: Action, at: float) -> bool:
    """One action's file, where its count has changed; and none where the public may not have it (any more)."""
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
    """What the count is, as a digest."""
    said = json.dumps([told.chosen, read_tallies(action, *CROSSES)], sort_keys=True)
    return sha256(said.encode()).hexdigest()
