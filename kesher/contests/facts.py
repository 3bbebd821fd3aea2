"""What people ask about a contest or a vote, and the answers."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.contests.forms.ballots import LISTED, list_url
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.services import round_for
from kesher.contests.services.votes import PIECES
from kesher.core.i18n.text_variants import choose_wording
from kesher.core.templatetags.ui import deadline, number
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.facts import CHOICES, COUNT, ENDS, PRIVACY, UNDO, Fact
from kesher.participation.services import read_total_now


def list_vote_facts(turn: Turn, contest: Contest) -> list[Fact]:
    """Return what people ask about the contest's open vote, and the answers."""
    round = contest.vote_round
    if round is None:
        return []
    voted = read_total_now(round.action)
    people = ngettext("%(count)s person has voted.", "%(count)s people have voted.", voted)
    facts = [
        Fact(ENDS, describe_end(round)),
        Fact(COUNT, people % {"count": number(voted)} if voted else _("Nobody has voted yet.")),
        Fact(PRIVACY, describe_privacy(round)),
        Fact(UNDO, describe_undo(contest, round)),
    ]
    return facts if round.method in PIECES else [*facts, Fact(CHOICES, describe_choices(round))]


def list_proposal_facts(turn: Turn, contest: Contest) -> list[Fact]:
    """Return what people ask about proposing in the contest, and the answers."""
    round = round_for(contest, "propose")
    if round is None:
        return []
    rows = Proposal.objects.filter(contest=contest, state__in=["submitted", "published"]).count()
    words = ngettext("There is %(count)s proposal so far.", "There are %(count)s proposals so far.", rows)
    undo = choose_wording(
        _("While proposals are taken, you may withdraw yours: write “unpropose %(code)s”."),
        _("While proposals are taken, you may withdraw yours."),
    )
    return [
        Fact(ENDS, describe_end(round)),
        Fact(
            COUNT, words % {"count": number(rows)} if rows else _("There is no proposal yet: yours would be the first.")
        ),
        Fact(PRIVACY, _("Nobody sees your number or address. Your name is shown only if you give it.")),
        Fact(UNDO, undo % {"code": contest.code}),
    ]


def describe_end(round: Round) -> str:
    """Return in words until when a round is open."""
    if round.closes_at is None:
        return _("Its last day is not set yet.")
    return _("Open until %(day)s.") % {"day": deadline(round.closes_at)}


def describe_privacy(round: Round) -> str:
    """Return in words who sees how somebody voted."""
    parts = [_("The page shows numbers only, and nobody's vote.")]
    if round.results_hidden:
        parts.append(_("Nobody sees the results before the vote is over."))
    if round.anonymous:
        parts.append(_("Afterwards no vote can be traced to a person."))
    return " ".join(parts)


def describe_undo(contest: Contest, round: Round) -> str:
    """Return in words how a vote is changed or taken back."""
    if "change" in round.verbs:
        return _("Until the vote is over you may change it: write vote %(code)s") % {"code": contest.code}
    return _("In this vote nothing can be changed: a vote that is withdrawn cannot be cast again.")


def describe_choices(round: Round) -> str:
    """Return what people choose from, by number; with a link to the rest of a long list."""
    rows = list(Proposal.objects.standing_in(round).order_by("position", "number"))
    lines = [f"{row.number} {row.text}" for row in rows[:LISTED]]
    more = [_("All of them: %(link)s") % {"link": list_url(round)}] if len(rows) > LISTED else []
    return "\n".join([*lines, *more])
