"""Count rounds, record the decision or correct it, and message everybody who took part."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Consent, Contact
from kesher.contests.counting.round_count import result_of
from kesher.contests.models import Ballot, Contest, Decision, EarlierDecision, Outcome, Proposal, ProposalCredit, Round
from kesher.contests.services.anonymise import anonymise_round
from kesher.contests.services.contests import Texts
from kesher.contests.services.round_close import close_round, end_rounds, wait_for_votes
from kesher.contests.services.votes import VOTE
from kesher.conversations.deadlines import may_close
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.language import LANGUAGES
from kesher.participation.models import Action
from kesher.participation.services import check_no_running_voiding

PURPOSE = Consent.Purpose.INFORMATION
AT_ONCE = 200


def close_due_rounds(before: datetime | None = None) -> int:
    """Count every round that has closed, unless votes sent in time are still being stored; return how many.

    ``before``: the moment by which a round's time must have passed; None for now. Rounds that staff ended count too.
    """
    with everywhere("rounds whose time is over"):
        found = Round.objects.over(before or timezone.now()).select_related("contest__action", "action")
        rows = list(found[:AT_ONCE])
    return sum(count_due_round(round) for round in rows)


def count_due_round(round: Round) -> int:
    """Count a closed round unless votes for it are still being processed; return 1 if counted, else 0."""
    assert round.closes_at is not None
    with scope(round.agency_id), suppress(Refused):  # another process was first, or it has to wait
        if round.ended_at is None and not may_close(round.closes_at, (VOTE, str(round.pk))):
            return 0
        count_round(round)
        return 1
    return 0


@transaction.atomic
def stop_contest(contest: Contest, *, staff: Staff | None, reason: str) -> Contest:
    """Stop a contest without a decision, and message its public reason to everybody who took part.

    Its rounds are not counted; the worker anonymises those that are anonymous (`anonymise_stopped_rounds`). Raise
    Refused.
    """
    why, before, after = reason.strip()[:600], Contest.State.PUBLISHED, Contest.State.STOPPED
    if not why:
        raise Refused(_("Say why this contest is stopped."))
    if not Contest.objects.filter(pk=contest.pk, state=before).update(state=after):
        raise Refused(_("Only a running contest can be stopped."))
    contest.state = after
    Action.objects.filter(pk=contest.action_id).update(is_open=False)
    end_rounds(Round.objects.filter(contest=contest))
    row = Outcome(contest=contest, texts={contest.language: why}, by=staff)
    if (people := participants_of(contest)).exists():
        texts = {lang: stopped_message(contest, why, lang) for lang in LANGUAGES}
        # It is about what people did themselves, so it goes also to those who did not ask for news.
        row.broadcast = send_news(contest, "stopped", people, texts, staff, purpose=Consent.Purpose.SERVICE)
    row.save()
    audit("contests.stop", by=staff_actor(staff), subject=contest, reason=why[:200])
    publish(contest.action.stream)
    return contest


def stopped_message(contest: Contest, why: str, lang: str) -> str:
    """Return the message to participants that a contest was stopped, and why."""
    with translation.override(lang):
        words = _("“%(title)s” was stopped: %(why)s") % {"title": contest.title, "why": why}
        return f"{words}\n{contest.page_url}"


def anonymise_stopped_rounds() -> int:
    """Remove voters from votes of anonymous rounds in stopped contests; return how many rounds."""
    with everywhere("anonymous rounds that were stopped"):
        rows = list(Round.objects.uncut()[:AT_ONCE])
    for round in rows:
        with scope(round.agency_id):
            anonymise_round(round)
    return len(rows)


@transaction.atomic
def end_round(round: Round, *, staff: Staff | None = None) -> Round:
    """End a round for new votes; the worker counts it once those sent in time are stored.

    Raise Refused where it is counted already.
    """
    return record_end(round, close_round(round), staff)


@transaction.atomic
def end_round_at_once(round: Round, *, staff: Staff | None = None) -> Round:
    """End a round without waiting for votes on their way. Raise Refused where it is counted already."""
    return record_end(round, bool(end_rounds(Round.objects.filter(pk=round.pk))), staff)


def record_end(round: Round, ended: bool, staff: Staff | None) -> Round:
    """Write the audit line of a round's end, and return the round. Raise Refused where it is counted already."""
    round.refresh_from_db()
    if round.counted_at is not None:
        raise Refused(_("This round is over and counted."))
    if ended:
        audit("contests.end_round", by=staff_actor(staff) if staff else SYSTEM, subject=round)
        publish(round.action.stream, round.contest.action.stream)
    return round


def count_round(round: Round, *, staff: Staff | None = None) -> Round:
    """End a round, count its votes and store the result, once; an anonymous one is anonymised first.

    Counting may take seconds, so no transaction is open meanwhile; after an interruption it can be called again. Raise
    Refused.
    """
    end_round_at_once(round, staff=staff)
    wait_for_votes(round)
    check_no_running_voiding(round.action)
    if round.method and round.anonymous:
        anonymise_round(round)
    return store_result(round, result_of(round) if round.method else {}, staff)


