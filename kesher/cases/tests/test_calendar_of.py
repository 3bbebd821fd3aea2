"""Which account's opening hours a person gets who writes on a channel with several accounts."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.cases.services.cases import calendar_of
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.models import Identity
from kesher.conversations.models import Route
from kesher.conversations.services import conversation_of
from kesher.dialogues.dialogue_turn import Turn


def test_the_account_that_the_person_wrote_to_decides_and_not_an_unused_one(
    city: Agency, dana: Identity, sms: Account
) -> None:
    unused = open_account("sms", address="+97235550109", hours={"0": [["01:00", "02:00"]]})
    Account.objects.filter(pk=sms.pk).update(hours={"6": [["10:00", "12:00"]]})
    of = {"agency": city, "identity": dana, "conversation": conversation_of(dana.contact)}
    Route.objects.create(account=sms, last_in_at=timezone.now(), **of)
    Route.objects.create(account=unused, **of)
    with CaptureQueriesContext(connection) as queries:
        found = calendar_of(Turn(dana.contact, "sms", identity=dana), city)
    assert found.hours == {"6": [["10:00", "12:00"]]}
    assert "NULLS LAST" in queries[-1]["sql"], "the two databases order NULL differently by themselves"
