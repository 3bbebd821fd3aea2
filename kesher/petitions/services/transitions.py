"""Change a petition's state, by a person or by the clock, and notify its author and signers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.business_hours import add_working
from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.conversations.deadlines import may_close
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.participation.deadlines import LONGEST
from kesher.participation.models import Action, CodeDue
from kesher.petitions.models import Petition
from kesher.petitions.policy_deadlines import months_after, policy_of
from kesher.petitions.rejection_reasons import DUPLICATE, reason_of
from kesher.petitions.services.events import EventKind, append_event, tell_author
from kesher.petitions.services.signatures import SIGN
from kesher.petitions.states import find_transition

Moderation, Closing, ClosedBy = Petition.Moderation, Petition.Closing, Petition.ClosedBy
UNPROVED = timedelta(days=7)
QUEUE = "petitions"  # the desk's live stream
STORY = {
    "gather": EventKind.STARTED,
    "submit": EventKind.SUBMITTED,
    "ask_changes": EventKind.CHANGES,
    "publish": EventKind.PUBLISHED,
    "reject": EventKind.REJECTED,
    "take_down": EventKind.TAKEN_DOWN,
    "lapse": EventKind.LAPSED,
    "close": EventKind.CLOSED,
    "reopen": EventKind.REOPENED,
}
# Transitions that only the author and the desk see.
PRIVATE = frozenset({"ask_changes", "lapse"})


@transaction.atomic
def move(
    petition: Petition,
    transition: str,
    *,
    staff: Staff | None = None,
    by: Actor | None = None,
    tell: bool = True,
    **given: Any,
) -> Petition:
    """Change a petition's state by one transition of `states.py`, and write to the author unless ``tell`` is false.

    ``given`` is what it needs: ``reason``, ``words`` and ``same_as``, the petition to sign instead (reject, take_down),
    ``words`` (close), ``asked`` (ask_changes), ``closed_by``. Raise Refused where the table has no such transition, or
    where somebody else made one meanwhile.
    """
    taken = find_transition(petition, transition)
    if taken is None:
        raise Refused(_("This cannot be done with the petition now. Reload the page to see where it stands."))
    column, before, after = taken
    changes: dict[str, Any] = {
        column: after,
        "changed": timezone.now(),
        **transition_columns(petition, transition, given),
    }
    if not Petition.objects.filter(pk=petition.pk, **{column: before}).update(**changes):
        raise Refused(_("Somebody else changed this petition a moment ago. Reload the page to see where it stands."))
    for name, value in changes.items():
        setattr(petition, name, value)
    if petition.hidden and petition.picture is not None:
        hide_picture(petition.picture)
    petition.action.is_open = petition.takes_signatures
    Action.objects.filter(pk=petition.action_id).update(is_open=petition.action.is_open)
    append_event(
        petition,
        STORY[transition],
        staff=staff,
        public=transition not in PRIVATE,
        words=transition_words(petition, transition),
    )
    audit("petitions.move", by=by or staff_actor(staff), subject=petition, step=transition, before=before, after=after)
    publish(petition.action.stream, QUEUE)
    if tell and not (transition == "close" and petition.closed_by == ClosedBy.AUTHOR):
        tell_author(petition, transition)
    return petition


def hide_picture(picture: Attachment) -> None:
    """Make a picture private and give it a new key, so that its known URL no longer opens it.

    Its key is what opens it.
    """
    picture.key, picture.public = token(), False
    picture.save(update_fields=["key", "public"])


def transition_columns(petition: Petition, transition: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return {column: value} that a transition sets besides the state. Raise Refused if something is missing."""
    now, policy = timezone.now(), policy_of(petition.agency_id)
    free = {"held_by": None, "held_until": None}
    match transition:
        case "gather":
            return {"supporters": policy.supporters, "gather_until": now + timedelta(days=policy.gather_days)}
        case "submit":
            due = add_working(petition.agency, now, policy.review_hours)
            fresh: dict[str, Any] = {"reason": "", "reason_words": {}, "same_as": None, "hidden": False}
            return {"submitted_at": now, "review_due": due, **fresh}
        case "ask_changes":
            if not str(given.get("asked") or "").strip():
                raise Refused(_("Say what has to be changed."))
            return {"asked": str(given["asked"]).strip()[:2000], **free}
        case "publish":
            opens = petition.opens_at or now
            closes = petition.closes_at or months_after(opens, policy.open_months)
            return {"opens_at": opens, "closes_at": closes, "asked": "", **free}
        case "reject" | "take_down":
            return {**refusal_columns(given), **free}
        case "close":
            words = dict(given.get("words") or {})
            closer = given.get("closed_by") or ClosedBy.BODY
            return {"closed_at": now, "closed_by": closer, "closed_words": words}
        case "reopen":
            over = petition.closes_at is not None and petition.closes_at <= now
            ends = {"closes_at": months_after(now, policy.open_months)} if over else {}
            return {"closed_at": None, "closed_by": "", "closed_words": {}, "archived": False, **ends}
    return {}