@transaction.atomic
def store_result(round: Round, result: dict[str, Any], staff: Staff | None) -> Round:
    """Store the result of a round. Raise Refused where it has one already."""
    at = timezone.now()
    if not Round.objects.filter(pk=round.pk, counted_at=None).update(counted_at=at, result=result):
        raise Refused(_("This round is over and counted."))
    round.counted_at, round.result = at, result
    audit("contests.count", by=staff_actor(staff) if staff else SYSTEM, subject=round)
    publish(round.action.stream, round.contest.action.stream)
    return round


@transaction.atomic
def decide(
    contest: Contest, proposal: Proposal | None, reasons: Texts, *, staff: Staff | None, tell: bool = True
) -> Decision:
    """Record the agency's decision on a contest with its reasons; it may differ from the vote.

    ``proposal`` None: none of them. ``tell``: send the news to everybody who proposed or voted and agreed to it, on
    their own channel. Raise Refused.
    """
    words = reasons_given(reasons)
    if contest.rounds.exclude(method="").filter(counted_at=None).exists():
        raise Refused(_("A vote is not over yet. Decide when it is counted."))
    check_choice(contest, proposal)
    if not Contest.objects.filter(pk=contest.pk, state=Contest.State.PUBLISHED).update(state=Contest.State.FINISHED):
        raise Refused(_("Only a running contest can be decided."))
    contest.state = Contest.State.FINISHED
    Action.objects.filter(pk=contest.action_id).update(is_open=False)
    if proposal is not None:
        Proposal.objects.filter(pk=proposal.pk).update(place=1)
    row = Decision(
        contest=contest,
        proposal=proposal,
        reasons=words,
        differs=differs(contest, proposal),
        by=staff,
    )
    row.save()
    if tell:
        news = decision_messages(contest, proposal, words)
        row.broadcast = tell_of_decision(contest, proposal, news, staff=staff)
        row.save(update_fields=["broadcast"])
    audit("contests.decide", by=staff_actor(staff), subject=contest, proposal=proposal.pk if proposal else None)
    publish(contest.action.stream)
    return row


def reasons_given(reasons: Texts) -> dict[str, str]:
    """Return {language: reason} without empty ones. Raise Refused where all are empty."""
    words = {lang: text.strip() for lang, text in reasons.items() if text.strip()}
    if not words:
        raise Refused(_("Say why: a decision without its reasons is none."))
    return words


def check_choice(contest: Contest, proposal: Proposal | None) -> None:
    """Raise Refused where the proposal is not a published one of this contest."""
    if proposal is not None and (proposal.contest_id != contest.pk or proposal.state != Proposal.State.PUBLISHED):
        raise Refused(_("Choose one of the published proposals."))


def differs(contest: Contest, proposal: Proposal | None) -> bool:
    """Return whether the chosen proposal is not the winner of the vote."""
    return winner_of_vote(contest) not in (None, proposal.number if proposal else None)


def winner_of_vote(contest: Contest) -> int | None:
    """Return the number of the proposal that won the contest's last vote; None without votes."""
    last = contest.rounds.exclude(method="").exclude(counted_at=None).order_by("-position").first()
    order = last.result.get("order", []) if last else []
    return int(order[0]["number"]) if order and order[0].get("votes") != 0 else None


def proposers_of(proposal: Proposal, *, known: bool = False) -> QuerySet[Contact]:
    """Return the people credited with this proposal or with one merged into it.

    ``known``: only where it is surely theirs (see `notifications.is_surely_theirs`).
    """
    rows = ProposalCredit.objects.filter(Q(proposal=proposal) | Q(proposal__merged_into=proposal))
    rows = rows.exclude(level=0, channel="api") if known else rows
    return Contact.objects.filter(pk__in=rows.values("contact"))


def participants_of(contest: Contest) -> QuerySet[Contact]:
    """Return all people who proposed or voted in the contest."""
    credits = ProposalCredit.objects.filter(proposal__contest=contest).exclude(proposal__state="rejected")
    ballots = Ballot.objects.counted().filter(action__in=contest.rounds.values("action"))
    return Contact.objects.filter(pk__in=credits.values("contact")) | Contact.objects.filter(
        pk__in=ballots.values("contact")
    )


def tell_of_decision(contest: Contest, proposal: Proposal | None, news: Texts, *, staff: Staff | None) -> Broadcast:
    """Message those whose proposal was chosen with thanks, and the other participants with ``news``."""
    page = contest.page_url
    winners = proposers_of(proposal) if proposal is not None else Contact.objects.none()
    if proposal is not None:
        texts = {lang: thanks_message(contest, proposal, lang, page) for lang in LANGUAGES}
        # It is about what people did themselves, so it needs no further consent.
        send_news(contest, "coiners", proposers_of(proposal, known=True), texts, staff, purpose=Consent.Purpose.SERVICE)
    others = participants_of(contest).exclude(pk__in=winners.values("pk"))
    return send_news(contest, "decision", others, news, staff)


