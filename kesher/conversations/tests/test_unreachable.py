"""What somebody is told whose address we cannot write to: which one we can, by the channels that there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from kesher.agencies.models import Agency
from kesher.conversations.contact_address_fields import AddressField

GIVEN = {"tel": "050-555-0142", "mailto": "dana@example.org"}


@pytest.mark.parametrize(
    ("accounts", "told"),
    [
        ((), {"tel": "בצ׳אט", "mailto": "בצ׳אט"}),
        (("sms",), {"mailto": "מסרו מספר"}),
        (("mailbox",), {"tel": "מסרו כתובת"}),
    ],
)
def test_whoever_cannot_be_reached_is_told_what_can(
    city: Agency, request: Any, accounts: tuple[str, ...], told: dict[str, str]
) -> None:
    for name in accounts:
        request.getfixturevalue(name)
    for scheme, address in GIVEN.items():
        if scheme not in told:
            assert AddressField().clean(address).scheme == scheme
            continue
        with pytest.raises(ValidationError, match=told[scheme]):
            AddressField().clean(address)
