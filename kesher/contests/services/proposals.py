"""Submit proposals, merge duplicates, and publish or reject them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff, in_language
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity, get_or_create_identity, prove_identity, record_consent, use_code
from kesher.contests.duplicate_proposals import fold, is_same_word, search_keys, skeleton
from kesher.contests.models import MEANING_MAX, TEXT_MAX, Choice, Contest, Proposal, ProposalCredit, Round
from kesher.contests.rules import REASONS, may_still_list
from kesher.contests.services.confirmations import proposal_confirmation
from kesher.contests.services.contests import Texts, add_statement, next_number
from kesher.contests.services.notifications import tell_reviewed
from kesher.contests.services.round_close import late_for
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.audit import audit
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.i18n.person_names import NAME_MOST, name_or_empty
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.initiatives.services import publish_picture
from kesher.participation.models import Participation
from kesher.participation.services import change_values

State = Proposal.State
PROPOSAL = "contest_proposal"
TO_PROPOSE = gettext_lazy('to send a proposal to "%(title)s"')
PROPOSALS_A_PERSON = 20
STANDING = (State.SUBMITTED, State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The result of `submit_proposal`.

    ``joined``: the earlier proposal of the same word, which now stands for both. ``own``: its proposer asked, from an
    address that is theirs, so that they may add to it there; ``reachable``: and can get news there.
    """

    proposal: Proposal
    joined: Proposal | None = None
    own: bool = False
    reachable: bool = False

    @property
    def shown(self) -> Proposal:
        """Return the proposal that the public sees: the one it was merged into, else the new one."""
        return self.joined or self.proposal


def round_for(contest: Contest, verb: str) -> Round | None:
    """Return the contest's round that is open for this verb ("propose", "vote" …), or None."""
    rounds = contest.rounds.select_related("contest", "contest__action", "action").open()
    return next((round for round in rounds if verb in round.verbs), None)


@transaction.atomic
def submit_proposal(
    contest: Contest,
    call: Call,
    *,
    text: str,
    meaning: str = "",
    picture: Attachment | None = None,
    voice: Attachment | None = None,
    name: str = "",
    updates: bool = False,
) -> Proposed:
    """Store a person's proposal, or credit them on an equal one that exists; return both.

    Where the call has an unproved address, a code goes there, and `claim_proposal` takes it back. Who is credited from
    the start: see `find_proposer`. ``updates``: the person wants news of the contest.

    Raise Refused where the contest takes no proposals now, or this person has proposed the same before.
    """
    if round_for(contest, "propose") is None:
        late = late_for(contest, "propose")
        raise Refused(_("This contest takes no proposals now.") + late, code="closed")
    text, meaning = " ".join(text.split())[:TEXT_MAX], meaning.strip()[:MEANING_MAX]
    if not fold(text):
        raise Refused(_("Write a word first."), code="text")
    Contest.objects.select_for_update().get(pk=contest.pk)  # one at a time, so that two doors find each other's word
    identity = find_proposer(call)
    contact = identity.contact.root()
    check_person(contest, contact)
    row = Proposal(
        contest=contest,
        number=next_number(contest),
        texts={call.lang: text},
        meanings={call.lang: meaning} if meaning else {},
        language=call.lang,
        folded=fold(text),
        skeleton=skeleton(text),
        search_keys=search_keys(text, meaning),
        picture=publish_picture(picture),
        voice=voice,
        state=State.SUBMITTED if contest.reviewed else State.PUBLISHED,
    )
    twin = join_twin(row, contact)
    row.save()
    credit(row, contact, name=name, channel=call.door, level=call.level)
    if updates and call.level >= 1:
        record_news_consent(identity, call.door)
    audit("contests.propose", by=call.actor(contact), subject=row, joined=twin.pk if twin else None)
    publish(contest.action.stream)
    if call.level >= 1:  # else it is confirmed when its code comes back: `claim_proposal`
        confirm_commitment(identity, lambda: proposal_confirmation(row, identity), door=call.door)
    if call.address is not None:
        send_proposal_code(row, call.address, lang=call.lang)
    own = call.identity is not None and (call.level >= 1 or call.identity.scheme == "web")
    return Proposed(row, twin, own=own, reachable=own and call.level >= 1 and not updates)


