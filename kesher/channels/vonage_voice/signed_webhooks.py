"""Vonage's tokens: those that sign webhooks (HS256, with a hash of the body), and those of our requests (RS256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, BadSignature, ChannelError, Json

BEARER = "bearer "
ALGORITHM = "HS256"
KEY_TEXT = re.compile(r"-----BEGIN [A-Z ]+-----(.+?)-----END", re.DOTALL)
TOKEN_SECONDS = 300
MOST_AGE = 300.0  # seconds between the signing of a webhook and its arrival, either way


def verify_token(header: str, body: bytes, secrets: Iterable[str]) -> Json:
    """Return the claims of a webhook's token; raise BadSignature unless a secret signed it for this body just now.

    The provider's own library checks neither the hash of the body nor the age.
    """
    if not header.lower().startswith(BEARER):
        raise BadSignature("no token")
    signed, _dot, claimed = header[len(BEARER) :].strip().rpartition(".")
    good = False
    for secret in filter(None, secrets):
        good |= hmac.compare_digest(sign(signed, secret).encode(), claimed.encode("utf-8", "replace"))
    head, _dot, rest = signed.partition(".")
    # The algorithm is ours, not the token's: "none" and others are refused.
    if not good or untrusted_payload.text(decode_part(head), "alg") != ALGORITHM:
        raise BadSignature("the token does not fit")
    claims = untrusted_payload.mapping(decode_part(rest))
    issued = untrusted_payload.number(claims, "iat")
    if issued is None or abs(time.time() - issued) > MOST_AGE:
        raise BadSignature("the token is too old")
    hashed = untrusted_payload.text(claims, "payload_hash")
    if (body or hashed) and not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), hashed.encode()):
        raise BadSignature("the token is for another body")
    return claims


def make_token(body: bytes, secret: str, claims: Json) -> str:
    """Return the Authorization header of a webhook with these claims, as the provider makes it."""
    full = {"iat": int(time.time())} | claims | ({"payload_hash": hashlib.sha256(body).hexdigest()} if body else {})
    signed = ".".join(encode_part(part) for part in ({"alg": ALGORITHM, "typ": "JWT"}, full))
    return f"Bearer {signed}.{sign(signed, secret)}"


def request_token(account: AccountInfo) -> str:
    """Return the Authorization header of a request to the provider, signed by the application's private key."""
    now = int(time.time())
    claims: Json = {"application_id": str(account.settings.get("application_id", "")), "jti": str(uuid.uuid4())}
    claims |= {"iat": now, "exp": now + TOKEN_SECONDS}
    signed = ".".join(encode_part(part) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    proof = read_key(account.token).sign(signed.encode(), PKCS1v15(), SHA256())
    return f"Bearer {signed}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def read_key(text: str) -> RSAPrivateKey:
    """Return the private key in a PEM text, also one that lost its line breaks in a form. Raise ChannelError."""
    found = KEY_TEXT.search(text)
    try:
        key = load_der_private_key(base64.b64decode("".join((found[1] if found else "").split())), None)
    except (ValueError, TypeError) as error:
        raise ChannelError("the private key cannot be read", permanent=True, code="key") from error
    if not isinstance(key, RSAPrivateKey):
        raise ChannelError("the private key is of another kind", permanent=True, code="key")
    return key


def sign(text: str, secret: str) -> str:
    """Return the signature of a token's first two parts."""
    digest = hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def encode_part(value: Json) -> str:
    """Return a part of a token: JSON in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decode_part(text: str) -> object:
    """Return the JSON value of a token's part; None if it is none. Never raise."""
    try:
        return untrusted_payload.load_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
