"""Store what a person follows and their consent to digests; merge, restore and erase it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import transaction

from kesher.contacts.models import Consent, Contact, Merge
from kesher.contacts.service_caller import Call
from kesher.contacts.services import add_consents, find_consent
from kesher.conversations.models import Broadcast
from kesher.core.audit import SYSTEM, audit
from kesher.following.models import Digest, Followed, Following

CHOSEN: Final = ("topics", "places", "languages", "frequency")
PURPOSE: Final = Consent.Purpose.INFORMATION
WORDING: Final = "May we write to you about what you follow? {}"


@transaction.atomic
def follow(
    call: Call,
    *,
    topics: Sequence[str] = (),
    places: Sequence[str] = (),
    languages: Sequence[str] = (),
    frequency: str = Following.Frequency.NEVER,
    resume: bool = False,
) -> Followed:
    """Store what a person follows, in place of what they followed before, and their consent to be written to.

    A refusal stays until they agree in so many words (``resume``), or take it back with "start".
    """
    contact = call.person().root()
    chosen = {
        "topics": list(topics),
        "places": list(places),
        "languages": list(languages) or [call.lang],
        "frequency": frequency,
    }
    row, _created = Following.objects.update_or_create(agency_id=contact.agency_id, contact=contact, defaults=chosen)
    audit("following.follow", by=call.actor(contact), subject=row, topics=list(topics), frequency=frequency)
    if frequency == Following.Frequency.NEVER:
        return Followed(row)
    said = find_consent(contact, PURPOSE)
    if said is False and not resume:
        return Followed(row, refused=True)
    if said is not True:
        add_consents(call.person(), {PURPOSE: True}, source=call.door, wording=WORDING.format(frequency))
    return Followed(row)


@transaction.atomic
def unfollow(call: Call) -> bool:
    """Forget what a person follows; return whether there was anything."""
    contact = call.person().root()
    found, _rows = Following.objects.filter(contact__in=contact.family_ids()).delete()
    audit("following.unfollow", by=call.actor(contact), subject=contact, found=bool(found))
    return bool(found)


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Let a merged person follow what both followed; when that is undone, restore both rows.

    The absorbed contact's own row is not touched, and rests. The kept one is restored as it was, unless the person
    changed it since the merge.
    """
    if undone:
        separate(kept, merge)
        return
    theirs = Following.objects.filter(contact=absorbed).first()
    if theirs is None:
        return
    mine = Following.objects.filter(contact=kept).first()
    before = chosen_of(mine) if mine is not None else None
    row = mine or Following(agency_id=kept.agency_id, contact=kept, frequency=theirs.frequency)
    for name in ("topics", "places", "languages"):
        setattr(row, name, list(dict.fromkeys([*getattr(row, name), *getattr(theirs, name)])))
    if row.frequency == Following.Frequency.NEVER:
        row.frequency = theirs.frequency
    row.merges = [*row.merges, {"merge": merge.pk, "before": before, "after": chosen_of(row)}]
    row.save()
    audit("following.merge", by=SYSTEM, subject=row, merge=merge.pk)


def separate(kept: Contact, merge: Merge) -> None:
    """Restore the kept contact's row as it was before a merge, unless it was changed since."""
    row = Following.objects.filter(contact=kept).first()
    event = next((one for one in row.merges if one["merge"] == merge.pk), None) if row is not None else None
    if row is None or event is None:
        return
    row.merges = [one for one in row.merges if one is not event]
    audit("following.separate", by=SYSTEM, subject=row, merge=merge.pk)
    if chosen_of(row) == event["after"] and event["before"] is None:
        row.delete()
        return
    if chosen_of(row) == event["after"]:
        for name, value in event["before"].items():
            setattr(row, name, value)
    row.save()


def chosen_of(row: Following) -> dict[str, Any]:
    """Return what a person chose, as JSON data."""
    return {name: getattr(row, name) for name in CHOSEN}


@transaction.atomic
def erase_followings(ids: Iterable[int]) -> None:
    """Delete what these contacts follow."""
    Following.objects.filter(contact__in=ids).delete()
    audit("following.erase", by=SYSTEM)


@transaction.atomic
def erase_digests(ids: Iterable[int]) -> None:
    """Empty the digests of these contacts; that each was sent stays."""
    Broadcast.objects.filter(pk__in=Digest.objects.filter(contact__in=ids).values("broadcast")).update(texts={})
    audit("following.erase_digests", by=SYSTEM)
