"""Closing a vote and counting it, the body's decision, and telling everybody who took part."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.contacts.models import Consent, Contact
from kesher.contests.counting.round_count import result_of
from kesher.contests.models import Ballot, Contest, Decision, Outcome, Proposal, ProposalCredit, Round
from kesher.contests.services.anonymise import anonymise_round
from kesher.contests.services.contests import Texts, actor
from kesher.contests.services.round_close import close_round, end_rounds, wait_for_votes
from kesher.contests.services.votes import VOTE
from kesher.conversations.deadlines import may_close
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.core.audit import SYSTEM, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.core.scope import everywhere, scope
from kesher.language import LANGUAGES
from kesher.participation.models import Action
from kesher.participation.services import check_no_running_voiding

PURPOSE = Consent.Purpose.INFORMATION
AT_ONCE = 200


def close_due_rounds(before: datetime | None = None) -> int:
    """Count every round whose time has passed (by ``before``, else by now), or that staff ended, and of which nothing
    that was sent in time is on its way; return how many."""
    with everywhere("rounds whose time is over"):
        found = Round.objects.over(before or timezone.now()).select_related("contest__action", "action")
        rows = list(found[:AT_ONCE])
    return sum(count_over(round) for round in rows)


def count_over(round: Round) -> int:
    assert round.closes_at is not None
    with scope(round.agency_id), suppress(Refused):  # another process was first, or it must wait
        if round.ended_at is None and not may_close(round.closes_at, (VOTE, str(round.pk))):
            return 0
        count_round(round)
        return 1
    return 0


@transaction.atomic
def stop_contest(contest: Contest, *, staff: Staff | None, reason: str) -> Contest:
    """Ends a contest without a decision, for a reason that stands on its page and goes to everybody who took part.
    Nobody counts its rounds any more; the worker cuts an anonymous one from its voters (`cut_what_was_stopped`). Raises
    Refused."""
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
        # Whoever took part is told of what he did himself, asked for news or not.
        row.broadcast = send(contest, "stopped", people, texts, staff, purpose=Consent.Purpose.SERVICE)
    row.save()
    audit("contests.stop", by=actor(staff), subject=contest, reason=why[:200])
    publish(contest.action.stream)
    return contest


def stopped_message(contest: Contest, why: str, lang: str) -> str:
    with translation.override(lang):
        words = _("“%(title)s” was stopped: %(why)s") % {"title": contest.title, "why": why}
        return f"{words}\n{page_url(contest)}"


def anonymise_stopped_rounds() -> int:
    """Cuts the anonymous rounds of stopped contests, which nobody counts; returns how many."""
    with everywhere("anonymous rounds that were stopped"):
        rows = list(Round.objects.uncut()[:AT_ONCE])
    for round in rows:
        with scope(round.agency_id):
            anonymise_round(round)
    return len(rows)


@transaction.atomic
def end_round(round: Round, *, staff: Staff | None = None) -> Round:
    """This round takes nothing new any more. Staff may end one that runs; its votes are counted by the worker
    (`count_over`), with those that are on their way. Raises Refused where it is counted already."""
    return note_end(round, close_round(round), staff)


@transaction.atomic
def shut_round(round: Round, *, staff: Staff | None = None) -> Round:
    """Nobody votes in this round any more, whatever is on its way. Raises Refused where it is counted already."""
    return note_end(round, bool(end_rounds(Round.objects.filter(pk=round.pk))), staff)


def note_end(round: Round, ended: bool, staff: Staff | None) -> Round:
    round.refresh_from_db()
    if round.counted_at is not None:
        raise Refused(_("This round is over and counted."))
    if ended:
        audit("contests.end_round", by=actor(staff) if staff else SYSTEM, subject=round)
        publish(round.action.stream, round.contest.action.stream)
    return round


def count_round(round: Round, *, staff: Staff | None = None) -> Round:
    """Ends a round and writes down its result, once: later reads show what was counted. An anonymous one is first cut
    from its voters. Counting may take seconds, so no transaction is open meanwhile; whatever breaks it off, doing it
    again goes on from there. Raises Refused."""
    shut_round(round, staff=staff)
    wait_for_votes(round)
    check_no_running_voiding(round.action)
    if round.method and round.anonymous:
        anonymise_round(round)
    return keep_result(round, result_of(round) if round.method else {}, staff)


@transaction.atomic
def keep_result(round: Round, result: dict[str, Any], staff: Staff | None) -> Round:
    at = timezone.now()
    if not Round.objects.filter(pk=round.pk, counted_at=None).update(counted_at=at, result=result):
        raise Refused(_("This round is over and counted."))
    round.counted_at, round.result = at, result
    audit("contests.count", by=actor(staff) if staff else SYSTEM, subject=round)
    publish(round.action.stream, round.contest.action.stream)
    return round


@transaction.atomic
def decide(
    contest: Contest, proposal: Proposal | None, reasons: Texts, *, staff: Staff | None, tell: bool = True
) -> Decision:
    """The body decides, with reasons, and may differ from the vote. ``proposal`` None: none of them. Everybody who
    proposed or voted and agreed to get news is told, each on his own channel. Raises Refused."""
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
        news = in_each_language(contest, proposal, words)
        row.broadcast = tell_of_decision(contest, proposal, news, staff=staff)
        row.save(update_fields=["broadcast"])
    audit("contests.decide", by=actor(staff), subject=contest, proposal=proposal.pk if proposal else None)
    publish(contest.action.stream)
    return row


def reasons_given(reasons: Texts) -> dict[str, str]:
    """The reasons that say something. Raises Refused where none does."""
    words = {lang: text.strip() for lang, text in reasons.items() if text.strip()}
    if not words:
        raise Refused(_("Say why: a decision without its reasons is none."))
    return words


def check_choice(contest: Contest, proposal: Proposal | None) -> None:
    if proposal is not None and (proposal.contest_id != contest.pk or proposal.state != Proposal.State.PUBLISHED):
        raise Refused(_("Choose one of the published proposals."))


def differs(contest: Contest, proposal: Proposal | None) -> bool:
    """Is it another one than the vote's?"""
    return favourite(contest) not in (None, proposal.number if proposal else None)


