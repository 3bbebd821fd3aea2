"""Taking back what one did: a choice, a ballot, a proposal (`rules.TAKEN_BACK` says while what). It asks for as good a
proof as doing it asked for: whoever writes from a channel that vouches for him has it; everybody else gets a code."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity, prove, use_code
from kesher.contests.models import Choice, Contest, Proposal, ProposalCredit, Round
from kesher.contests.rules import PROPOSALS_TAKEN_BACK, may_take_back
from kesher.contests.services.confirmations import unvoted
from kesher.contests.services.proposals import STANDING, State, root_of, round_for, twin_credits, value_of
from kesher.contests.services.round_close import hold_open, late_for
from kesher.contests.services.votes import PIECES, choices_of, keep_choices, person
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.participation.models import Participation
from kesher.participation.services import change_values, end_participation, find_participation
from kesher.participation.services.participate import STANDING as COUNTING
from kesher.participation.services.participate import lock_row

BACK = "contest_back"
Key = tuple[int, int | None]


@transaction.atomic
def take_back(round: Round, contact: Contact, *, level: int, by: Actor) -> bool:
    """A person takes his ballot back while people vote; False where there was none. ``level``: how well it is known who
    asks. Raises Refused."""
    ballot = ballot_to_undo(round, contact, "ballot", level)
    gone = ballot is not None and end_participation(ballot, by=by, reason="asked")
    if ballot is not None and gone:
        publish(round.action.stream)
        if (identity := ballot.identity) is not None:
            confirm_commitment(identity, lambda: unvoted(round, ballot, identity), door=by.door)
    return gone


@transaction.atomic
def take_back_choices(round: Round, contact: Contact, keys: Collection[Key], *, level: int, by: Actor) -> bool:
    """A person takes some of his ballot back: these proposals, statements or pairs (see `key_of`); False where it said
    nothing of them. With the last of them the ballot goes. Raises Refused."""
    ballot = ballot_to_undo(round, contact, "choice", level)
    if ballot is None:
        return False
    rows = said_on(ballot)
    kept = [row for row in rows if keys_of(row).isdisjoint(keys)]
    if len(kept) == len(rows):
        return False
    if not kept:
        return take_back(round, contact, level=level, by=by)
    without(round, ballot, rows, kept)
    audit("contests.take_back_choices", by=by, subject=ballot, n=len(rows) - len(kept))
    publish(round.action.stream)
    return True


def ballot_to_undo(round: Round, contact: Contact, what: str, level: int) -> Participation | None:
    """This person's ballot, locked; None where he has none. Raises Refused where it may not be touched."""
    hold_open(round)
    if not may_take_back(what, round):
        raise Refused(_("Votes in this round cannot be changed."), code="change")
    check_known(level, max(round.level, 1))
    ballot = find_participation(round.action, contact.root())
    return ballot if ballot is not None and lock_row(ballot).state in COUNTING else None


def without(round: Round, ballot: Participation, rows: Sequence[Choice], kept: Sequence[Choice]) -> None:
    """The ballot with these choices only. A ranking closes up, so it is written anew."""
    if round.method in PIECES:
        Choice.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in kept}).delete()
    else:
        Choice.objects.filter(ballot=ballot).delete()
        kept = choices_of(round, [row.proposal for row in kept])
        keep_choices(ballot, kept, rows[0].slip)
    change_values({ballot.pk: value_of(list(kept))})


def said_on(ballot: Participation) -> list[Choice]:
    """The choices of a ballot in its order, with all that `value_of` and a page need."""
    rows = Choice.objects.filter(ballot=ballot).order_by("rank", "id")
    return list(rows.select_related("proposal__merged_into", "against__merged_into", "round"))


def key_of(choice: Choice) -> Key:
    """What a choice is about: the number of a proposal, or of a pair (smaller first)."""
    one, other = choice.proposal.number, choice.against.number if choice.against else None
    return (min(one, other), max(one, other)) if other else (one, None)


def last_answer(round: Round, contact: Contact) -> Key | None:
    """What this person answered last; None where nothing. Two queries."""
    ballot = find_participation(round.action, contact)
    if ballot is None:
        return None
    row = Choice.objects.filter(ballot=ballot).select_related("proposal", "against").order_by("id").last()
    return key_of(row) if row is not None else None


