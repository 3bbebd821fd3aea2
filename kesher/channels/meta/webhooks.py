"""The webhooks of Meta's products: subscription check, signature and stored files. Source: Meta's Webhooks reference.

WhatsApp, Messenger and Instagram differ in what a webhook holds, not in how it comes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from urllib.parse import parse_qs

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, BadSignature, Json, Reply, Request

SIGNATURE = "x-hub-signature-256"
BODY_CAP = 3_000_000


def answer_subscription(request: Request, account: AccountInfo) -> Reply | None:
    """Answer Meta's subscription check: a GET with our verify token, whose challenge we return; None for all else."""
    if request.method != "GET":
        return None
    query = {name: values[0] for name, values in parse_qs(request.query).items()}
    if query.get("hub.mode") != "subscribe":
        return None
    expected = str(account.settings.get("verify_token") or "").encode()
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    if not expected or not hmac.compare_digest(expected, given):
        return Reply(403, b"verify_token does not match")
    return Reply(200, query.get("hub.challenge", "").encode("utf-8", "replace"))


def check_signature(request: Request, account: AccountInfo) -> None:
    """Raise BadSignature unless the header has an HMAC of the body by one of the account's app secrets."""
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    # Sum all comparisons instead of stopping at the first match: the time must not reveal which secret it was.
    secrets = [secret for secret in account.secrets if secret]
    if not sum(hmac.compare_digest(signature(secret, request.body), given) for secret in secrets):
        raise BadSignature(f"{SIGNATURE} does not match")


def signature(secret: str, body: bytes) -> bytes:
    """Return the signature header for a body: an HMAC over the received bytes, not over rewritten JSON."""
    made = hmac_of(secret).copy()
    made.update(body)
    return b"sha256=" + made.hexdigest().encode()


@lru_cache(maxsize=256)
def hmac_of(secret: str) -> hmac.HMAC:
    """Return the HMAC object that a secret's signatures start from; made once and copied for each request."""
    return hmac.new(secret.encode(), digestmod=hashlib.sha256)


def signed_request(value: Json, account: AccountInfo) -> Request:
    """Return a webhook with this content, signed by the account's first secret, as Meta would send it."""
    body = json.dumps(value).encode()
    proof = signature(account.secrets[0], body).decode() if account.secrets else ""
    return Request("POST", "/", "", {"content-type": "application/json", SIGNATURE: proof}, body)


def stored_webhooks(raw: bytes) -> list[Request]:
    """Return a request for each webhook in a stored file: the file itself, or each value of ``{case: webhook}``."""
    value = untrusted_payload.load_json(raw)
    cases = list(value.values()) if isinstance(value, dict) and "object" not in value else []
    whole = cases and all(untrusted_payload.text(case, "object") for case in cases)
    bodies = [json.dumps(case).encode() for case in cases] if whole else [raw]
    return [Request("POST", "/", "", {}, body) for body in bodies]
