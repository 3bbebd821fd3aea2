"""The desk's watch: alerts, voiding many with a reason, and taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localtime

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.participation.models import Alert, Voiding
from kesher.participation.services import drain_deltas, recount_action, run_voidings
from kesher.participation.tests.voiding import void_counted
from kesher.petitions import services
from kesher.petitions.models import Area, Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, ask_to_sign, confirm_as, sign_as
from kesher.petitions.tests.talk import code_sent_to

WATCH = "/desk/petitions/48213/watch/"


@pytest.fixture
def crowd(petition: Petition) -> Petition:
    for number in range(3):
        sign_as(petition, a_phone(address=f"+9725477700{number:02d}"), door="sms")
    sign_as(petition, a_phone(), door="sms")
    return petition


def void(client: Client, step: str, **given: str) -> int:
    return (
        void_counted(client, WATCH, **given)
        if step == "void"
        else client.post(WATCH, {"step": step, **given}).status_code
    )


def counted(petition: Petition) -> int:
    while run_voidings() + drain_deltas():
        pass
    return Signature.objects.of(petition).counted().count()


def test_many_are_counted_voided_and_taken_back(miriams: Client, crowd: Petition) -> None:
    void(miriams, "count", begins="+97254777", reason="מספרים שנקנו")
    assert counted(crowd) == 4
    void(miriams, "void", begins="+97254777", reason="מספרים שנקנו")
    assert counted(crowd) == 1
    assert recount_action(crowd.action).wrong == {}
    miriams.post(f"{WATCH}voidings/{Voiding.objects.get().pk}/")
    assert counted(crowd) == 4
    assert recount_action(crowd.action).wrong == {}


def test_without_a_condition_or_a_reason_nothing_is_void(miriams: Client, crowd: Petition) -> None:
    assert void(miriams, "void", reason="הכול") == 422
    assert void(miriams, "void", begins="+972") == 422
    assert counted(crowd) == 4


def test_the_beginning_of_a_number_is_written_as_people_do_and_the_proof_is_chosen(
    miriams: Client, crowd: Petition
) -> None:
    assert counted(crowd) == 4
    assert void(miriams, "void", begins="כלום", reason="מספרים שנקנו") == 422
    assert void(miriams, "void", begins="054-777", level="1", reason="מספרים שנקנו") == 302
    assert counted(crowd) == 1


def test_who_was_voided_with_others_is_asked_to_write_to_us_and_counts_again_at_the_desk(
    miriams: Client, ruths: Client, crowd: Petition
) -> None:
    void(miriams, "void", begins="054-777", reason="מספרים שנקנו")
    assert counted(crowd) == 1
    row = Signature.objects.of(crowd).filter(state="void").first()
    assert row is not None
    assert row.identity is not None
    with pytest.raises(Refused, match=row.receipt):
        sign_as(crowd, row.identity, door="sms")
    given = {"step": "again", "receipt": row.receipt, "why": "התקשרה אלינו"}
    assert ruths.post(WATCH, given).status_code == 403
    assert miriams.post(WATCH, given).status_code == 302
    assert (counted(crowd), recount_action(crowd.action).wrong) == (2, {})
    assert sign_as(crowd, row.identity, door="sms").new is False


def test_what_was_not_counted_is_not_voided(miriams: Client, crowd: Petition) -> None:
    seen = miriams.post(WATCH, {"step": "count", "begins": "054-7770000", "reason": "אחת"})
    changed = {"step": "void", "begins": "054-777", "reason": "אחת", "counted": seen.context["form"].fingerprint()}
    for given in (changed, {**changed, "counted": ""}):
        answer = miriams.post(WATCH, given)
        assert (answer.status_code, answer.context["preview"]) == (422, 3)
    assert counted(crowd) == 4


@pytest.mark.parametrize("alone", [True, False])
def test_a_browser_that_knows_him_says_so_and_a_form_that_does_not_tells_nobody(
    miriams: Client, crowd: Petition, sms: Account, alone: bool
) -> None:
    void(miriams, "void", begins="054-777", reason="מספרים שנקנו")
    assert counted(crowd) == 1
    phone = Identity.objects.get(address="+972547770000")
    with pytest.raises(Refused):
        sign_as(crowd, phone, door="web", alone=alone)
    ask_to_sign(crowd, Address("tel", phone.address))
    with pytest.raises(Refused) as refused:
        confirm_as(crowd, phone, code_sent_to(phone.address))
    assert (refused.value.code, counted(crowd)) == ("voided", 1)


@pytest.mark.parametrize(
    "given", [{"receipt": "none"}, {"why": " "}, {"receipt": ""}, {"receipt": "counted"}, {"receipt": "elsewhere"}]
)
def test_what_is_not_void_here_does_not_count_again(
    miriams: Client, miriam: Staff, crowd: Petition, given: dict[str, str]
) -> None:
    first, second = Signature.objects.of(crowd).order_by("id")[:2]
    services.void_signature(first, staff=miriam, reason="x")
    other = sign_as(a_petition(), a_phone(), door="sms").signature
    names = {"counted": second.receipt, "elsewhere": other.receipt}
    given = {"receipt": first.receipt, "why": "x", **given}
    given["receipt"] = names.get(given["receipt"], given["receipt"])
    assert miriams.post(WATCH, {"step": "again", **given}).status_code == 422
    assert counted(crowd) == 3


def test_a_clerk_voids_nothing(ruths: Client, sashas: Client, crowd: Petition) -> None:
    assert void(ruths, "void", begins="+972", reason="x") == 403
    assert void(sashas, "void", begins="+972", reason="x") == 403
    assert not Voiding.objects.exists()


def test_an_alert_is_shown_until_somebody_looked(miriams: Client, crowd: Petition) -> None:
    row = Alert.objects.create(
        agency=crowd.agency,
        action=crowd.action,
        dimension="source",
        key="tel:+97254777",
        start=timezone.now(),
        seen=900,
        expected=3,
    )
    assert "+97254777…" in miriams.get(WATCH).content.decode()
    assert WATCH in miriams.get("/desk/petitions/48213/").content.decode()
    miriams.post(f"{WATCH}alerts/{row.pk}/", {"verb": "fine"})
    assert "+97254777…" not in miriams.get(WATCH).content.decode()


@pytest.fixture
def odd(crowd: Petition) -> Alert:
    """Many came from one block of numbers within this hour."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return Alert.objects.create(
        action=crowd.action, dimension="source", key="tel:+97254777", start=hour, seen=3, expected=0.1
    )


