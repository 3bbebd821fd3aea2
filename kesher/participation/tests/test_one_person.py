"""Every pair of channels, in both orders, linked before, linked after, linked and parted again, or never linked: one
person is one counted row once linked, and never none."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, merge_contacts, undo_merge
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.participation.models import Action, Participation
from kesher.participation.services import counts_at, create_action, drain_deltas, read_tallies, take_part

# scheme, address, channel, level of proof
DOORS = [
    ("tel", "+972505550{n:03}", "whatsapp", 1), ("tel", "+972525550{n:03}", "sms", 1), ("tel", "+972545550{n:03}", "voice", 2),
    ("mailto", "p{n}@example.org", "email", 1), ("wa-bsuid", "IL.{n}", "whatsapp", 1), ("tg", "7{n:06}", "telegram", 1),
    ("fb", "8{n:06}", "messenger", 1), ("ig", "9{n:06}", "instagram", 1), ("matrix", "@p{n}:example.org", "matrix", 1),
    ("ap", "https://example.org/p{n}", "activitypub", 1), ("at", "did:plc:p{n}", "bluesky", 1), ("web", "v{n}", "webchat", 1),
    ("idp", "id-{n}", "web", 3),
]  # fmt: skip
PAIRS = list(permutations(range(len(DOORS)), 2))


def sign(action: Action, identity: Identity, door: int) -> Participation:
    _scheme, _address, channel, level = DOORS[door]
    row, _new = take_part(action, identity.again(), level=level, channel=channel, by=SYSTEM, area=f"a{door}")
    return row


def person(number: int, door: int) -> Identity:
    scheme, address, _channel, level = DOORS[door]
    return get_or_create_identity(Address(scheme, address.format(n=number)), assurance=level, absent=True)


@pytest.mark.slow
@pytest.mark.parametrize("linked", ["before", "after", "undone", "never"])
def test_one_person_is_one_counted_row_once_linked(city: Agency, linked: str) -> None:
    action = create_action(city.pk, "petition")
    expected = 0
    best = []
    # Undoing costs the most and is the same for all: every fifth pair.
    for number, (first, second) in enumerate(PAIRS[:: 5 if linked == "undone" else 1]):
        one, other = person(number, first), person(number + 500, second)
        if linked == "before":
            merge_contacts(one.contact, other.contact, reason="code", by=SYSTEM)
        early = sign(action, one, first)
        late = sign(action, other, second)
        if linked in ("after", "undone"):
            done = merge_contacts(one.contact.again(), other.contact.again(), reason="code", by=SYSTEM)
            assert (early.again().state, late.again().state) == ("counted", "superseded")
            assert early.level == max(DOORS[first][3], DOORS[second][3])
            if linked == "undone":
                assert done is not None
                undo_merge(done, by=SYSTEM)
        two = linked in ("undone", "never")
        expected += 2 if two else 1
        assert Participation.objects.filter(pk__in={early.pk, late.pk}, state="counted").count() == (2 if two else 1)
        best += [early.again().level, late.again().level] if two else [early.again().level]
    while drain_deltas():
        pass
    assert counts_at([action]) == {action.pk: expected}
    shown = read_tallies(action)
    assert all(sum(shown[name].values()) == expected for name in ("level", "channel", "area"))
    assert {int(level): n for level, n in shown["level"].items() if n} == Counter(best)
