"""Build the messages that confirm a vote, its withdrawal or a proposal; they never say what was chosen."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.contests.models import Proposal, Round
from kesher.conversations.services import is_billed_by_part, shorten_title
from kesher.participation.models import Participation

FORMS = ("contests.vote", "contests.confirm")  # what a vote ends


def vote_confirmation(round: Round, ballot: Participation, identity: Identity) -> Say:
    """Return the message that a vote counts: its receipt, how to withdraw it, where results appear."""
    contest = round.contest
    known = {"title": shorten_title(identity, contest.title), "code": contest.code, "receipt": ballot.receipt}
    first = _("You voted in “%(title)s”. Your receipt: %(receipt)s.") % known
    undo = _("To take it back, write: unvote %(code)s") % known
    if is_billed_by_part(identity):
        return Say(f"{first}\n{undo}")
    after = _("The result will be on its page: %(link)s") % {"link": contest.page_url}
    return Say("\n".join((first, undo, after)), subject=_("Your vote"))


def vote_withdrawal_confirmation(round: Round, ballot: Participation, identity: Identity) -> Say:
    """Return the message that the vote with this receipt is withdrawn."""
    known = {"title": shorten_title(identity, round.contest.title), "receipt": ballot.receipt}
    words = _("You withdrew your vote in “%(title)s”. Receipt %(receipt)s is no longer valid.")
    return Say(words % known, subject=_("Your vote"))


def proposal_confirmation(proposal: Proposal, identity: Identity) -> Say:
    """Return the message that a proposal arrived: its number and what happens to it next."""
    contest = proposal.contest
    known = {"title": shorten_title(identity, contest.title), "code": contest.code, "number": proposal.number}
    first = _("Your proposal for “%(title)s” is number %(number)s.") % known
    after = (
        _("It is published.")
        if (proposal.merged_into or proposal).state == Proposal.State.PUBLISHED
        else _("We read it, and write to you when it is published, or why not.")
    )
    if is_billed_by_part(identity):
        return Say(f"{first} {after}")
    link = _("The contest: %(link)s") % {"link": contest.page_url}
    return Say("\n".join((first, after, link)), subject=_("Your proposal"))