def test_an_alert_fills_in_whom_it_is_about(miriams: Client, crowd: Petition, odd: Alert) -> None:
    page = miriams.get(WATCH, {"alert": odd.pk}).content.decode()
    assert ('value="+97254777"' in page, "<bdi>+97254777…</bdi>" in page) == (True, True)
    assert f"?alert={odd.pk}#many" in page


@pytest.mark.parametrize("lang", ["he", "ru", "en"])
def test_the_hour_of_an_alert_is_read_by_every_browser(miriams: Client, odd: Alert, lang: str) -> None:
    miriams.cookies["django_language"] = lang
    page = miriams.get(WATCH, {"alert": odd.pk}).content.decode()
    assert f'value="{localtime(odd.start):%Y-%m-%dT%H:%M}"' in page


def test_an_alert_of_no_area_is_about_those_who_said_none(miriams: Client, crowd: Petition, odd: Alert) -> None:
    Area.objects.create(code="north", names={"he": "צפון"})
    Alert.objects.update(dimension="area", key="unknown")
    page = miriams.get(WATCH, {"alert": odd.pk}).content.decode()
    assert '<option value="unknown" selected>' in page
    Signature.objects.filter(pk=Signature.objects.first().pk).update(area="north")  # type: ignore[union-attr]
    void(miriams, "void", area="unknown", reason="בלי מקום")
    assert counted(crowd) == 1


def test_an_hour_is_that_in_which_people_were_counted(miriams: Client, crowd: Petition) -> None:
    Signature.objects.update(created=timezone.now() - timedelta(days=1))
    Signature.objects.filter(pk=Signature.objects.first().pk).update(confirmed=timezone.now())  # type: ignore[union-attr]
    Signature.objects.exclude(pk=Signature.objects.first().pk).update(confirmed=None)  # type: ignore[union-attr]
    void(miriams, "void", since=f"{localtime() - timedelta(hours=1):%Y-%m-%dT%H:%M}", reason="השעה האחרונה")
    assert counted(crowd) == 3


def test_a_network_is_voided_by_the_digest_that_its_alert_shows(miriams: Client, crowd: Petition) -> None:
    Signature.objects.filter(pk=Signature.objects.first().pk).update(net="0123456789abcdef")  # type: ignore[union-attr]
    void(miriams, "void", net="0123456789ABCDEF", reason="רשת אחת")
    assert counted(crowd) == 3


def test_a_voiding_says_whom_it_was_about_however_many_came_after(miriams: Client, crowd: Petition) -> None:
    for number in range(10):
        void(miriams, "void", begins="+97254777", since="2020-01-31T10:00", reason=f"סיבה {number}")
    page = miriams.get(WATCH).content.decode()
    assert ("סיבה 0" in page, "+97254777" in page) == (True, True)
    assert page.count("31.1.2020") == 10


def test_the_desks_list_says_where_something_looks_odd(miriams: Client, crowd: Petition, odd: Alert) -> None:
    assert miriams.get("/desk/petitions/").context["odd"] == [
        {"title": crowd.title, "url": "/desk/petitions/48213/", "count": 1}
    ]
    Alert.objects.update(state="dismissed")
    assert miriams.get("/desk/petitions/").context["odd"] == []
