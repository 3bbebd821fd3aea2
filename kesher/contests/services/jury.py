"""Add and remove jurors, store their scores and conflicts of interest, and make the shortlist."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contests.models import SCORE_MAX, Contest, Juror, JuryScore, Proposal
from kesher.contests.rules import may_score
from kesher.contests.services.contests import Texts
from kesher.contests.services.proposals import round_for
from kesher.contests.services.round_close import late_for
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

REASON_MAX = 400


@transaction.atomic
def add_juror(
    contest: Contest,
    name: str,
    *,
    titles: Mapping[str, str] | None = None,
    member: Staff | None = None,
    staff: Staff | None = None,
) -> Juror:
    """Add a juror to a contest, with a private link; one who is a ``member`` may also score at the desk."""
    if not name.strip():
        raise Refused(_("Write the juror's name: the jury is public."))
    row = Juror(contest=contest, name=name.strip()[:120], titles=dict(titles or {}), staff=member)
    row.save()
    audit("contests.add_juror", by=staff_actor(staff), subject=row)
    return row


@transaction.atomic
def remove_juror(juror: Juror, *, staff: Staff | None) -> None:
    """Make a juror inactive; their scores stay stored, but do not count any more."""
    Juror.objects.filter(pk=juror.pk).update(active=False)
    audit("contests.remove_juror", by=staff_actor(staff), subject=juror)


@transaction.atomic
def score(juror: Juror, proposal: Proposal, points: int, *, reason: str = "") -> JuryScore:
    """Save a juror's score of a proposal, 0 to 5 points, with a reason.

    Raise Refused where the jury does not score now, or this juror declared a conflict of interest (the database holds
    that too).
    """
    if not may_score(juror, proposal, round_for(juror.contest, "score")):
        raise Refused(_("The jury does not sit now.") + late_for(juror.contest, "score"), code="closed")
    if not 0 <= points <= SCORE_MAX:
        raise Refused(_("Give 0 to %(most)s points.") % {"most": SCORE_MAX})
    row, _made = JuryScore.objects.get_or_create(
        agency_id=juror.agency_id,
        juror=juror,
        proposal=proposal,
        defaults={"score": points, "reason": reason.strip()[:REASON_MAX]},
    )
    if row.conflict:
        raise Refused(
            _("You declared a conflict of interest here, so you cannot score this proposal."), code="conflict"
        )
    row.score, row.reason = points, reason.strip()[:REASON_MAX]
    row.save()
    audit("contests.score", by=Actor("juror", juror.pk, "web"), subject=row, points=points)
    publish(juror.contest.action.stream)
    return row


@transaction.atomic
def declare_conflict(juror: Juror, proposal: Proposal, *, reason: str) -> JuryScore:
    """Record that a juror is too close to a proposal to judge it, and why.

    A score given before is removed, and none can follow.
    """
    if not reason.strip():
        raise Refused(_("Say in a few words what the conflict of interest is. It will be public."))
    row, _made = JuryScore.objects.get_or_create(
        agency_id=juror.agency_id,
        juror=juror,
        proposal=proposal,
        defaults={"conflict": True, "reason": reason.strip()[:REASON_MAX]},
    )
    row.conflict, row.score, row.reason = True, None, reason.strip()[:REASON_MAX]
    row.save()
    audit("contests.conflict", by=Actor("juror", juror.pk, "web"), subject=row)
    publish(juror.contest.action.stream)
    return row


@transaction.atomic
def shortlist(proposal: Proposal, reasons: Texts, *, staff: Staff | None) -> Proposal:
    """Put a proposal on the shortlist for the public vote, with public reasons. Raise Refused."""
    words = {lang: text.strip() for lang, text in reasons.items() if text.strip()}
    if not words:
        raise Refused(_("Say why: the public reads the jury's reasons."))
    return set_shortlist(proposal, True, words, staff=staff)


@transaction.atomic
def unshortlist(proposal: Proposal, *, staff: Staff | None) -> Proposal:
    """Take a proposal off the shortlist. Raise Refused once people vote on it."""
    return set_shortlist(proposal, False, {}, staff=staff)


def set_shortlist(proposal: Proposal, on: bool, reasons: Texts, *, staff: Staff | None) -> Proposal:
    """Put a proposal on the shortlist or take it off; raise Refused once people vote on it."""
    begun = [round for round in proposal.contest.rounds.filter(stands="shortlist") if round.has_begun]
    if begun:
        raise Refused(_("The vote on the shortlist has begun, so the list stays as it is."))
    if on and proposal.state != Proposal.State.PUBLISHED:
        raise Refused(_("Only a published proposal can be on the shortlist."))
    proposal.shortlisted, proposal.shortlist_reasons = on, dict(reasons)
    proposal.save(update_fields=["shortlisted", "shortlist_reasons"])
    audit("contests.shortlist", by=staff_actor(staff), subject=proposal, on=on)
    publish(proposal.contest.action.stream)
    return proposal
