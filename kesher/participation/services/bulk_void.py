"""Void many participations at once by a condition, with a reason, in the background and reversibly.

The matches are counted first. No row is deleted, and a row that was void before is left as it is.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.participation.action_kinds import get_kind
from kesher.participation.models import Action, Participation, Voiding
from kesher.participation.participation_origin import SCHEMES, net_of, normalize_prefix
from kesher.participation.services.participate import STANDING, reinstate
from kesher.participation.services.tallies import UNKNOWN_AREA, add_deltas

State = Participation.State
AT_WORK = (Voiding.State.RUNNING, Voiding.State.REVERSING)
BATCH = 500
DIGEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition that selects counted rows: all parts that are given must match.

    ``net``: an IP address, a network, or the digest that an alert shows; only the digest is stored
    (see `participation_origin.py`).
    ``prefix``: the beginning of phone numbers, as people write it.
    """

    domain: str = ""
    prefix: str = ""
    net: str = ""
    area: str = ""
    channel: str = ""
    level: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def to_json(self, action: Action) -> dict[str, Any]:
        """Return the filled-in parts of the condition as JSON to store; the network as its HMAC.

        Raise Refused where a part is not valid or none is given.
        """
        given = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        if not given:
            raise Refused(_("Say which ones: give at least one condition."))
        if "prefix" in given:
            given["prefix"] = normalize_prefix(self.prefix)
            if not given["prefix"]:
                raise Refused(_("This is no beginning of a phone number."))
        if "net" in given:
            digest = self.net.strip().lower()
            given["net"] = digest if DIGEST.fullmatch(digest) else net_of(action, self.net)
            if not given["net"]:
                raise Refused(_("This is no internet address."))
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}


def matching_rows(action: Action, kept: dict[str, Any]) -> QuerySet[Participation]:
    """Return the counted participations of an action that a stored condition selects."""
    rows = Participation.objects.filter(action=action, state=State.COUNTED)
    plain = {name: kept[name] for name in ("channel", "level", "net") if name in kept}
    # Pulses and their alerts go by the time of confirmation, so the condition does, too.
    rows = rows.filter(**plain).alias(at=Coalesce("confirmed", "created"))
    if "area" in kept:
        rows = rows.filter(area="" if kept["area"] == UNKNOWN_AREA else kept["area"])
    if "domain" in kept:
        domain = "@" + kept["domain"].strip().lstrip("@")
        rows = rows.filter(identity__scheme="mailto", identity__address__iendswith=domain)
    if "prefix" in kept:
        phones = [scheme for scheme, kind in SCHEMES.items() if kind == "tel"]
        rows = rows.filter(identity__scheme__in=phones, identity__address__startswith=kept["prefix"])
    if "since" in kept:
        rows = rows.filter(at__gte=parse_datetime(kept["since"]))
    if "until" in kept:
        rows = rows.filter(at__lt=parse_datetime(kept["until"]))
    return rows


def count_matching(action: Action, condition: Condition) -> int:
    """Return how many participations a condition would void now. Raise Refused where it is not valid."""
    return matching_rows(action, condition.to_json(action)).count()


@transaction.atomic
def void_many(action: Action, condition: Condition, *, reason: str, staff: Staff) -> Voiding:
    """Begin to void all participations that match, and return the voiding; the worker does it in batches.

    Raise Refused without a reason or a valid condition, and where this count may not change any more.
    """
    if not reason.strip():
        raise Refused(_("Say why they are void."))
    kept = condition.to_json(action)
    found = matching_rows(action, kept).count()
    check_voidable(lock_action(action), found)
    row = Voiding.objects.create(
        agency_id=action.agency_id,
        action=action,
        condition=kept,
        reason=reason.strip()[:200],
        staff=staff,
        found=found,
    )
    audit(f"{action.kind}.void_many", by=Actor("staff", staff.pk, "desk"), subject=row, found=row.found, reason=reason)
    return row


@transaction.atomic
def reverse_voiding(voiding: Voiding, *, staff: Staff) -> bool:
    """Begin to count again all rows of a voiding; return False where that was begun before.

    Rows whose person took part anew since stay void. Return False where it was reversed before. Raise Refused where
    this count may not change any more.
    """
    check_voidable(lock_action(voiding.action), voiding.found)
    changed = Voiding.objects.filter(pk=voiding.pk, state__in=[Voiding.State.RUNNING, Voiding.State.DONE]).update(
        state=Voiding.State.REVERSING, last=0, ended=None
    )
    if changed:
        audit(f"{voiding.action.kind}.reverse_voiding", by=Actor("staff", staff.pk, "desk"), subject=voiding)
    return bool(changed)


@transaction.atomic
def count_again(row: Participation, *, reason: str, staff: Staff) -> bool:
    """Count one void participation again; return False where its person has another one by now.

    Return False where its person has another row by now. Raise Refused without a reason, for a row that is not void,
    and where this count may not change any more.
    """
    if not reason.strip():
        raise Refused(_("Say why it counts again."))
    if row.state != State.VOID:
        raise Refused(_("Only what is void can count again."))
    check_voidable(lock_action(row.action), 1)
    publish(row.action.stream)
    return reinstate(row, by=Actor("staff", staff.pk, "desk"), reason=reason.strip()[:200])


