"""Staff page that shows suspicious votes of a round and voids them, made by `participation.fraud_desk`.

It never shows what was chosen, whether or not the results are hidden.
"""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.urls import reverse as address

from kesher.contests.models import Round
from kesher.conversations.channel_links import channel_title
from kesher.participation import fraud_desk
from kesher.participation.assurance_labels import level_title


def watched_round(code: str, position: int) -> fraud_desk.Watched:
    """Return what the fraud desk watches in this round: its action and how votes are named. Raise Http404."""
    rounds = Round.objects.exclude(method="").select_related("action", "contest__action")
    round = get_object_or_404(rounds, contest__action__code=code[:8], position=position)
    return fraud_desk.Watched(
        round.action,
        round.contest.title,
        page=address("contests:desk-watch", args=[round.contest.code, position]),
        back=address("contests:desk-contest", args=[round.contest.code]),
        part=str(round.get_kind_display()),
        channel=channel_title,
        level=level_title,
    )


watch, settle, reverse = fraud_desk.build_desk_views(watched_round)