def find_proposer(call: Call) -> Identity:
    """Return the identity that proposes: the caller's, that of the address given, or the best one of the contact.

    Raise Refused where the contact has none.
    """
    if call.identity is not None:
        return call.identity
    if call.address is not None:
        return get_or_create_identity(call.address, language=call.lang)
    found = call.person().identities.order_by("-assurance", "id").first()
    if found is None:
        raise Refused(_("To propose, write to us from your phone, or use the contest's page."))
    return found


def join_twin(row: Proposal, contact: Contact) -> Proposal | None:
    """Mark a new proposal as merged into one that is surely the same word; return that one, or None.

    Raise Refused where this person proposed it already.
    """
    twin = find_twin(row.contest, row.texts[row.language], row.skeleton)
    if twin is None:
        return None
    if twin_credits(twin).filter(contact__in=contact.family_ids()).exists():
        raise Refused(_("You have proposed “%(text)s” already. It is on our list.") % {"text": twin.text})
    row.state, row.merged_into, row.merged_how = State.MERGED, twin, "automatic"
    row.unread = row.contest.reviewed
    return twin


def check_person(contest: Contest, contact: Contact) -> None:
    """Raise Refused where a person has made too many proposals in this contest."""
    mine = ProposalCredit.objects.filter(proposal__contest=contest, contact__in=contact.family_ids()).count()
    if mine >= PROPOSALS_A_PERSON:
        raise Refused(_("You have proposed %(count)s times. Leave some for the others.") % {"count": mine})


@transaction.atomic
def add_own_proposal(contest: Contest, texts: Texts, *, meanings: Texts, staff: Staff) -> Proposal:
    """Publish a proposal that the agency wrote itself, without a review.

    Raise Refused where it is on the list already, or people choose from the list by now.
    """
    running = contest.state in (Contest.State.DRAFT, Contest.State.PUBLISHED)
    if not running or not all(map(may_still_list, contest.rounds.exclude(method=""))):
        raise Refused(_("People choose from this list already: nothing is added to it any more."))
    Contest.objects.select_for_update().get(pk=contest.pk)  # the second of two clicks finds the row of the first
    words = in_language(dict(texts), contest.language)
    twin = find_twin(contest, words, skeleton(words))
    if twin is not None:
        known = {"text": twin.text, "number": twin.number}
        raise Refused(_("“%(text)s” is on the list already, under number %(number)s.") % known)
    row = add_statement(contest, texts, meanings=meanings, staff=staff, distinct=False)
    publish(contest.action.stream)
    return row


def find_twin(contest: Contest, text: str, bones: str) -> Proposal | None:
    """Return the contest's oldest proposal that is surely the same word as ``text``, or None."""
    rows = Proposal.objects.filter(contest=contest, skeleton=bones, state__in=STANDING, distinct=False).order_by("id")
    return next((row for row in rows if is_same_word(row.texts.get(row.language, ""), text)), None)


def twin_credits(proposal: Proposal) -> QuerySet[ProposalCredit]:
    """Return the credits of all who made this proposal or one merged into it."""
    mine = ProposalCredit.objects.filter(proposal=proposal)
    return mine | ProposalCredit.objects.filter(proposal__merged_into=proposal)


def credit(proposal: Proposal, contact: Contact, *, name: str, channel: str, level: int) -> ProposalCredit:
    """Create a credit that names this person as a proposer of the proposal, and return it."""
    row = ProposalCredit(
        proposal=proposal, contact=contact, name=name_or_empty(name, NAME_MOST), channel=channel, level=level
    )
    row.save()
    return row


def record_news_consent(identity: Identity, door: str) -> None:
    """Record that a person agreed to be informed of what becomes of this contest.

    Not agreeing here does not withdraw what was agreed elsewhere.
    """
    wording = _("Tell me what happens in this contest")
    record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=door, wording=wording)


@transaction.atomic
def send_proposal_code(proposal: Proposal, address: Address, *, lang: str) -> None:
    """Send a code and a link to the address that was given with a proposal. Raise Refused where none may be sent."""
    identity = get_or_create_identity(address, language=lang)
    path = reverse("contests:proposed", args=[proposal.contest.code])
    link = f"{absolute(path)}?n={proposal.number}&code=CODE"
    contest, subject = proposal.contest, str(proposal.pk)
    send_code(
        identity, purpose=PROPOSAL, why=TO_PROPOSE, title=lambda: contest.title, subject=subject, lang=lang, link=link
    )