def lock_action(action: Action) -> Action:
    """Lock an action until the transaction ends, so that voiding and ending it exclude each other."""
    Action.objects.select_for_update(no_key=True).get(pk=action.pk)
    return action


def check_voidable(action: Action, rows: int) -> None:
    """Raise Refused where the action's feature forbids voiding (or restoring) so many rows now."""
    if why := get_kind(action).refusal(action, rows):
        raise Refused(why)


def has_running_voiding(action: Action) -> bool:
    """Return whether a voiding of this action, or its reversal, is not finished; lock the action.

    A final count asks this in the transaction that ends the action: no voiding begins after that.
    """
    return Voiding.objects.filter(action=lock_action(action), state__in=AT_WORK).exists()


@transaction.atomic
def check_no_running_voiding(action: Action) -> None:
    """Raise Refused where a voiding of this action is still running; call it before a final count."""
    if has_running_voiding(action):
        raise Refused(_("A voiding is still at work. Please try again in a moment."))


def run_voidings() -> int:
    """Process one batch of each running voiding; return how many rows were looked at."""
    with everywhere("voidings at work"):
        rows = list(Voiding.objects.filter(state__in=AT_WORK)[:20])
    done = 0
    for row in rows:
        with scope(row.agency_id):
            done += run_voiding_batch(row)
    return done


@transaction.atomic
def run_voiding_batch(voiding: Voiding) -> int:
    """Void (or count again) the next participations of a voiding, in one transaction; return how many."""
    row = Voiding.objects.select_for_update(no_key=True, of=("self",)).select_related("action").get(pk=voiding.pk)
    if row.state == Voiding.State.RUNNING:
        found = void_batch(row)
        row.done += found
        ended = Voiding.State.DONE
    elif row.state == Voiding.State.REVERSING:
        found = reverse_batch(row)
        ended = Voiding.State.REVERSED
    else:
        return 0
    if not found:
        row.state, row.ended = ended, timezone.now()
    row.save(update_fields=["state", "last", "done", "back", "ended"])
    publish(f"voiding:{row.pk}", row.action.stream)
    return found


def void_batch(voiding: Voiding) -> int:
    """Void the next participations that a voiding's condition selects, and return how many were looked at."""
    chosen = matching_rows(voiding.action, voiding.condition).filter(pk__gt=voiding.last).order_by("pk")
    ids = list(chosen.values_list("pk", flat=True)[:BATCH])
    locked = Participation.objects.select_for_update(no_key=True).filter(pk__in=ids, state=State.COUNTED)
    rows = list(locked.order_by("pk"))
    Participation.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.VOID, voiding=voiding)
    add_deltas((row, -1) for row in rows)
    voiding.last = ids[-1] if ids else voiding.last
    return len(ids)


def reverse_batch(voiding: Voiding) -> int:
    """Count the next rows of a reversed voiding again, and return how many were looked at.

    Rows of people who were never merged and have no new row are changed in one statement, the others one by one.
    """
    merged = Exists(Contact.objects.filter(merged_into=OuterRef("contact")))
    chosen = Participation.objects.filter(voiding=voiding, state=State.VOID, pk__gt=voiding.last).order_by("pk")
    chosen = chosen.select_for_update(no_key=True, of=("self",))  # staff may count one of them again meanwhile
    rows = list(chosen.select_related("contact", "action").annotate(has_family=merged)[:BATCH])
    standing = Participation.objects.filter(action=voiding.action_id, state__in=STANDING)
    keys = set(standing.filter(person_key__in=[row.person_key for row in rows]).values_list("person_key", flat=True))
    people = set(standing.filter(contact__in=[row.contact_id for row in rows]).values_list("contact", flat=True))
    taken = {bytes(key) for key in keys}
    simple: list[Participation] = []
    others: list[Participation] = []
    for row in rows:
        family = row.has_family or row.contact.merged_into_id is not None
        free = not family and bytes(row.person_key) not in taken and row.contact_id not in people
        (simple if free else others).append(row)
        # Of two void rows of one person only the first is counted again.
        taken.add(bytes(row.person_key))
        people.add(row.contact_id)
    simply = Participation.objects.filter(pk__in=[row.pk for row in simple])
    simply.update(state=State.COUNTED, voiding=None)
    add_deltas((row, +1) for row in simple)
    back = [row.pk for row in others if reinstate(row, by=SYSTEM, reason="voiding reversed")]
    # A row whose person has another one by now stays void by itself, outside of the voiding.
    Participation.objects.filter(pk__in=[row.pk for row in others], state=State.VOID).update(voiding=None)
    voiding.back += len(simple) + len(back)
    voiding.last = rows[-1].pk if rows else voiding.last
    return len(rows)
