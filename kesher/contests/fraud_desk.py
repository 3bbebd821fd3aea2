"""Staff page that shows suspicious votes of a round and voids them, made by `participation.fraud_desk`.

It never shows what was chosen, whether or not the results are hidden.
"""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from kesher.contests.models import Round
from kesher.initiatives.desk import describe_watched
from kesher.participation import fraud_desk


def watched_round(code: str, position: int) -> fraud_desk.Watched:
    """Return what the fraud desk watches in this round: its action and how votes are named. Raise Http404."""
    rounds = Round.objects.exclude(method="").select_related("action", "contest__action")
    round = get_object_or_404(rounds, contest__action__code=code[:8], position=position)
    return describe_watched(round.contest, round.action, position, part=str(round.get_kind_display()))


watch, settle, reverse = fraud_desk.build_desk_views(watched_round)
