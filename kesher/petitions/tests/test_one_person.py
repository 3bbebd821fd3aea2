"""Every pair of channels that there are, in both orders: who signs from both is one counted signature once the two are
known to be one person, and two until then; and at every step every breakdown adds up to the total."""

from __future__ import annotations

from itertools import permutations

import pytest

from kesher.agencies.models import Agency
from kesher.channels.registry import channels
from kesher.channels.tests.test_contract import account_of
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity, merge_contacts, undo_merge
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.participation.services import drain_deltas, read_tallies
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, sign_as

# How an address of each kind looks; the page takes an e-mail address or a phone number, and proves it by a code.
SHAPES = {
    "tel": "+9725{side}555{n:04}", "wa": "+9725{side}555{n:04}", "mailto": "p{n}-{side}@example.org", "tg": "7{side}{n:05}",
    "web": "visitor-{n}-{side}", "messenger": "8{side}{n:05}", "instagram": "9{side}{n:05}",
    "call": "+9725{side}555{n:04}", "matrix": "@p{n}-{side}:city.example",
}  # fmt: skip
DOORS: dict[str, tuple[str, int]] = {"web": ("mailto", 0)}
for _name, _adapter in channels().items():
    _can = _adapter.capabilities(account_of(_adapter))
    if _can.schemes and _can.schemes[0] in SHAPES:
        DOORS[_name] = (_can.schemes[0], _can.assurance)


@pytest.fixture(autouse=True)
def no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No account is open that could send one."""
    monkeypatch.setattr("kesher.petitions.services.signatures.send_code", lambda *args, **kwargs: None)


class Books:
    """One petition, and how many must count in it."""

    def __init__(self) -> None:
        self.petition: Petition = a_petition()
        self.people = self.steps = 0

    def person(self, door: str, side: int) -> Identity:
        scheme, level = DOORS[door]
        return get_or_create_identity(Address(scheme, SHAPES[scheme].format(n=self.steps, side=side)), assurance=level)

    def sign(self, identity: Identity, door: str) -> Signature | object:
        """As the door does it: at once, or after the code came back."""
        signed = sign_as(self.petition, identity.again(), door=door, area=("", "north")[self.steps % 2])
        if not signed.counts or not identity.again().assurance:
            call = Call(door=door, identity=identity.again(), level=1, confirmed=True)
            signed = services.sign_petition(self.petition, call, as_written=True)
        return signed.signature

    def check(self, more: int) -> None:
        """So many more people count than before; the rows, the total and every breakdown say so."""
        self.people += more
        self.steps += 1
        while drain_deltas():
            pass
        shown = read_tallies(self.petition.action)
        assert Signature.objects.of(self.petition).counted().count() == self.people
        for name in ("total", "level", "channel", "area"):
            assert sum(shown.get(name, {}).values()) == self.people, name


def test_the_pairs_are_those_of_the_channels_that_there_are() -> None:
    assert DOORS.keys() >= {"web", "webchat", "whatsapp", "telegram", "sms", "email"}
    assert DOORS.keys() >= channels().keys() - {"demo", "failing"}, "give the new channel's address a shape"


@pytest.mark.parametrize("linked", ["before", "between", "after", "undone", "never"])
@pytest.mark.parametrize("first", DOORS)
def test_one_person_is_one_signature_once_linked(city: Agency, first: str, linked: str) -> None:
    books = Books()
    for second in (there for here, there in permutations(DOORS, 2) if here == first):
        one, other = books.person(first, 2), books.person(second, 4)
        mixed_up = linked in ("before", "between")
        done = merge_contacts(one.contact, other.contact, reason="code", by=SYSTEM) if mixed_up else None
        early = books.sign(one, first)
        books.check(+1)
        late = books.sign(other, second)
        books.check(0 if mixed_up else +1)
        assert (early == late) == mixed_up
        if linked in ("after", "undone"):
            done = merge_contacts(one.contact.again(), other.contact.again(), reason="code", by=SYSTEM)
            books.check(-1)
            books.sign(one, first)
            books.sign(other, second)
            books.check(0)
        if linked in ("between", "undone"):
            assert done is not None
            undo_merge(done, by=SYSTEM)
            books.check(+1)
