"""Change the name beside a proposal; withdraw a choice, a ballot or a proposal, as `rules.TAKEN_BACK` allows it.

It needs the proof that the act itself needed: a channel that vouches for its senders, or a code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity, prove_identity, register_answer, request_for_address, use_code
from kesher.contests.models import Choice, Contest, Proposal, ProposalCredit, Round
from kesher.contests.rules import PROPOSALS_TAKEN_BACK, may_take_back
from kesher.contests.services.confirmations import vote_withdrawal_confirmation
from kesher.contests.services.proposals import STANDING, State, root_of, round_for, tally_value, twin_credits
from kesher.contests.services.round_close import hold_open, late_for
from kesher.contests.services.votes import PIECES, choices_of, store_choices
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.i18n.person_names import NAME_MOST, name_or_empty
from kesher.core.live.live_events import publish
from kesher.participation.models import Participation
from kesher.participation.services import change_values, end_participation, find_participation
from kesher.participation.services.participate import STANDING as COUNTING
from kesher.participation.services.participate import lock_row

BACK = "contest_back"
TO_TAKE_BACK = gettext_lazy('to take back your vote or proposal in "%(title)s"')
Key = tuple[int, int | None]


@transaction.atomic
def withdraw_vote(round: Round, call: Call, *, keys: Collection[Key] | None = None) -> bool:
    """Withdraw a person's ballot, or the choices with these keys; return whether there was anything.

    ``keys``: the proposals, statements or pairs to take out of it (see `key_of`); None for all. With its last choice
    the ballot goes. Return False where there was nothing of it. Raise Refused.
    """
    ballot = ballot_to_undo(round, call, "ballot" if keys is None else "choice")
    if ballot is None:
        return False
    if keys is not None:
        rows = choices_on(ballot)
        kept = [row for row in rows if keys_of(row).isdisjoint(keys)]
        if len(kept) == len(rows):
            return False
        if kept:
            keep_only_choices(round, ballot, rows, kept)
            audit("contests.take_back_choices", by=actor_of(call), subject=ballot, n=len(rows) - len(kept))
            publish(round.action.stream)
            return True
    gone = end_participation(ballot, by=actor_of(call), reason="asked")
    if gone:
        publish(round.action.stream)
        if (identity := ballot.identity) is not None:
            confirm_commitment(identity, lambda: vote_withdrawal_confirmation(round, ballot, identity), door=call.door)
    return gone


def actor_of(call: Call) -> Actor:
    """Return the person who makes this call as the actor, for the audit."""
    return call.actor(call.person())


def ballot_to_undo(round: Round, call: Call, what: str) -> Participation | None:
    """Return the caller's ballot, locked; None where there is none. Raise Refused where it cannot change."""
    hold_open(round)
    if not may_take_back(what, round):
        raise Refused(_("Votes in this round cannot be changed."), code="change")
    check_proof_level(call.level, max(round.level, 1))
    ballot = find_participation(round.action, call.person().root())
    return ballot if ballot is not None and lock_row(ballot).state in COUNTING else None


def keep_only_choices(round: Round, ballot: Participation, rows: Sequence[Choice], kept: Sequence[Choice]) -> None:
    """Delete a ballot's choices that are not in ``kept``; a ranking is renumbered without gaps."""
    if round.method in PIECES:
        Choice.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in kept}).delete()
    else:
        Choice.objects.filter(ballot=ballot).delete()
        kept = choices_of(round, [row.proposal for row in kept])
        store_choices(ballot, kept, rows[0].slip)
    change_values({ballot.pk: tally_value(list(kept))})


def choices_on(ballot: Participation) -> list[Choice]:
    """Return the choices on a ballot in order, with their related rows loaded."""
    rows = Choice.objects.filter(ballot=ballot).order_by("rank", "id")
    return list(rows.select_related("proposal__merged_into", "against__merged_into", "round"))


def key_of(choice: Choice) -> Key:
    """Return the number of the proposal that a choice is about, or both of a pair (smaller first)."""
    one, other = choice.proposal.number, choice.against.number if choice.against else None
    return (min(one, other), max(one, other)) if other else (one, None)


def last_answer(round: Round, contact: Contact) -> Key | None:
    """Return the key of the statement or pair that this person answered last, or None. Two queries."""
    ballot = find_participation(round.action, contact)
    if ballot is None:
        return None
    row = Choice.objects.filter(ballot=ballot).select_related("proposal", "against").order_by("id").last()
    return key_of(row) if row is not None else None


def keys_of(choice: Choice) -> set[Key]:
    """Return all keys that name this choice: a merged proposal has its own number and its root's."""
    return {key_of(choice)} | ({(root_of(choice.proposal).number, None)} if choice.against is None else set())


def check_proof_level(level: int, needed: int) -> None:
    """Raise Refused where a person's level of proof is below the needed one."""
    if level < needed:
        words = _("To take this back, first show that it is you: as when you did it.")
        raise Refused(words, code="level")