def favourite(contest: Contest) -> int | None:
    """The number that won the last vote; None where nobody voted."""
    last = contest.rounds.exclude(method="").exclude(counted_at=None).order_by("-position").first()
    order = last.result.get("order", []) if last else []
    return int(order[0]["number"]) if order and order[0].get("votes") != 0 else None


def coiners(proposal: Proposal, *, known: bool = False) -> QuerySet[Contact]:
    """Everybody who is credited with a word: who proposed it, and who proposed what was joined with it. ``known``: only
    where it is surely his (see `telling.is_known`)."""
    rows = ProposalCredit.objects.filter(Q(proposal=proposal) | Q(proposal__merged_into=proposal))
    rows = rows.exclude(level=0, channel="api") if known else rows
    return Contact.objects.filter(pk__in=rows.values("contact"))


def participants_of(contest: Contest) -> QuerySet[Contact]:
    """Everybody who proposed or voted."""
    credits = ProposalCredit.objects.filter(proposal__contest=contest).exclude(proposal__state="rejected")
    ballots = Ballot.objects.counted().filter(action__in=contest.rounds.values("action"))
    return Contact.objects.filter(pk__in=credits.values("contact")) | Contact.objects.filter(
        pk__in=ballots.values("contact")
    )


def tell_of_decision(contest: Contest, proposal: Proposal | None, news: Texts, *, staff: Staff | None) -> Broadcast:
    """Two texts: thanks to those whose word it is, the news to everybody else."""
    page = page_url(contest)
    winners = coiners(proposal) if proposal is not None else Contact.objects.none()
    if proposal is not None:
        texts = {lang: thanks(contest, proposal, lang, page) for lang in LANGUAGES}
        # About what one did oneself, as "your word is on the page" was: it needs no further consent.
        send(contest, "coiners", coiners(proposal, known=True), texts, staff, purpose=Consent.Purpose.SERVICE)
    others = participants_of(contest).exclude(pk__in=winners.values("pk"))
    return send(contest, "decision", others, news, staff)


def in_each_language(contest: Contest, proposal: Proposal | None, reasons: Texts) -> dict[str, str]:
    return {lang: decided(contest, proposal, reasons, lang, page_url(contest)) for lang in LANGUAGES}


def thanks(contest: Contest, proposal: Proposal, lang: str, page: str) -> str:
    with translation.override(lang):
        words = _("“%(text)s”, which you proposed, was chosen in “%(title)s”. Thank you! The credits: %(page)s")
        return words % {"text": proposal.text, "title": contest.title, "page": f"{page}credits/"}


def decided(contest: Contest, proposal: Proposal | None, reasons: Texts, lang: str, page: str) -> str:
    with translation.override(lang):
        if proposal is None:
            lead = _("The decision in “%(title)s”: none of the proposals was chosen.") % {"title": contest.title}
        else:
            lead = _("The decision in “%(title)s”: %(text)s.") % {"title": contest.title, "text": proposal.text}
        return "\n".join((lead, contest.words(dict(reasons)), page))


def send(
    contest: Contest, what: str, people: QuerySet[Contact], texts: Texts, staff: Staff | None, *, purpose: str = PURPOSE
) -> Broadcast:
    found = people.select_related("merged_into").distinct().iterator(chunk_size=500)
    return broadcast(found, name=f"{contest.code} {what}", texts=texts, purpose=purpose, staff=staff)


@transaction.atomic
def add_outcome(contest: Contest, texts: Texts, *, staff: Staff | None, tell: bool = False) -> Outcome:
    """What was done with it since. ``tell`` sends it to everybody who took part and agreed. Raises Refused."""
    words = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    if not words:
        raise Refused(_("Write something first."))
    if contest.state != Contest.State.FINISHED:
        raise Refused(_("First the decision, then what was done with it."))
    row = Outcome(contest=contest, texts=words, by=staff)
    if tell:
        page = page_url(contest)
        full = {lang: f"{contest.words(contest.titles)}\n\n{text}\n\n{page}" for lang, text in words.items()}
        row.broadcast = send(contest, "outcome", participants_of(contest), full, staff)
    row.save()
    audit("contests.outcome", by=actor(staff), subject=contest, told=tell)
    publish(contest.action.stream)
    return row


def page_url(contest: Contest) -> str:
    """The contest's page as the outside knows it."""
    return absolute(contest.get_absolute_url())
