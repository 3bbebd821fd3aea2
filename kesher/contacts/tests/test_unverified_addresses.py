"""Messages to addresses that nobody has proved: what one address, network, person, country and agency may cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity, Proof, UnprovedAddress
from kesher.contacts.rules import (
    CODES_A_DAY,
    CODES_AN_HOUR,
    CONTACT_MOST,
    MESSAGES_MOST,
    NETWORK_MOST,
    MessageRequest,
    country_of,
    find_limit,
    is_number_allowed,
)
from kesher.contacts.services import (
    MessageLimitReached,
    check_proof,
    count_message_or_refuse,
    create_code,
    forget_unproved,
    get_or_create_identity,
    prove_identity,
)
from kesher.core.contact_address import Address
from kesher.core.http.client_ip import STAFF, caused_by, network_prefix
from kesher.core.models import Audit


@pytest.fixture(autouse=True)
def from_one_network() -> Iterator[None]:
    with caused_by(network_prefix("203.0.113.9")):
        yield


def person(number: int) -> Identity:
    return get_or_create_identity(Address("tel", f"+97250555{number:04}"))


def why(identity: Identity) -> str:
    """Which limit forbids a code to this address; "" where it may go out."""
    try:
        count_message_or_refuse(identity, is_code=True)
    except MessageLimitReached as limited:
        return limited.why
    return ""


def proved(identity: Identity) -> Identity:
    _proof, code = create_code(identity, purpose="sign")
    check_proof(identity, code, purpose="sign")
    return prove_identity(identity, level=1)


def pass_time(hours: float) -> None:
    """All that happened lies so many hours back."""
    ago = timedelta(hours=hours)
    UnprovedAddress.objects.update(last_at=F("last_at") - ago, proved_at=F("proved_at") - ago)


def test_an_address_that_nobody_proved_gets_so_many_messages_in_a_day(city: Agency) -> None:
    dana = person(1)
    assert [why(dana) for _try in range(MESSAGES_MOST + 1)] == [""] * MESSAGES_MOST + ["address"]
    pass_time(23.9)
    assert why(dana) == "address"
    pass_time(0.2)
    assert why(dana) == ""
    pass_time(23.9)  # never more in any 24 hours, wherever they begin
    assert [why(dana) for _try in range(MESSAGES_MOST)] == [""] + ["address"] * (MESSAGES_MOST - 1)


def test_a_network_may_have_so_many_and_one_more_for_each_that_proved_itself(city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 3)
    people = [person(number) for number in range(9)]
    assert [why(one) for one in people[:4]] == ["", "", "", "network"]
    assert why(people[0]) == ""  # it is one of the three
    proved(people[0])
    assert [why(one) for one in people[3:6]] == ["", "", "network"]  # its place, and one more
    with caused_by(network_prefix("198.51.100.1")):
        assert why(people[6]) == ""
    pass_time(1.1)
    assert why(people[7]) == "network"


def test_a_crowd_behind_one_carrier_comes_in(city: Agency) -> None:
    waiting: list[Identity] = []
    for number in range(2 * NETWORK_MOST):
        waiting.append(person(number))
        assert why(waiting[-1]) == ""
        if len(waiting) > NETWORK_MOST // 2:
            proved(waiting.pop(0))  # each types its code a little after others have asked


def test_codes_to_proved_addresses_count_until_they_come_back(city: Agency, monkeypatch: Any) -> None:
    """Nobody pumps messages to those whom others have proved; and whoever goes on proving has never too many."""
    dana = proved(person(1))
    for _act in range(2 * CODES_AN_HOUR):
        assert why(dana) == ""
        proved(dana)
    for _code in range(CODES_AN_HOUR):
        assert why(dana) == ""
        create_code(dana, purpose="vote")
    assert why(dana) == "address"
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", -1)
    assert why(proved(person(2))) == "network"
    count_message_or_refuse(proved(person(2)))  # other messages than codes go to a proved address


def test_a_proved_address_gets_so_many_codes_in_a_day_that_do_not_come_back(city: Agency) -> None:
    """Else five an hour to everybody whose number one knows: 120 a day each, and past every other limit."""
    dana, sent = proved(person(1)), 0
    for _hour in range(23):
        while why(dana) == "":
            create_code(dana, purpose="vote")
            sent += 1
        Proof.objects.update(created=F("created") - timedelta(hours=1))
        pass_time(1)
    assert sent == CODES_A_DAY


def test_who_writes_by_mail_that_nobody_vouches_for_is_not_told_to_write_by_mail(city: Agency) -> None:
    for cause, by_mail in (("door:email", False), (network_prefix("203.0.113.9"), True)):
        with caused_by(cause):
            assert ("מתיבת הדואר שלכם" in MessageLimitReached("address").message) == by_mail


def test_a_mailbox_is_one_however_it_is_spelled(city: Agency, monkeypatch: Any) -> None:
    spelled = ["dana@gmail.com", "d.a.n.a@gmail.com", "dana+1@gmail.com", "da.na+2@googlemail.com"]
    others = [
        get_or_create_identity(Address("mailto", one)) for one in ("dana@a.example", "d.ana@a.example", "+@a.example")
    ]
    assert [why(get_or_create_identity(Address("mailto", one))) for one in spelled] == ["", "", "address", "address"]
    assert [why(one) for one in others] == ["", "", ""]
    assert [why(get_or_create_identity(Address(scheme, "+972505550077"))) for scheme in ("wa", "tel", "tel")] == [
        "",
        "",
        "address",
    ]


def test_one_mailbox_gives_its_network_one_place_however_often_it_proves_itself(city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 1)
    for number in range(3):
        omar = get_or_create_identity(Address("mailto", f"omar+{number}@a.example"))
        assert why(omar) == ""
        proved(omar)
    others = [get_or_create_identity(Address("mailto", f"dana-{number}@b.example")) for number in range(3)]
    assert [why(other) for other in others] == ["", "", "network"]


def test_mailboxes_that_prove_themselves_open_no_place_for_what_costs(city: Agency, monkeypatch: Any) -> None:
    """Whoever has a domain has mailboxes without end: each proof would pay for one more message by SMS."""
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    for number in range(5):
        mail = get_or_create_identity(Address("mailto", f"{number}@attacker.example"))
        assert why(mail) == ""
        proved(mail)
    assert [why(person(number)) for number in range(4)] == ["", "", "network", "network"]
    assert why(get_or_create_identity(Address("wa", "972505550099"))) == "network"
    proved(person(0))
    assert [why(person(number)) for number in range(2, 5)] == ["", "", "network"]
    assert why(get_or_create_identity(Address("mailto", "somebody@else.example"))) == ""


def test_open_mailboxes_and_telephones_share_one_measure(city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    mails = [get_or_create_identity(Address("mailto", f"{number}@a.example")) for number in range(2)]
    assert [why(one) for one in (person(1), *mails, person(2))] == ["", "", "network", "network"]


def test_whoever_writes_to_us_may_name_few_addresses_of_others(city: Agency) -> None:
    with caused_by("contact:7"):
        assert [why(person(n)) for n in range(CONTACT_MOST + 1)] == [""] * CONTACT_MOST + ["network"]
    assert why(person(CONTACT_MOST)) == ""


def test_an_agency_has_a_measure_for_a_day_and_hears_at_half_of_it_once(city: Agency, caplog: Any) -> None:
    Agency.objects.filter(pk=city.pk).update(unproved_a_day=4)
    found = []
    for number in range(6):
        with caused_by(network_prefix(f"203.0.{number}.1")):
            found.append((why(person(number)), Audit.objects.filter(operation="contacts.unproved_alarm").count()))
    assert found == [("", 0), ("", 1), ("", 1), ("", 1), ("agency", 1), ("agency", 1)]
    assert caplog.text.count("nobody proved") == 1
    with caused_by(STAFF):
        assert why(person(9)) == "agency"


def test_a_wish_of_staff_counts_for_the_agency_alone(city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)
    abroad, premium = (
        get_or_create_identity(Address("tel", "+33612345678")),
        get_or_create_identity(Address("tel", "+9721900123456")),
    )
    assert why(person(1)) == "network"
    with caused_by(STAFF):
        assert [why(person(1)) for _try in range(MESSAGES_MOST + 1)] == [""] * (MESSAGES_MOST + 1)
        assert (why(abroad), why(premium)) == ("", "country")


def test_dear_and_unknown_numbers_get_no_code_whatever_the_list_says() -> None:
    everywhere = {"IL", "US", "GB", "001", ""}
    satellite = ("+870773111632", "+881612345678", "+88213300655", "+883510012345", "+979123456789")
    dear = ("+19005550100", "+447012345678", "+9721700700700", "+9721900123456", "+80012345678", "+12")
    for number in satellite + dear:
        assert country_of(number) == "", number
        assert not is_number_allowed("tel", number, everywhere), number
        assert not is_number_allowed("tel", number, everywhere, anywhere=True), number


def test_countries_are_a_list_whose_default_is_the_agency_s_own(city: Agency) -> None:
    french = get_or_create_identity(Address("tel", "+33612345678"))
    assert why(french) == "country"
    assert not UnprovedAddress.objects.exists()
    city.countries = ["IL", "FR"]
    city.save()
    assert why(french) == ""
    assert why(get_or_create_identity(Address("mailto", "a@example.org"))) == ""
    assert (
        why(prove_identity(get_or_create_identity(Address("tel", "+4917612345678")), level=1)) == ""
    )  # its owner wrote to us from there


@given(
    asked=st.builds(
        MessageRequest,
        messages=st.integers(0, 4),
        most=st.integers(0, 9),
        open=st.integers(0, 99),
        proved=st.integers(0, 99),
        costly_open=st.integers(0, 99),
        costly_proved=st.integers(0, 99),
        agency_most=st.integers(0, 99),
        agency_open=st.integers(0, 99),
    )
)
def test_more_that_is_open_never_opens_a_door(asked: MessageRequest) -> None:
    more = replace(
        asked,
        open=asked.open + 1,
        costly_open=asked.costly_open + 1,
        messages=asked.messages + 1,
        agency_open=asked.agency_open + 1,
    )
    assert find_limit(more) or not find_limit(asked)
    if not find_limit(asked) and not asked.counted and not asked.known:
        assert asked.most is not None
        assert asked.open < asked.most + asked.proved
        assert asked.costly_open < asked.most + asked.costly_proved
        assert asked.agency_open < asked.agency_most


def test_what_is_counted_is_kept_two_days_and_names_no_network(city: Agency) -> None:
    count_message_or_refuse(person(1))
    assert "203" not in UnprovedAddress.objects.get().network
    assert forget_unproved() == 0
    pass_time(49)
    assert forget_unproved() == 1
