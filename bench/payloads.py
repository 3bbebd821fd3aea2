"""Signed WhatsApp webhooks with unique bodies: four languages, known and new people, redeliveries, late ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from pathlib import Path

SECRET = "bench-app-secret"
NUMBER_ID = "1122334455667"
WORDS = (
    ("he", ("שלום", "תפריט", "הפח ברחוב הגפן לא פונה כבר שבוע, מתי באים?", "תודה רבה על המענה המהיר")),
    ("ar", ("مرحبا", "القائمة", "متى تُفرَّغ الحاوية في شارع الكرمة من فضلكم؟", "شكرا جزيلا على الرد السريع")),
    ("ru", ("привет", "меню", "Когда починят фонарь на улице Гефен, дом 12?", "спасибо большое за ответ")),
    ("en", ("hello", "menu", "When will the street light on Gefen street be fixed?", "thank you for the quick answer")),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook: its message, its sender, and its bytes."""

    wamid: str
    person: str
    number: int
    body: bytes
    signature: str


def make(count: int, people: int, known: float = 0.3, seed: int = 1, prefix: str = "b", first: int = 0) -> list[Sent]:
    """Return ``count`` different messages.

    ``known``: the share from the first ``people`` numbers; others come from new ones, four messages each. 2 % are late:
    their time is before that of the previous message. ``first``: the number of the first message, by which the order of
    a person's messages is checked.
    """
    chance = random.Random(seed)
    found, fresh = [], 0
    for number in range(first, first + count):
        if chance.random() < known:
            person = f"9725{chance.randrange(people):08d}"
        else:
            person = f"9726{(first + fresh) // 4:08d}"
            fresh += 1
        wamid = f"wamid.{prefix}{number:09d}"
        text = chance.choice(chance.choice(WORDS)[1])
        at = 1_795_000_000 + number - (90 if chance.random() < 0.02 else 0)
        found.append(sign(wamid, person, number, text, at))
    return found


def sign(wamid: str, person: str, number: int, text: str, at: int) -> Sent:
    """Return a signed webhook with one message."""
    body = json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "97235550100", "phone_number_id": NUMBER_ID},
                "contacts": [{"profile": {"name": "דנה לוי"}, "wa_id": person}],
                "messages": [{"from": person, "id": wamid, "timestamp": str(at), "text": {"body": text}, "type": "text"}],
            }}]}],
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Sent(wamid, person, number, body, signature)


LUA = """
local path, file = "%s", "%s"
local ready, n = {}, 0
function init(args)
  local signature
  for line in io.lines(file) do
    if signature then
      ready[#ready + 1] = wrk.format("POST", path,
        {["Content-Type"] = "application/json", ["X-Hub-Signature-256"] = signature}, line)
      signature = nil
    else signature = line end
  end
end
function request() n = n + 1; if n > #ready then n = 1 end; return ready[n] end
function done(summary, latency, requests)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status, broken))
end
"""


def lua(sent: list[Sent], path: str, folder: Path, redelivered: float = 0.05) -> Path:
    """Return a wrk script that posts the webhooks in order, one in twenty twice; its bodies are in a file beside it."""
    chance = random.Random(2)
    lines = []
    for item in sent:
        entry = [item.signature, item.body.decode()]
        lines += entry * (2 if chance.random() < redelivered else 1)
    data = folder / "requests.txt"
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = folder / "requests.lua"
    script.write_text(LUA % (path, data), encoding="utf-8")
    return script
