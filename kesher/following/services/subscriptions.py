"""Store what a person follows and their consent to digests; merge, restore and erase it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import transaction

from kesher.contacts.models import Consent, Contact, Merge
from kesher.contacts.service_caller import Call
from kesher.contacts.services import add_consents, find_consent, set_preferences
from kesher.conversations.models import Broadcast
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.following.models import Digest, Followed, Following
from kesher.following.permission import PURPOSE, TOPIC

CHOSEN: Final = ("topics", "places", "languages", "frequency")
UNION: Final = ("topics", "places", "languages")
WORDING: Final = "May we write to you, with news of what you joined or follow? {}"
WORDINGS: Final = (WORDING.format(""), "May we write to you about what you follow? ")  # also that of older rows


@transaction.atomic
def follow(
    call: Call,
    *,
    topics: Sequence[str] = (),
    places: Sequence[str] = (),
    languages: Sequence[str] | None = None,
    frequency: str = Following.Frequency.NEVER,
    resume: bool = False,
) -> Followed:
    """Store what a person follows, in place of what they followed before, and their consent to be written to.

    A refusal stays until they agree in so many words (``resume``), or take it back with "start". ``languages``: None
    where they were not asked, which leaves what they chose before.
    """
    contact = call.person().root()
    chosen = {"topics": list(topics), "places": list(places), "frequency": frequency}
    first = {"languages": list(languages or [call.lang])}
    row, _created = Following.objects.update_or_create(
        agency_id=contact.agency_id,
        contact=contact,
        defaults=chosen if languages is None else chosen | first,
        create_defaults=chosen | first,
    )
    audit(
        "following.follow",
        by=call.actor(contact),
        subject=row,
        topics=len(topics),
        places=len(places),
        frequency=frequency,
    )
    if frequency == Following.Frequency.NEVER:
        withdraw_consent(call)
        return Followed(row)
    return agree(call, row, resume=resume)


@transaction.atomic
def choose_frequency(call: Call, frequency: str) -> Followed | None:
    """Store how often somebody who joined something gets a digest; what they follow stays. None for never."""
    if frequency == Following.Frequency.NEVER:
        return None
    contact = call.person().root()
    row, _created = Following.objects.update_or_create(
        agency_id=contact.agency_id,
        contact=contact,
        defaults={"frequency": frequency},
        create_defaults={"frequency": frequency, "languages": [call.lang]},
    )
    audit("following.choose_frequency", by=call.actor(contact), subject=row, frequency=frequency)
    return agree(call, row)


def agree(call: Call, row: Following, *, resume: bool = False) -> Followed:
    """Record that somebody agreed to digests, unless they refused all messages; see `follow`."""
    contact = call.person().root()
    unmute(contact, call.actor(contact))
    said = find_consent(contact, PURPOSE)
    if said is False and not resume:
        return Followed(row, refused=True)
    if said is not True:
        add_consents(call.person(), {PURPOSE: True}, source=call.door, wording=WORDING.format(row.frequency))
    return Followed(row)


def unmute(contact: Contact, by: Actor) -> None:
    """Take back that a person switched digests off on their page: they just chose to get them."""
    muted = contact.prefs.get("muted", [])
    if TOPIC in muted:
        others = [name for name in muted if name != TOPIC]
        set_preferences(contact, {"muted": others}, language=contact.language, by=by)


def withdraw_consent(call: Call) -> None:
    """Restore the consent from before following, if following alone was agreed to since; see `WORDING`."""
    rows = Consent.objects.filter(identity__contact__in=call.person().family_ids(), purpose=PURPOSE)
    said = list(rows.order_by("-id").values_list("granted", "wording"))
    if not said or said[0][0] is not True or not said[0][1].startswith(WORDINGS):
        return
    before = ((granted, words) for granted, words in said if not words.startswith(WORDINGS))
    granted, words = next(before, (None, ""))
    add_consents(call.person(), {PURPOSE: granted}, source=call.door, wording=words)
    audit("following.withdraw_consent", by=call.actor(call.person()), subject=call.person().root())


@transaction.atomic
def unfollow(call: Call) -> bool:
    """Forget what a person follows, and the consent that they gave for it; return whether there was anything."""
    contact = call.person().root()
    found, _rows = Following.objects.filter(contact__in=contact.family_ids()).delete()
    if found:
        withdraw_consent(call)
    audit("following.unfollow", by=call.actor(contact), subject=contact, found=bool(found))
    return bool(found)


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Let a merged person follow what both followed; when that is undone, restore both rows.

    The absorbed contact's own row is not touched, and rests. The kept one's ``merges`` remember its own choice, so that
    merges can be undone in any order. What the person chose since a merge stays, and is their own from then on.
    """
    row = Following.objects.filter(contact=kept).first()
    if undone:
        separate(row, merge)
        return
    theirs = Following.objects.filter(contact=absorbed).first()
    if theirs is None:
        return
    row = row or Following(agency_id=kept.agency_id, contact=kept)
    if row.merges and chosen_of(row) != row.merges[-1]["after"]:
        row.merges = []  # changed since: their own choice now
    before = row.merges[0]["before"] if row.merges else chosen_of(row) if row.pk else None
    row.merges = [*row.merges, {"merge": merge.pk, "before": before, "after": None}]
    combine(row)


