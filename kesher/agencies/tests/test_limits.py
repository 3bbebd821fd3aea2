"""What codes to strangers may cost: the administrator's page, and the notice at the desk."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.core.models import Audit

PAGE = "/desk/limits/"
NOTICE = "ייתכן שמישהו מנפח לנו את החשבון"


def test_an_administrator_sets_the_limits(city: Agency, miriam: Staff, miriams: Client) -> None:
    given = {"unproved_a_day": "900", "countries": "il, fr IL"}
    assert miriams.post(PAGE, given).status_code == 403
    Staff.objects.filter(pk=miriam.pk).update(role="admin")
    assert miriams.post(PAGE, {**given, "countries": "IL, QQ"}).status_code == 422
    assert not Audit.objects.filter(operation="agencies.set_limits").exists()
    assert miriams.post(PAGE, given).status_code == 302
    city.refresh_from_db()
    assert (city.unproved_a_day, city.countries, city.answers_a_day) == (900, ["IL", "FR"], 100)
    assert miriams.post(PAGE, {**given, "answers_a_day": "5"}).status_code == 422
    assert miriams.post(PAGE, {**given, "answers_a_day": "50"}).status_code == 302
    city.refresh_from_db()
    assert city.answers_a_day == 50
    assert "IL, FR" in miriams.get(PAGE).content.decode()


def test_managers_see_for_a_day_that_half_is_used_up(city: Agency, ruths: Client, miriams: Client) -> None:
    assert NOTICE not in miriams.get("/desk/overview/").content.decode()
    Agency.objects.filter(pk=city.pk).update(unproved_alarm_at=timezone.now())
    assert NOTICE in miriams.get("/desk/overview/").content.decode()
    assert NOTICE not in ruths.get("/desk/").content.decode()
    Agency.objects.filter(pk=city.pk).update(unproved_alarm_at=timezone.now() - timedelta(hours=25))
    assert NOTICE not in miriams.get("/desk/overview/").content.decode()