def keys_of(choice: Choice) -> set[Key]:
    """A proposal that was joined with another is known by either number."""
    return {key_of(choice)} | ({(root_of(choice.proposal).number, None)} if choice.against is None else set())


def check_known(level: int, needed: int) -> None:
    if level < needed:
        words = _("To take this back, first show that it is you: as when you did it.")
        raise Refused(words, code="level")


@transaction.atomic
def withdraw_proposal(proposal: Proposal, contact: Contact, *, level: int, by: Actor) -> bool:
    """A person takes his proposal back: True, and it is gone; False where it stays without his name, since others
    proposed it, too, or voted for it, or the jury put it on its list. Raises Refused where it is not his, may not be
    taken back any more, or it is not known well enough who asks."""
    Contest.objects.select_for_update().get(pk=proposal.contest_id)  # nobody proposes the same word meanwhile
    proposal.refresh_from_db()
    word, family = root_of(proposal), contact.family_ids()
    credits = twin_credits(word)
    mine = list(credits.filter(contact__in=family))
    if not mine or word.state not in STANDING:
        raise Refused(_("This proposal is not yours, or it is not on the list any more."))
    if not may_take_back("proposal", round_for(proposal.contest, "propose")):
        words = _("This contest takes no proposals any more, so what was proposed stays.")
        raise Refused(words + late_for(proposal.contest, "propose"), code="closed")
    check_known(level, max(row.level for row in mine))
    stays = word.by_staff or word.shortlisted or len(mine) < credits.count() or others_chose(word, family)
    if stays:
        ProposalCredit.objects.filter(pk__in=[row.pk for row in mine]).delete()
    else:
        Proposal.objects.filter(pk=word.pk).update(state=State.WITHDRAWN)
    proposal.refresh_from_db()
    audit("contests.withdraw", by=by, subject=word, stays=stays)
    publish(proposal.contest.action.stream)
    return not stays


def others_chose(word: Proposal, family: Collection[int]) -> bool:
    """Does a vote of somebody else name this word, in whichever spelling?"""
    same = Proposal.objects.filter(Q(pk=word.pk) | Q(merged_into=word)).values("pk")
    counts = Q(ballot=None) | Q(ballot__state=Participation.State.COUNTED) & ~Q(ballot__contact__in=family)
    return Choice.objects.filter(Q(proposal__in=same) | Q(against__in=same)).filter(counts).exists()


def proposals_of(contest: Contest, contact: Contact) -> list[Proposal]:
    """What this person proposed in a contest and stands yet, newest first: each word once, in his own spelling."""
    rows = Proposal.objects.filter(
        contest=contest, credits__contact__in=contact.family_ids(), state__in=PROPOSALS_TAKEN_BACK
    ).filter(Q(merged_into=None) | Q(merged_into__state__in=STANDING))
    words = {root_of(row).pk: row for row in rows.select_related("merged_into").distinct().order_by("number")}
    return sorted(words.values(), key=lambda row: -row.number)


@transaction.atomic
def ask_to_take_back(contest: Contest, address: Address, *, lang: str = "he", link: str = "") -> None:
    """Sends a code to an address that voted or proposed here. Silent where it did not, or got too many codes: nobody
    learns which."""
    identity = find_identity(address)
    if identity is None or not took_part(contest, identity.contact.root()):
        return
    try:
        send_code(
            identity, purpose=BACK, subject=contest.code, lang=lang, link=link.replace("i=ID", f"i={identity.pk}")
        )
    except Refused:
        return


def took_part(contest: Contest, contact: Contact) -> bool:
    actions = contest.rounds.exclude(method="").values("action")
    parts = Participation.objects.filter(action__in=actions, contact__in=contact.family_ids(), state__in=COUNTING)
    return parts.exists() or bool(proposals_of(contest, contact))


def prove_to_take_back(contest: Contest, address: Address, code: str, *, door: str = "web") -> Identity:
    """The code came back: the address is his. Raises Refused for a wrong code (a try stays counted)."""
    identity = use_code(find_identity(address), code, purpose=BACK, subject=contest.code).identity
    return prove(identity, level=1, evidence={"code_for": contest.code}, by=person(identity, door))
