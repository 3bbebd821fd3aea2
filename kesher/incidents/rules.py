"""How many people make an incident, and for how long what was decided about one holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from kesher.incidents.models import Incident

PEOPLE_LEAST: Final = 10  # who write about the same within the window, before the desk shows it
DISMISSED_LIFE: Final = timedelta(hours=2)  # for which the same is not suspected again
AGAIN_TIMES: Final = 2  # unless so many times as many people write about it
OVER_LIFE: Final = timedelta(minutes=30)  # the same once it was over: what came before is read for so long
NOTICE_PAUSE: Final = timedelta(minutes=30)  # before one person gets the same notice again
NOTICE_MOST: Final = timedelta(days=14)  # until a notice's end
TEXT_MOST: Final = 1_000  # characters of a notice or a closing message in one language

State = Incident.State


def absorbs(now: datetime) -> Q:
    """Return which incidents messages are compared with: current ones, and those decided on a short time ago."""
    dismissed = Q(state=State.DISMISSED) & (
        Q(dismissed_at__gt=now - DISMISSED_LIFE) | Q(merged_into__state__in=[State.SUSPECTED, State.OPEN])
    )
    return Q(state__in=[State.SUSPECTED, State.OPEN]) | dismissed | Q(state=State.OVER, over_at__gt=now - OVER_LIFE)