@transaction.atomic
def withdraw_proposal(proposal: Proposal, call: Call) -> bool:
    """Withdraw a person's proposal; return False where it stays because others made or chose it too.

    It stays, without the caller's name, where others proposed it too or voted for it, or the jury put it on its list.
    Raise Refused where it is not theirs, may not be taken back any more, or a better proof is needed.
    """
    Contest.objects.select_for_update().get(pk=proposal.contest_id)  # no twin is proposed meanwhile
    proposal.refresh_from_db()
    word, family = root_of(proposal), call.person().family_ids()
    credits = twin_credits(word)
    mine = list(credits.filter(contact__in=family))
    if not mine or word.state not in STANDING:
        raise Refused(_("This proposal is not yours, or it is not on the list any more."))
    if not may_take_back("proposal", round_for(proposal.contest, "propose")):
        words = _("This contest takes no proposals any more, so what was proposed stays.")
        raise Refused(words + late_for(proposal.contest, "propose"), code="closed")
    check_proof_level(call.level, max(row.level for row in mine))
    stays = word.by_staff or word.shortlisted or len(mine) < credits.count() or others_chose(word, family)
    if stays:
        ProposalCredit.objects.filter(pk__in=[row.pk for row in mine]).delete()
    else:
        Proposal.objects.filter(pk=word.pk).update(state=State.WITHDRAWN)
    proposal.refresh_from_db()
    audit("contests.withdraw", by=actor_of(call), subject=word, stays=stays)
    publish(proposal.contest.action.stream)
    return not stays


@transaction.atomic
def name_proposer(contest: Contest, call: Call, name: str) -> ProposalCredit:
    """Set the name that stands beside the caller's newest proposal, and return its credit; "" removes it.

    Raise Refused where they have none, or it is not on the list any more.
    """
    mine = proposals_of(contest, call.person())
    credit = twin_credits(mine[0]).filter(contact__in=call.person().family_ids()).first() if mine else None
    if credit is None:
        raise Refused(_("You have proposed nothing in “%(title)s” from here.") % {"title": contest.title})
    credit.name = name_or_empty(name, NAME_MOST)
    credit.save(update_fields=["name"])
    audit("contests.name_proposer", by=actor_of(call), subject=credit)
    publish(contest.action.stream)
    return credit


def others_chose(word: Proposal, family: Collection[int]) -> bool:
    """Return whether another person voted for this proposal or one merged with it."""
    same = Proposal.objects.filter(Q(pk=word.pk) | Q(merged_into=word)).values("pk")
    counts = Q(ballot=None) | Q(ballot__state=Participation.State.COUNTED) & ~Q(ballot__contact__in=family)
    return Choice.objects.filter(Q(proposal__in=same) | Q(against__in=same)).filter(counts).exists()


def proposals_of(contest: Contest, contact: Contact) -> list[Proposal]:
    """Return the proposals that this person can withdraw, newest first, each word once."""
    rows = Proposal.objects.filter(
        contest=contest, credits__contact__in=contact.family_ids(), state__in=PROPOSALS_TAKEN_BACK
    ).filter(Q(merged_into=None) | Q(merged_into__state__in=STANDING))
    words = {root_of(row).pk: row for row in rows.select_related("merged_into").distinct().order_by("number")}
    return sorted(words.values(), key=lambda row: -row.number)


def ask_for_withdrawal_code(contest: Contest, call: Call) -> None:
    """Let the worker send a code to the caller's address if it took part: the caller must not learn whether."""
    request_for_address("contests.withdraw", contest.code, call)


def send_withdrawal_code(code: str, call: Call) -> None:
    """Send a code to an address that voted or proposed in this contest. Raise Refused after too many codes."""
    contest = Contest.objects.filter(action__code=code).first()
    identity = find_identity(call.address) if call.address is not None else None
    if contest is None or identity is None or not took_part(contest, identity.contact.root()):
        return
    send_code(
        identity,
        purpose=BACK,
        why=TO_TAKE_BACK,
        title=lambda: contest.title,
        subject=contest.code,
        lang=call.lang,
        link=link_to_take_back(contest).replace("i=ID", f"i={identity.pk}"),
    )


register_answer("contests.withdraw", send_withdrawal_code)


def took_part(contest: Contest, contact: Contact) -> bool:
    """Return whether this person voted or proposed in the contest."""
    actions = contest.rounds.exclude(method="").values("action")
    parts = Participation.objects.filter(action__in=actions, contact__in=contact.family_ids(), state__in=COUNTING)
    return parts.exists() or bool(proposals_of(contest, contact))


def check_withdrawal_code(contest: Contest, call: Call, code: str) -> Call:
    """Return the call with the identity proved by this code; raise Refused for a wrong code."""
    identity = call.identity
    use_code(identity, code, purpose=BACK, subject=contest.code)
    assert identity is not None  # else the code was wrong
    prove_identity(identity, level=1, evidence={"code_for": contest.code}, by=call.actor(identity.contact))
    return replace(call, identity=identity, level=identity.assurance, confirmed=True)


def link_to_take_back(contest: Contest) -> str:
    """Return the URL at which a code proves an address for a withdrawal, with placeholders ID and CODE."""
    path = reverse("contests:back-code", args=[contest.code])
    return absolute(f"{path}?{urlencode({'i': 'ID', 'code': 'CODE'})}")
