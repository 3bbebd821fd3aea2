"""The desk's watch over one round's votes or opinions: the page that all share (`participation.guard`), at its address.
What was chosen is not on it, whether or not the results are hidden."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.urls import reverse as address

from kesher.contests.models import Round
from kesher.conversations.doors import channel_title
from kesher.participation import guard
from kesher.participation.levels import level_title


def watched(code: str, position: int) -> guard.Watched:
    rounds = Round.objects.exclude(method="").select_related("action", "contest__action")
    round = get_object_or_404(rounds, contest__action__code=code[:8], position=position)
    return guard.Watched(
        round.action,
        round.contest.title,
        page=address("contests:desk-watch", args=[round.contest.code, position]),
        back=address("contests:desk-contest", args=[round.contest.code]),
        part=str(round.get_kind_display()),
        channel=channel_title,
        level=level_title,
    )


watch, settle, reverse = guard.doors(watched)
