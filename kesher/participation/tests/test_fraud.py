"""Bursts are seen within the hour, and only bursts; and what was false is voided at once, and comes back at once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bench.fraud import DATA, around, flagged, hour_of, series
from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, merge_contacts
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.client_ip import network_prefix
from kesher.core.models import Audit
from kesher.participation.burst_detection import MAX_KEYS, add_counts, find_bursts
from kesher.participation.models import Action, Alert, Participation, Pulse, Voiding
from kesher.participation.participation_origin import net_of, normalize_prefix, source_of
from kesher.participation.rate_limits import Rates
from kesher.participation.services import (
    Condition,
    count_matching,
    counts_at,
    create_action,
    drain_deltas,
    forget_nets,
    raise_burst_alerts,
    read_tallies,
    reverse_voiding,
    run_voidings,
    settle_alert,
    take_part,
    top_origins,
    void_many,
)

needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="the petition of 2019: ../shared/data/participation is absent"
)


@pytest.fixture
def action(city: Agency) -> Action:
    return create_action(city.pk, "petition")


@needs_data
@pytest.mark.parametrize("name", ["a50_by_constituency.csv.gz", "a50_by_country.csv.gz"])
def test_the_clean_series_has_at_most_one_false_alarm_a_day(name: str) -> None:
    days = Counter(start.date() for start, keys in flagged(series(name), {}).items() for _key in keys)
    assert max(days.values(), default=0) <= 1


@needs_data
@pytest.mark.parametrize("night", [3, 8, 15, 25])
def test_thirty_thousand_overnight_in_two_areas_are_flagged_within_the_hour(night: int) -> None:
    found = series("a50_by_constituency.csv.gz")
    first = hour_of(found[0][0]).replace(hour=22) + timedelta(days=night)
    pair = {"E14000673": 1875, "S14000051": 1875}
    false = {first + timedelta(hours=hour): pair for hour in range(8)}
    seen = flagged(around(found, false), false)
    assert seen[first] == set(pair)


@needs_data
@pytest.mark.parametrize("night", [3, 12, 24])
def test_ten_thousand_from_one_tiny_country_are_flagged_within_the_hour(night: int) -> None:
    found = series("a50_by_country.csv.gz")
    first = hour_of(found[0][0]).replace(hour=3) + timedelta(days=night)
    false = {first + timedelta(hours=hour): {"VA": 417} for hour in range(24)}
    seen = flagged(around(found, false), false)
    assert seen[first] == {"VA"}


def test_a_rising_tide_is_no_burst() -> None:
    whole = {f"a{n}": 100 + n for n in range(50)}
    assert find_bursts({key: n * 20 for key, n in whole.items()}, whole) == []
    [found] = find_bursts({**{key: n * 2 for key, n in whole.items()}, "a7": 9000}, whole)
    assert (found.key, found.seen) == ("a7", 9000)


def signers(count: int, prefix: str = "+97254555", start: int = 0) -> list[Identity]:
    return [
        get_or_create_identity(Address("tel", f"{prefix}{number:04}"), assurance=1)
        for number in range(start, start + count)
    ]


def sign(action: Action, people: list[Identity], area: str = "", net: str = "") -> None:
    for person in people:
        take_part(action, person, level=1, channel="web", by=SYSTEM, area=area, net=net)
    while drain_deltas():
        pass


def test_the_desk_is_told_of_a_network_and_a_burst_and_looks_once(action: Action, ruth: Staff) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    sign(action, signers(120), area="north", net=net_of(action, "192.0.2.7"))
    Pulse.objects.create(
        agency=ruth.agency, action=action, start=start - timedelta(hours=5), dimension="source",
        counts={"tel:+97252111": 900, "mail:example.org": 400},
    )  # fmt: skip
    assert raise_burst_alerts() == 1
    assert raise_burst_alerts() == 0
    alert = Alert.objects.get()
    assert (alert.dimension, alert.key, alert.seen, alert.state) == ("source", "tel:+97254555", 120, "open")
    assert settle_alert(alert, staff=ruth, acted=True)
    assert not settle_alert(alert, staff=ruth, acted=False)
    assert top_origins(action) == [("tel:+97252111", 900), ("mail:example.org", 400), ("tel:+97254555", 120)]
    sign(action, signers(90, start=200), net=net_of(action, "192.0.2.99"))
    assert raise_burst_alerts() == 1
    assert Alert.objects.get(state="open").dimension == "net"


def test_a_network_is_kept_as_what_nobody_can_read_and_not_for_long(action: Action, city: Agency) -> None:
    kept = net_of(action, "192.0.2.7")
    assert kept == net_of(action, "192.0.2.250") == net_of(action, "::ffff:192.0.2.1") == net_of(action, "192.0.2.0/24")
    assert kept not in (net_of(action, "192.0.3.7"), net_of(create_action(city.pk, "petition"), "192.0.2.7"))
    assert network_prefix("2001:db8:1:2::9") == network_prefix("2001:db8:1::") == "2001:db8:1::/48"
    assert [net_of(action, ip) for ip in ("", "unknown", "999.1.1.1")] == ["", "", ""]
    sign(action, signers(2), net=kept)
    later = datetime.now(UTC) + timedelta(days=15)
    assert forget_nets(later) == 2 + 2  # rows; hours of networks and of sources
    assert not Participation.objects.exclude(net="").exists()


def test_sources_say_where_an_address_was_got_and_not_whose_it_is(omar: Identity, dana: Identity) -> None:
    assert source_of(dana) == "tel:+97250555"
    assert source_of(get_or_create_identity(Address("mailto", "Dana@Example.ORG"))) == "mail:example.org"
    assert source_of(omar) == source_of(None) == ""


def test_an_hour_keeps_the_heaviest_sources_however_many_there_are() -> None:
    row = Pulse(dimension="source", counts={})
    for batch in range(60):
        add_counts(row, {**{f"tel:{batch}-{number}": 1 for number in range(100)}, "mail:bad.example": 9})
    assert len(row.counts) <= MAX_KEYS
    assert 60 * 9 - row.dropped <= row.counts["mail:bad.example"] <= 60 * 9
    assert row.dropped <= 60 * 109 / MAX_KEYS


def test_one_address_has_so_many_tries_and_a_robot_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates()
    assert [rates.allow(1, "sign:dana", 2) for _try in range(3)] == [True, True, False]
    assert rates.allow(2, "sign:dana", 2)
    monkeypatch.setattr("kesher.participation.rate_limits.MAX_COUNTERS", 50)
    assert all(rates.allow(1, f"sign:{number}", 2) for number in range(500))
    assert len(rates.counts) <= 52


def work() -> None:
    while run_voidings():
        pass
    while drain_deltas():
        pass


def test_many_are_voided_by_a_condition_and_come_back_as_a_whole(action: Action, ruth: Staff) -> None:
    bad, good = signers(30), signers(5, prefix="+97252777")
    sign(action, [*bad, *good], area="north")
    condition = Condition(prefix="+97254555", area="north")
    assert count_matching(action, condition) == 30
    voiding = void_many(action, condition, reason="one machine", staff=ruth)
    work()
    assert (counts_at([action])[action.pk], voiding.again().state, voiding.done) == (5, "done", 30)
    assert read_tallies(action)["area"] == {"north": 5}
    assert reverse_voiding(voiding, staff=ruth)
    assert not reverse_voiding(voiding, staff=ruth)
    work()
    assert (counts_at([action])[action.pk], voiding.again().state, voiding.back) == (35, "reversed", 30)
    assert Audit.objects.filter(operation__in=["petition.void_many", "petition.reverse_voiding"]).count() == 2


def test_who_signed_anew_or_turned_out_to_be_another_counts_once_after_a_reversal(action: Action, ruth: Staff) -> None:
    first, second, third = people = signers(3)
    sign(action, people)
    voiding = void_many(action, Condition(channel="web"), reason="a mistake", staff=ruth)
    work()
    reverse_voiding(voiding, staff=ruth)
    sign(action, [first])
    merge_contacts(second.contact, third.contact, reason="code", by=SYSTEM)
    work()
    assert (counts_at([action])[action.pk], voiding.again().back) == (2, 1)


@pytest.mark.parametrize("condition", [Condition(), Condition(net="nowhere"), Condition(prefix="*2700")])
def test_nothing_is_voided_without_a_condition(action: Action, ruth: Staff, condition: Condition) -> None:
    with pytest.raises(Refused):
        void_many(action, condition, reason="x", staff=ruth)
    with pytest.raises(Refused):
        void_many(action, Condition(level=1), reason=" ", staff=ruth)
    assert not Voiding.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("050", "+97250"), ("050-555", "+97250555"), ("+972 50", "+97250"), ("972(50)", "+97250"), ("00972-50", "+97250"),
        ("+972 (0)50", "+97250"), ("50555", "+97250555"), ("٠٥٠", "+97250"), ("\u200e050", "+97250"), ("+1 212", "+1212"),
        ("tel:+97254555", "+97254555"), ("0", ""), ("+", ""), ("*2700", ""), ("רמת גן", ""),
    ],
)  # fmt: skip
def test_a_beginning_of_numbers_is_read_as_people_write_it(typed: str, kept: str) -> None:
    assert normalize_prefix(typed) == kept


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (Condition(domain="example.org"), 1), (Condition(domain="@EXAMPLE.org"), 1), (Condition(domain="ample.org"), 0),
        (Condition(net="192.0.2.0/24"), 1), (Condition(area="unknown"), 2), (Condition(level=2), 0),
        (Condition(prefix="054-555"), 2), (Condition(prefix="+972 54 555 0000", level=1), 1),
        (Condition(since=datetime(2026, 1, 1, tzinfo=UTC)), 3), (Condition(until=datetime(2020, 1, 1, tzinfo=UTC)), 0),
    ],
)  # fmt: skip
def test_each_condition_names_its_own(action: Action, condition: Condition, fits: int) -> None:
    sign(action, [get_or_create_identity(Address("mailto", "a@example.org"), assurance=1)])
    sign(action, signers(1), net=net_of(action, "192.0.2.44"))
    sign(action, signers(1, start=9), area="north")
    assert count_matching(action, condition) == fits