def refusal_columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return {column: value} of a refusal, by the table of reasons. Raise Refused without a reason."""
    reason = reason_of(str(given.get("reason") or ""))
    if reason is None:
        raise Refused(_("Choose a reason."))
    same_as = given.get("same_as") if reason.code == DUPLICATE else None
    words = dict(given.get("words") or {})
    return {"reason": reason.code, "hidden": reason.hides, "reason_words": words, "same_as": same_as}


def transition_words(petition: Petition, transition: str) -> Mapping[str, str]:
    """Return {language: words} for the timeline that belong to a transition: the reason, or what to change."""
    if transition == "ask_changes":
        return {petition.language: petition.asked}
    return (
        petition.reason_words
        if transition in ("reject", "take_down")
        else petition.closed_words
        if transition == "close"
        else {}
    )


@transaction.atomic
def extend_signing(petition: Petition, closes_at: datetime, *, staff: Staff) -> None:
    """Set a later closing time for an open petition. Raise Refused."""
    if not petition.is_open or closes_at <= timezone.now():
        raise Refused(_("Only an open petition can get more time, until a day that is still to come."))
    petition.closes_at = closes_at
    petition.save(update_fields=["closes_at", "changed"])
    day = closes_at.astimezone(ZoneInfo(petition.agency.timezone)).date()
    append_event(petition, EventKind.EXTENDED, staff=staff, until=day.isoformat())
    audit("petitions.extend", by=staff_actor(staff), subject=petition, until=closes_at.isoformat())
    publish(petition.action.stream)


def close_ended(before: datetime | None = None) -> int:
    """Close the petitions whose signing ended by ``before`` (else by now), once all sent in time is counted.

    Return how many.
    """
    before = before or timezone.now()
    with everywhere("petitions whose time is over"):
        rows = list(Petition.objects.over(before).select_related("action", "author", "agency")[:200])
    return sum(close_if_ended(petition, before) for petition in rows)


@transaction.atomic
def close_if_ended(petition: Petition, before: datetime) -> int:
    """Close one petition whose signing is over, unless it was extended meanwhile; return 1 or 0."""
    with scope(petition.agency_id):
        # Read it again: it may have got more time meanwhile.
        held = Petition.objects.over(before).select_for_update(of=("self",), no_key=True).filter(pk=petition.pk)
        if not list(held) or not may_close_signing(petition, petition.closes_at):
            return 0
        move(petition, "close", closed_by=ClosedBy.DATE)
        return 1


def may_close_signing(petition: Petition, end: datetime | None) -> bool:
    """Return whether no signature or code that was sent before ``end`` is still being processed."""
    assert end is not None
    due = CodeDue.objects.filter(row__action=petition.action_id, counted=False, asked_at__lt=end)
    if due.exists() and timezone.now() < end + LONGEST:
        return False  # the message with the code is not written yet
    return may_close(end, (SIGN, petition.code))


def lapse_unsupported(before: datetime | None = None) -> int:
    """Let petitions lapse that gathered too few supporters in time, or whose author never confirmed; return how many.

    Their time is judged by ``before``, else by now. Return how many.
    """
    with everywhere("petitions without supporters"):
        late = Q(moderation=Moderation.GATHERING, gather_until__lte=before or timezone.now())
        # The address never answered, so it may be somebody else's: it gets no message.
        unproved = Q(moderation=Moderation.DRAFT, author__isnull=False, created__lt=timezone.now() - UNPROVED)
        rows = list(Petition.objects.filter(late | unproved).select_related("action", "author", "agency")[:200])
    return sum(lapse(petition) for petition in rows)


def lapse(petition: Petition) -> int:
    """Let one petition lapse and return 1; return 0 if signatures sent in time are still being processed."""
    gathering = petition.moderation == Moderation.GATHERING
    with scope(petition.agency_id):
        if gathering and not may_close_signing(petition, petition.gather_until):
            return 0
        move(petition, "lapse", tell=gathering)
        return 1


def archive_old() -> int:
    """Archive petitions that closed longer ago than the agency's policy says; return how many."""
    with everywhere("petitions for the archive"):
        closed = Petition.objects.published().filter(closing=Closing.CLOSED, archived=False, closed_at__isnull=False)
        rows = list(closed.select_related("action")[:500])
    return sum(archive(petition) for petition in rows)


def archive(petition: Petition) -> int:
    """Archive one closed petition if its time has come; return 1 or 0."""
    with scope(petition.agency_id), transaction.atomic():
        assert petition.closed_at is not None
        if months_after(petition.closed_at, policy_of(petition.agency_id).archive_months) > timezone.now():
            return 0
        petition.archived = True
        petition.save(update_fields=["archived", "changed"])
        audit("petitions.archive", by=staff_actor(None), subject=petition)
        return 1
