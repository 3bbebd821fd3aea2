"""Channel adapter for trying Kesher: it accepts signed JSON and sends nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from kesher.channels.base import AccountInfo, Client, Payload, Receipt, Status
from kesher.channels.fake_channel import FakeChannel
from kesher.channels.untrusted_payload import fingerprint


class Adapter(FakeChannel):
    """The demo channel; the receipt's data has what would have been sent."""

    title = "Demo"
    public_title: Mapping[str, str] = {"he": "הדגמה", "ar": "تجريبي", "ru": "Демо", "en": "Demo"}

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Return a receipt with the payload's body; nothing is sent."""
        name = payload.ref or fingerprint(payload.body)
        number = hashlib.sha256(f"{account.key}|{name}".encode()).hexdigest()[:16]
        return Receipt(f"demo-{number}", Status.DELIVERED, {"sent": payload.body})
