"""The waiting list: whoever is first stays first until all that they want is theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import BroadcastRow
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.purchases import services
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.tests.factories import a_buyer, a_purchase, buy, call_of, give_up, pass_deadline

BY = Actor("contact", None, "sms")


def line_of(who: Identity) -> Pledge:
    return Pledge.objects.current().exclude(standing="out").get(participation__contact=who.contact)


def give_back(purchase: Purchase, who: Identity) -> None:
    give_up(purchase, who)


@pytest.fixture
def queue(city: Agency, dana: Identity) -> tuple[Purchase, list[Identity]]:
    """Three units, each with somebody; Dana wants three and is first in line, another wants one."""
    row = a_purchase(code="52712", stock=3, minimum=1)
    people = [a_buyer() for _one in range(3)]
    for who in people:
        buy(row, 1, who)
    behind = a_buyer()
    buy(row, 3, dana, wait=True)
    buy(row, 1, behind, wait=True)
    return row, [*people, behind]


def test_taking_a_part_keeps_the_turn_for_the_rest(queue: tuple[Purchase, list[Identity]], dana: Identity) -> None:
    row, people = queue
    give_back(row, people[0])
    told = BroadcastRow.objects.filter(contact=dana.contact).latest("id").broadcast.texts["en"]
    assert "1 unit." in told
    assert "You stay in line for 2 more units." in told
    services.accept_place(row, call_of(dana))
    assert (line_of(dana).standing, line_of(dana).missing) == ("in", 2)
    give_back(row, people[1])
    assert (line_of(dana).standing, line_of(dana).quantity, line_of(people[3]).standing) == ("offered", 2, "waiting")
    services.accept_place(row, call_of(dana))
    give_back(row, people[2])
    services.accept_place(row, call_of(dana))
    assert (line_of(dana).quantity, line_of(dana).turn, line_of(people[3]).standing) == (3, None, "waiting")


def test_what_is_free_while_an_offer_is_out_is_added_to_it(
    queue: tuple[Purchase, list[Identity]], dana: Identity
) -> None:
    row, people = queue
    give_back(row, people[0])
    give_back(row, people[1])
    assert (line_of(dana).quantity, line_of(people[3]).standing) == (2, "waiting")


def test_declining_a_part_waits_for_all_of_it(queue: tuple[Purchase, list[Identity]], dana: Identity) -> None:
    row, people = queue
    give_back(row, people[0])
    services.decline_place(row, call_of(dana))
    assert (line_of(dana).standing, line_of(dana).quantity) == ("waiting", 3)
    assert line_of(people[3]).standing == "offered"
    for who in (people[3], people[1]):
        give_back(row, who)
    assert line_of(dana).standing == "waiting"
    give_back(row, people[2])
    assert (line_of(dana).standing, line_of(dana).quantity) == ("offered", 3)


def test_leaving_the_line_keeps_what_one_has(queue: tuple[Purchase, list[Identity]], dana: Identity) -> None:
    row, people = queue
    give_back(row, people[0])
    services.accept_place(row, call_of(dana))
    assert services.leave_waiting_list(row, call_of(dana))
    assert (line_of(dana).quantity, line_of(dana).turn) == (1, None)
    assert not services.leave_waiting_list(row, call_of(dana))
    give_back(row, people[1])
    assert (line_of(dana).standing, line_of(people[3]).standing) == ("in", "offered")


def test_who_has_some_may_ask_for_more_and_whoever_left_begins_anew(
    queue: tuple[Purchase, list[Identity]], dana: Identity
) -> None:
    row, people = queue
    with pytest.raises(Refused):
        buy(row, 2, people[0])
    buy(row, 2, people[0], wait=True)
    assert (line_of(people[0]).quantity, line_of(people[0]).missing) == (1, 1)
    give_back(row, dana)
    buy(row, 3, dana, wait=True)
    turns = [line_of(who).turn for who in (people[3], people[0], dana)]
    assert turns == sorted(turns, key=int)  # type: ignore[arg-type]


def test_an_offer_that_nobody_takes_leaves_what_was_secured(
    queue: tuple[Purchase, list[Identity]], dana: Identity
) -> None:
    row, people = queue
    give_back(row, people[0])
    services.accept_place(row, call_of(dana))
    give_back(row, people[1])
    Pledge.objects.filter(pk=line_of(dana).pk).update(until=timezone.now() - timedelta(minutes=30))
    services.settle_places()
    assert (line_of(dana).standing, line_of(dana).quantity, line_of(people[3]).standing) == ("in", 1, "offered")
    assert Purchase.objects.get().taken == 3


def test_after_the_deadline_the_turn_stays_too(queue: tuple[Purchase, list[Identity]], dana: Identity) -> None:
    row, people = queue
    closed = pass_deadline(row)
    give_back(closed, people[0])
    services.accept_place(closed, call_of(dana))
    give_back(closed, people[1])
    share = Allotment.objects.get(participation__contact=dana.contact)
    assert (share.state, share.quantity, share.secured, share.missing) == ("offered", 2, 1, 1)
    services.decline_place(closed, call_of(dana))
    share.refresh_from_db()
    behind = Allotment.objects.get(participation__contact=people[3].contact)
    assert (share.state, share.quantity, behind.state) == ("held", 1, "offered")


def test_page_api_and_conversation_offer_the_same(
    queue: tuple[Purchase, list[Identity]], dana: Identity, client: Client, sms: Account
) -> None:
    row, people = queue
    give_back(row, people[0])
    own = own_path(line_of(dana).participation)
    page = client.get(own, headers={"accept-language": "en"}).content.decode()
    assert "If you take it, you keep your turn for 2 more units." in page
    assert 'value="decline"' in page
    assert "2" in hear(sms, DANA, "מקום 52712")
    assert "2" in hear(sms, DANA, "1")
    assert (line_of(dana).standing, line_of(dana).missing) == ("in", 2)
    client.post(own, {"verb": "leave_line"})
    assert (line_of(dana).quantity, line_of(dana).missing) == (1, 0)


STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["ask", "give_up", "take", "decline", "leave"]), st.integers(1, 4)),
    min_size=4,
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stock=st.integers(1, 6), steps=STEPS)
def test_the_line_is_served_in_the_order_in_which_people_came(city: Agency, stock: int, steps: Any) -> None:
    verbs = {
        "give_up": services.withdraw_pledge,
        "take": services.accept_place,
        "decline": services.decline_place,
        "leave": services.leave_waiting_list,
    }
    with transaction.atomic():
        row = a_purchase(stock=stock, minimum=1)
        people = [a_buyer() for _one in range(5)]
        came: list[int] = []
        for who, verb, units in steps:
            try:
                if verb == "ask":
                    buy(row, units, people[who], wait=True)
                else:
                    verbs[verb](row, call_of(people[who]))
            except Refused:
                continue
            lines = {line.participation.contact_id: line for line in Pledge.objects.current().exclude(turn=None)}
            waiting = [index for index, one in enumerate(people) if one.contact_id in lines]
            came = [index for index in came if index in waiting] + [index for index in waiting if index not in came]
            turns = [lines[people[index].contact_id] for index in came]
            assert [line.turn for line in turns] == sorted(line.turn or 0 for line in turns)
            row.refresh_from_db()
            held = sum(line.holds for line in Pledge.objects.current())
            assert (row.taken, row.asked) == (held, sum(line.stands_for[0] for line in Pledge.objects.current()))
            # Nobody is offered anything before whoever came earlier has an offer, or wants all or nothing.
            free = stock - held
            assert all(line.whole and line.missing > free for line in turns if line.missing and free)
            offered = [line.standing == "offered" for line in turns]
            last = max((at for at, is_offered in enumerate(offered) if is_offered), default=0)
            assert all(
                is_offered or turns[at].whole for at, is_offered in enumerate(offered[:last]) if turns[at].missing
            )
        transaction.set_rollback(True)
