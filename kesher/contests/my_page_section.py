"""Section of a person's own page with their proposals and votes; choices are not shown."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.accounts.my_page import MyPageSection, Thing, register
from kesher.contacts.models import Contact
from kesher.contests.models import Ballot, Proposal, Round

KINDS = {"published": "good", "rejected": "bad", "merged": "info", "withdrawn": ""}


def register_all() -> None:
    """Register the contests section of a person's own page; called once, when the apps are ready."""
    register(
        MyPageSection(
            "contests",
            gettext_lazy("My proposals and votes"),
            "lightbulb",
            things_of,
            empty=gettext_lazy("You have proposed nothing yet."),
            more=("contests:list", gettext_lazy("All contests")),
            order=40,
        )
    )


def things_of(contact: Contact, most: int) -> list[Thing]:
    """Return a person's proposals, newest first, then their votes, at most ``most`` of each.

    Three queries, and one for the person's merged contacts.
    """
    ids = contact.family_ids()
    rows = Proposal.objects.filter(credits__contact__in=ids).select_related("contest__action").order_by("-id")
    found = [
        Thing(
            row.text,
            row.get_absolute_url(),
            row.contest.title,
            str(row.get_state_display()),
            KINDS.get(row.state, "wait"),
            row.created,
        )
        for row in rows[:most]
    ]
    votes = Ballot.objects.counted().filter(contact__in=ids, action__in=Round.objects.values("action"))
    ballots = list(votes.order_by("-id")[:most])
    rounds = Round.objects.filter(action__in=[row.action_id for row in ballots]).select_related("contest__action")
    voted = {round.action_id: round.contest for round in rounds}
    for ballot in ballots:
        contest = voted.get(ballot.action_id)
        if contest is not None:
            words = _("You voted. Receipt %(receipt)s") % {"receipt": ballot.receipt}
            found.append(Thing(contest.title, contest.get_absolute_url(), words, _("Counted"), "good", ballot.created))
    return found[:most]