def decision_messages(contest: Contest, proposal: Proposal | None, reasons: Texts) -> dict[str, str]:
    """Return {language: message} of the decision to participants."""
    return {lang: decision_message(contest, proposal, reasons, lang, contest.page_url) for lang in LANGUAGES}


def thanks_message(contest: Contest, proposal: Proposal, lang: str, page: str) -> str:
    """Return the message of thanks to the people whose proposal was chosen, in one language."""
    with translation.override(lang):
        words = _("“%(text)s”, which you proposed, was chosen in “%(title)s”. Thank you! The credits: %(page)s")
        return words % {"text": proposal.text, "title": contest.title, "page": f"{page}credits/"}


def decision_message(contest: Contest, proposal: Proposal | None, reasons: Texts, lang: str, page: str) -> str:
    """Return the message of the decision to participants, in one language."""
    with translation.override(lang):
        if proposal is None:
            lead = _("The decision in “%(title)s”: none of the proposals was chosen.") % {"title": contest.title}
        else:
            lead = _("The decision in “%(title)s”: %(text)s.") % {"title": contest.title, "text": proposal.text}
        return "\n".join((lead, contest.words(dict(reasons)), page))


def send_news(
    contest: Contest, what: str, people: QuerySet[Contact], texts: Texts, staff: Staff | None, *, purpose: str = PURPOSE
) -> Broadcast:
    """Queue a broadcast of these texts, by language, to people of the contest."""
    found = people.select_related("merged_into").distinct().iterator(chunk_size=500)
    return broadcast(found, name=f"{contest.code} {what}", texts=texts, purpose=purpose, staff=staff)


@transaction.atomic
def add_outcome(contest: Contest, texts: Texts, *, staff: Staff | None, tell: bool = False) -> Outcome:
    """Publish a report of what was done since the decision.

    ``tell`` sends it to everybody who took part and agreed to news. Raise Refused.
    """
    words = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    if not words:
        raise Refused(_("Write something first."))
    if contest.state != Contest.State.FINISHED:
        raise Refused(_("First the decision, then what was done with it."))
    row = Outcome(contest=contest, texts=words, by=staff)
    if tell:
        page = contest.page_url
        full = {lang: f"{contest.words(contest.titles)}\n\n{text}\n\n{page}" for lang, text in words.items()}
        row.broadcast = send_news(contest, "outcome", participants_of(contest), full, staff)
    row.save()
    audit("contests.outcome", by=staff_actor(staff), subject=contest, told=tell)
    publish(contest.action.stream)
    return row


@transaction.atomic
def amend_decision(
    contest: Contest,
    proposal: Proposal | None,
    reasons: Texts,
    why: Texts,
    *,
    staff: Staff | None,
    tell: bool = False,
) -> Decision:
    """Change the proposal or the reasons of a contest's decision, and store the earlier version.

    ``why`` is public. ``tell`` sends the news to everybody who got the decision. Raise Refused.
    """
    words, causes = reasons_given(reasons), {lang: text.strip() for lang, text in why.items() if text.strip()}
    if not causes:
        raise Refused(_("Say why it is corrected: everybody can read it."))
    check_choice(contest, proposal)
    row = Decision.objects.select_for_update().filter(contest=contest).first()  # one correction at a time
    if row is None:
        raise Refused(_("There is no decision yet that could be corrected."))
    chosen = proposal.pk if proposal else None
    if (row.proposal_id, row.reasons) == (chosen, words):
        raise Refused(_("The decision says this already."))
    earlier = EarlierDecision(
        contest=contest, proposal_id=row.proposal_id, reasons=row.reasons, by=row.by, at=row.at, why=causes,
        corrected_by=staff,
    )  # fmt: skip
    earlier.save()
    Proposal.objects.filter(contest=contest, place=1).update(place=None)
    if proposal is not None:
        Proposal.objects.filter(pk=proposal.pk).update(place=1)
    row.proposal_id, row.reasons, row.by, row.at = chosen, words, staff, timezone.now()
    row.differs = differs(contest, proposal)
    if tell:
        news = correction_news(contest, proposal, causes)
        if earlier.proposal_id == chosen:  # the thanks went out before: now all get the same news
            row.broadcast = send_news(contest, "decision", participants_of(contest), news, staff)
        else:
            row.broadcast = tell_of_decision(contest, proposal, news, staff=staff)
    row.save()
    audit("contests.amend_decision", by=staff_actor(staff), subject=contest, before=earlier.proposal_id, after=chosen)
    publish(contest.action.stream)
    return row


def correction_news(contest: Contest, proposal: Proposal | None, why: Texts) -> dict[str, str]:
    """Return {language: message} that the decision was corrected, and why."""
    found = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            names = {"title": contest.title, "text": proposal.text if proposal else _("None of them")}
            lead = _("The decision in “%(title)s” was corrected. It is now: %(text)s.") % names
            found[lang] = "\n".join((lead, contest.words(dict(why)), contest.page_url))
    return found