def claim_proposal(proposal: Proposal, call: Call, *, code: str) -> None:
    """Use the code that came back, and credit the proposal to the proved address.

    Raise Refused for a code that is wrong or too old. This is not one transaction: a wrong try must stay counted.
    """
    identity = find_identity(call.address) if call.address is not None else call.identity
    use_code(identity, code, purpose=PROPOSAL, subject=str(proposal.pk))
    assert identity is not None  # else the code was wrong
    write_claim(proposal, call, identity)
    confirm_commitment(identity, lambda: proposal_confirmation(proposal, identity), door=call.door)


@transaction.atomic
def write_claim(proposal: Proposal, call: Call, identity: Identity) -> None:
    """Record that the address is proved, that its owner made the proposal, and that they want news of it."""
    contact = identity.contact.root()
    by = call.actor(contact)
    prove_identity(identity, level=1, evidence={"code_for": proposal.contest.code}, by=by)
    row = proposal.credits.filter(contact=contact).first() or proposal.credits.order_by("id").first()
    if row is not None:
        ProposalCredit.objects.filter(pk=row.pk).update(contact=contact, level=max(row.level, 1))
    record_news_consent(identity, call.door)
    audit("contests.claim", by=by, subject=proposal)


@transaction.atomic
def review(proposal: Proposal, verdict: str, *, staff: Staff | None, reason: str = "") -> Proposal:
    """Publish or reject a proposal (``reason``: a key of `rules.REASONS`), and message its people. Raise Refused."""
    if verdict == "reject" and reason not in REASONS:
        raise Refused(_("Choose why this proposal is not published."))
    if proposal.state == State.MERGED:
        return review_joined(proposal, verdict, staff=staff, reason=reason)
    after = State.PUBLISHED if verdict == "publish" else State.REJECTED
    allowed = (State.SUBMITTED, State.REJECTED) if verdict == "publish" else STANDING
    if verdict == "publish" and has_twin(proposal):
        raise Refused(_("The same word was proposed again meanwhile. Join the two."))
    changed = Proposal.objects.filter(pk=proposal.pk, state__in=allowed).update(
        state=after, reason="" if verdict == "publish" else reason
    )
    if not changed:
        raise Refused(_("Somebody else changed this proposal a moment ago. Reload the page."))
    proposal.refresh_from_db()
    tell_reviewed(proposal, with_people(twin_credits(proposal)), staff=staff)
    audit("contests.review", by=staff_actor(staff), subject=proposal, verdict=verdict, reason=reason)
    publish(proposal.contest.action.stream)
    return proposal


def review_joined(proposal: Proposal, verdict: str, *, staff: Staff | None, reason: str) -> Proposal:
    """Publish or reject the texts of a proposal that was merged automatically.

    Published, its name and words may be shown; rejected, nobody is credited with it. Raise Refused where it was
    reviewed before.
    """
    shown = verdict == "publish"
    after = {} if shown else {"state": State.REJECTED, "reason": reason, "merged_into": None, "merged_how": ""}
    waits = Proposal.objects.filter(pk=proposal.pk, state=State.MERGED, unread=True)
    if not waits.update(unread=False, **after):
        raise Refused(_("Somebody else changed this proposal a moment ago. Reload the page."))
    proposal.refresh_from_db()
    if not shown:
        tell_reviewed(proposal, with_people(proposal.credits.all()), staff=staff)
        recount_ballots(proposal)
    audit("contests.review", by=staff_actor(staff), subject=proposal, verdict=verdict, reason=reason)
    publish(proposal.contest.action.stream)
    return proposal


def with_people(credits: QuerySet[ProposalCredit]) -> list[ProposalCredit]:
    """Return the credits as a list, with their contacts loaded."""
    return list(credits.select_related("contact__merged_into"))


def has_twin(proposal: Proposal) -> bool:
    """Return whether another submitted or published proposal in the contest is the same word."""
    twins = Proposal.objects.filter(contest=proposal.contest_id, folded=proposal.folded, state__in=STANDING)
    return not proposal.distinct and twins.filter(distinct=False).exclude(pk=proposal.pk).exists()


