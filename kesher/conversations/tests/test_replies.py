"""What a clerk's answer carries on its way out."""

from __future__ import annotations

import io

from PIL import Image

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Delivery
from kesher.conversations.services import reply
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.files.attachments import store_attachment


def test_a_picture_goes_out_as_what_whatsapp_calls_a_picture(whatsapp: Account, ruth: Staff) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(drawn, "PNG")
    picture = store_attachment(drawn.getvalue(), name="צל.png")
    hear(whatsapp, DANA, "שלום")
    message = reply(Conversation.objects.get(), "", staff=ruth, attachments=[picture])
    body = Delivery.objects.get(message=message).payload["body"]
    assert body["image"]["link"] == f"https://city.example/files/{picture.key}.jpg"
