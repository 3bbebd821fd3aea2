"""The desk's watch: alerts, voiding many with a reason, and taking it back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from kesher.participation.models import Alert, Voiding
from kesher.participation.services import drain, recount, work_off
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_phone

WATCH = "/desk/petitions/48213/watch/"


@pytest.fixture
def crowd(petition: Petition) -> Petition:
    for number in range(3):
        services.sign(petition, a_phone(address=f"+9725477700{number:02d}"), door="sms")
    services.sign(petition, a_phone(), door="sms")
    return petition


def void(client: Client, step: str, **given: str) -> int:
    return client.post(WATCH, {"step": step, **given}).status_code


def counted(petition: Petition) -> int:
    while work_off() + drain():
        pass
    return Signature.objects.of(petition).counted().count()


def test_many_are_counted_voided_and_taken_back(miriams: Client, crowd: Petition) -> None:
    void(miriams, "count", begins="+97254777", reason="מספרים שנקנו")
    assert counted(crowd) == 4
    void(miriams, "void", begins="+97254777", reason="מספרים שנקנו")
    assert counted(crowd) == 1
    assert recount(crowd.action).wrong == {}
    miriams.post(f"{WATCH}voidings/{Voiding.objects.get().pk}/")
    assert counted(crowd) == 4
    assert recount(crowd.action).wrong == {}


def test_without_a_condition_or_a_reason_nothing_is_void(miriams: Client, crowd: Petition) -> None:
    assert void(miriams, "void", reason="הכול") == 422
    assert void(miriams, "void", begins="+972") == 422
    assert counted(crowd) == 4


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
    assert "tel:+97254777" in miriams.get(WATCH).content.decode()
    assert WATCH in miriams.get("/desk/petitions/48213/").content.decode()
    miriams.post(f"{WATCH}alerts/{row.pk}/", {"verb": "fine"})
    assert "tel:+97254777" not in miriams.get(WATCH).content.decode()