@transaction.atomic
def merge(proposal: Proposal, into: Proposal, *, staff: Staff | None) -> Proposal:
    """Merge a proposal into another, which then has the credits and votes of both.

    A ballot that names both counts once. Raise Refused.
    """
    into = root_of(into)
    if proposal.pk == into.pk or proposal.contest_id != into.contest_id or into.state not in STANDING:
        raise Refused(_("These two cannot be joined."))
    # Joining publishes the one of the two that waited for its review.
    waited = next((row for row in (proposal, into) if row.state == State.SUBMITTED), None)
    people = with_people(twin_credits(waited)) if waited is not None else []
    changed = Proposal.objects.filter(pk=proposal.pk, state__in=STANDING).update(
        state=State.MERGED, merged_into=into, merged_how="staff"
    )
    if not changed:
        raise Refused(_("Somebody else changed this proposal a moment ago. Reload the page."))
    Proposal.objects.filter(merged_into=proposal).update(merged_into=into)
    if proposal.state == State.PUBLISHED and into.state == State.SUBMITTED:
        Proposal.objects.filter(pk=into.pk).update(state=State.PUBLISHED)
        into.state = State.PUBLISHED
    proposal.refresh_from_db()
    if into.state == State.PUBLISHED:
        tell_reviewed(into, people, staff=staff)
    recount_ballots(proposal)
    audit("contests.merge", by=staff_actor(staff), subject=proposal, into=into.pk)
    publish(proposal.contest.action.stream)
    return proposal


@transaction.atomic
def unmerge(proposal: Proposal, *, staff: Staff | None) -> Proposal:
    """Separate a merged proposal again, with its own credits and votes. Raise Refused."""
    into = proposal.merged_into
    if into is None:
        raise Refused(_("This proposal stands for itself."))
    Proposal.objects.filter(pk=proposal.pk).update(
        state=into.state if into.state in STANDING and not proposal.unread else State.SUBMITTED,
        merged_into=None, merged_how="", distinct=True, unread=False,
    )  # fmt: skip
    proposal.refresh_from_db()
    recount_ballots(proposal)
    audit("contests.unmerge", by=staff_actor(staff), subject=proposal, out_of=into.pk)
    publish(proposal.contest.action.stream)
    return proposal


def root_of(proposal: Proposal) -> Proposal:
    """Return the proposal that this one was merged into, else this one.

    Merges are one step deep: `merge` moves what was joined before.
    """
    return proposal.merged_into or proposal


def recount_ballots(proposal: Proposal) -> None:
    """Update the tallies of open ballots that name this proposal, after it was merged or separated.

    Their choices stay as they were cast, so that the merge can be undone. Only rounds that are not over change.
    """
    named = Choice.objects.filter(proposal=proposal, round__ended_at=None, round__counted_at=None, ballot__isnull=False)
    ballots = Participation.objects.filter(pk__in=named.values("ballot"))
    choices = Choice.objects.filter(ballot__in=ballots).select_related("proposal__merged_into", "round")
    by_ballot: dict[int, list[Choice]] = defaultdict(list)
    for choice in choices.order_by("rank", "id"):
        assert choice.ballot_id is not None
        by_ballot[choice.ballot_id].append(choice)
    change_values({ballot: tally_value(found) for ballot, found in by_ballot.items()})


def tally_value(choices: list[Choice]) -> str:
    """Return the text under which a ballot is tallied, such as "3 7"; "" for pairs.

    Chosen: "3 7". Ranked: the first preference, "3". Opinions: "3+ 7- 9=". Pairs: "".
    """
    if not choices or choices[0].against_id is not None:
        return ""
    if choices[0].round.method == Round.Method.OPINION:
        said: dict[int, str] = {}
        # Of two joined statements the first answer counts, as in `counting/round_count.py`.
        for choice in choices:
            said.setdefault(root_of(choice.proposal).number, "-=+"[choice.value + 1])
        return " ".join(f"{number}{sign}" for number, sign in said.items())
    if choices[0].rank is not None:
        choices = choices[:1]
    return " ".join(dict.fromkeys(str(root_of(c.proposal).number) for c in choices))
