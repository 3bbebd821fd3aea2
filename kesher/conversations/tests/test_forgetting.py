"""Raw requests are kept for a while, and not for ever."""

from __future__ import annotations

import time
from typing import Any

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.models import Intake
from kesher.conversations.services import forget_raw


def raw(account: Account, days: float, state: str) -> Intake:
    return Intake.objects.create(
        account_id=account.pk, received=time.time() - days * 86_400, path="/in/", body=b"{}", state=state
    )


def test_what_was_worked_off_long_ago_is_dropped(city: Agency, sms: Account, settings: Any) -> None:
    settings.KESHER_RAW_DAYS = 30
    raw(sms, 31, "done")
    assert forget_raw() == 1
    assert not Intake.objects.exists()


def test_what_is_new_or_failed_stays(city: Agency, sms: Account) -> None:
    kept = [raw(sms, 1, "done"), raw(sms, 40, "failed"), raw(sms, 40, "new")]
    assert forget_raw() == 0
    assert Intake.objects.count() == len(kept)
