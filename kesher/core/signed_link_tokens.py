"""Sign row numbers for private links, shorter than `django.core.signing` does, for SMS."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

TAG = 14  # characters of six bits: 84 bits of HMAC-SHA256, too many to guess online


def sign_number(number: int, salt: str) -> str:
    """Return a number (not negative) with its signature, in URL-safe characters."""
    said = int_to_base36(number)
    return said + tag_of(said, salt, settings.SECRET_KEY)


def read_number(key: str, salt: str) -> int | None:
    """Return the number in a key that was signed with this salt, in the old long form too; else None."""
    if ":" in key:
        try:
            found = signing.loads(key, salt=salt)
        except signing.BadSignature:
            return None
        return found if isinstance(found, int) else None
    said, tag = key[:-TAG], key[-TAG:]
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(constant_time_compare(tag, tag_of(said, salt, secret)) for secret in secrets):
        return None
    return base36_to_int(said)


def tag_of(said: str, salt: str, secret: str | bytes) -> str:
    """Return the signature of a text: `TAG` characters of its HMAC-SHA256."""
    digest = salted_hmac(f"{salt}:short", said, secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode()[:TAG]
