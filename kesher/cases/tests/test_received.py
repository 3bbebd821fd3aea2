"""A case's clock runs from when the words reached us, however late the worker came to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.cases.models import Case
from kesher.channels.models import Account
from kesher.conversations.tests.backlog import journal, work
from kesher.conversations.tests.talk import DANA


@pytest.mark.parametrize("text", ["מתי יתקנו את הספסל ברחוב הגפן?", "נציג"])
def test_whoever_waits_has_waited_since_the_words_reached_us(sms: Account, text: str) -> None:
    came = timezone.now() - timedelta(hours=3)
    journal(sms, DANA, text, came)
    work()
    case = Case.objects.get()
    for moment in (case.opened_at, case.waiting_since, case.conversation.waiting_since):
        assert moment is not None
        assert abs(moment - came) < timedelta(milliseconds=1)