def separate(row: Following | None, merge: Merge) -> None:
    """Take out of the kept contact's row what one merge added, unless the person changed the row since."""
    if row is None or all(one["merge"] != merge.pk for one in row.merges):
        return
    changed = chosen_of(row) != row.merges[-1]["after"]
    own = row.merges[0]["before"]
    row.merges = [one for one in row.merges if one["merge"] != merge.pk]
    audit("following.separate", by=SYSTEM, subject=row, merge=merge.pk)
    if changed:
        row.merges = []
        row.save(update_fields=["merges"])
    elif row.merges or own is not None:
        combine(row, own)
    else:
        row.delete()
    above = row.contact.merged_into
    while above is not None:  # who follows what this contact followed, because it was merged into them
        theirs = Following.objects.filter(contact=above).first()
        if theirs is not None and theirs.merges and chosen_of(theirs) == theirs.merges[-1]["after"]:
            combine(theirs)
        above = above.merged_into


def combine(row: Following, own: dict[str, Any] | None = None) -> None:
    """Store the kept contact's own choice with what those follow who were merged into it and still are."""
    own = row.merges[0]["before"] if row.merges else own
    merged = Merge.objects.filter(pk__in=[one["merge"] for one in row.merges]).values("absorbed")
    others = [chosen_of(one) for one in Following.objects.filter(contact__in=merged).order_by("pk")]
    all_of_them = [*([own] if own else []), *others]
    for name in UNION:
        setattr(row, name, list(dict.fromkeys(value for one in all_of_them for value in one[name])))
    often = [one["frequency"] for one in all_of_them if one["frequency"] != Following.Frequency.NEVER]
    row.frequency = next(iter(often), Following.Frequency.NEVER)
    row.merges = [{**one, "before": own, "after": chosen_of(row)} for one in row.merges]
    row.save()
    audit("following.combine", by=SYSTEM, subject=row, merges=[one["merge"] for one in row.merges])


def chosen_of(row: Following) -> dict[str, Any]:
    """Return what a person chose, as JSON data."""
    return {name: getattr(row, name) for name in CHOSEN}


@transaction.atomic
def erase_followings(ids: Iterable[int]) -> None:
    """Delete what these contacts follow."""
    count = Following.objects.filter(contact__in=ids).delete()[0]
    audit("following.erase", by=SYSTEM, count=count)


@transaction.atomic
def erase_digests(ids: Iterable[int]) -> None:
    """Empty the digests of these contacts; that each was sent stays."""
    sent = Digest.objects.filter(contact__in=ids).values("broadcast")
    count = Broadcast.objects.filter(pk__in=sent).update(texts={})
    audit("following.erase_digests", by=SYSTEM, count=count)
