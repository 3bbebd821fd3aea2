"""Whatever people do, the tallies are what the rows say, and every breakdown adds up."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.core.audit import SYSTEM
from kesher.participation.services import drain_deltas, find_participation, read_tallies
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as, withdraw_as

PEOPLE = 4
person = st.integers(0, PEOPLE - 1)
step = st.one_of(
    st.tuples(st.just("sign"), person, st.sampled_from(["sms", "whatsapp", "web"])),
    st.tuples(st.just("withdraw"), person, st.none()),
    st.tuples(st.just("void"), person, st.none()),
    st.tuples(st.just("merge"), person, person),
    st.tuples(st.just("prove"), person, st.integers(1, 3)),
    st.tuples(st.just("drain"), st.none(), st.none()),
)


def take(petition: Petition, people: list[Identity], staff: Staff, what: str, who: int, how: object) -> None:
    if what == "drain":
        drain_deltas()
        return
    identity = Identity.objects.select_related("contact__merged_into").get(pk=people[who].pk)
    if what == "sign":
        sign_as(petition, identity, door=str(how))
    elif what == "withdraw":
        withdraw_as(petition, identity.contact)
    elif what == "void":
        row = find_participation(petition.action, identity.contact.root())
        if row is not None:
            services.void_signature(row, staff=staff, reason="test")
    elif what == "prove":
        Identity.objects.filter(pk=identity.pk).update(assurance=how)
    else:
        assert isinstance(how, int)
        other = Identity.objects.select_related("contact__merged_into").get(pk=people[how].pk)
        merge_contacts(identity.contact, other.contact, reason="test", by=SYSTEM)


@given(st.lists(step, max_size=14))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tallies_are_the_counted_rows(city: Agency, miriam: Staff, steps: list[tuple[str, int, object]]) -> None:
    petition, people = a_petition(), [a_phone() for _number in range(PEOPLE)]
    for what, who, how in steps:
        take(petition, people, miriam, what, who, how)
    while drain_deltas():
        pass
    rows = list(Signature.objects.of(petition).counted())
    found = {name: {key: n for key, n in keys.items() if n} for name, keys in read_tallies(petition.action).items()}
    assert found.get("total", {}).get("", 0) == len(rows)
    assert found.get("channel", {}) == Counter(row.channel for row in rows)
    assert found.get("level", {}) == Counter(str(row.level) for row in rows)
    assert sum(found.get("area", {}).values()) == len(rows)
