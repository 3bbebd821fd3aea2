"""In a crisis, what goes to the public and to many is held back; private answers go on."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Say
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, record_consent
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import BroadcastRow, Delivery
from kesher.conversations.services import broadcast, expand_broadcasts, outgoing_hold
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import SYSTEM
from kesher.core.models import Audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(city: Agency) -> Agency:
    """The city in a crisis."""
    outgoing_hold.hold_outgoing(city, why="פיגוע", by=SYSTEM)
    city.refresh_from_db()
    return city


def queue(identity: Identity, text: str, **values: object) -> Delivery:
    """Queue a message to somebody, and change its row."""
    message = write_to(identity, Say(text, lang="he"))
    for name, value in values.items():
        setattr(message, name, value)
    message.save()
    return message.deliveries.get()


def leased() -> list[int]:
    """Return the ids of the deliveries that would be sent now."""
    return [job.pk for job in lease_deliveries()]


def test_public_and_mass_messages_wait_and_private_ones_go(held: Agency, sms: Account, dana: Identity) -> None:
    queue(dana, "תשובה לכולם", public=True)
    many = queue(get_or_create_identity(Address("tel", "+972505550177"), assurance=1), "חדשות")
    Delivery.objects.filter(pk=many.pk).update(lane=Delivery.Lane.BROADCAST)
    private = queue(dana, "תשובה פרטית")
    assert leased() == [private.pk]
    assert outgoing_hold.count_held(held) == 2


def test_another_body_is_not_held(city: Agency, sms: Account, dana: Identity) -> None:
    public = queue(dana, "תשובה לכולם", public=True)
    assert leased() == [public.pk]


def test_what_waited_goes_out_after_the_release(held: Agency, sms: Account, dana: Identity) -> None:
    public = queue(dana, "תשובה לכולם", public=True)
    assert (leased(), outgoing_hold.release_outgoing(held, discard=False, by=SYSTEM)) == ([], 1)
    assert leased() == [public.pk]


def test_what_is_discarded_is_not_sent_and_says_so(held: Agency, sms: Account, dana: Identity) -> None:
    public = queue(dana, "תשובה לכולם", public=True)
    outgoing_hold.release_outgoing(held, discard=True, by=SYSTEM)
    public.refresh_from_db()
    assert (leased(), public.state, public.message.state) == ([], "failed", "failed")


def test_a_broadcast_waits_and_its_people_are_left_out_if_it_is_discarded(
    held: Agency, sms: Account, dana: Identity
) -> None:
    record_consent(dana, "information", granted=True, source="web")
    broadcast([dana.contact], name="news", texts={"he": "חדשות"}, purpose="information")
    assert (expand_broadcasts(), outgoing_hold.count_held(held)) == (0, 1)
    outgoing_hold.release_outgoing(held, discard=True, by=SYSTEM)
    assert BroadcastRow.objects.get().state == "refused"


def test_a_manager_holds_and_releases_with_two_presses(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/outgoing/hold/", {"why": "פיגוע בתחנה"})
    page = miriams.get("/desk/").content.decode()
    assert page.index("פיגוע בתחנה") < page.index("<main")  # beside the panes it would take their place
    miriams.post("/desk/outgoing/release/", {"discard": "no"})
    city.refresh_from_db()
    assert city.outgoing_held_at is None
    held, released = "conversations.hold_outgoing", "conversations.release_outgoing"
    assert {row.operation for row in Audit.objects.filter(operation__contains="outgoing")} == {held, released}


def test_nothing_is_held_without_a_reason(miriams: Client, city: Agency) -> None:
    assert miriams.post("/desk/outgoing/hold/", {"why": ""}).status_code == 422
    city.refresh_from_db()
    assert city.outgoing_held_at is None


def test_a_clerk_may_not_hold_or_release(ruths: Client, held: Agency) -> None:
    assert ruths.post("/desk/outgoing/release/").status_code == 403
    assert ruths.post("/desk/outgoing/hold/", {"why": "x"}).status_code == 403
    held.refresh_from_db()
    assert held.outgoing_held_at is not None
    assert "פיגוע" in ruths.get("/desk/").content.decode()


def test_a_second_release_says_that_nothing_is_held(miriams: Client, city: Agency) -> None:
    answer = miriams.post("/desk/outgoing/release/", {"discard": "no"}, follow=True)
    assert "כבר לא מעוכב" in answer.content.decode()
