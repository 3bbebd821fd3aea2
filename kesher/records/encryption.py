"""Encrypt readings in the database: under a keyed digest, and bound to that digest."""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from django.utils.crypto import salted_hmac

from kesher.core.secrets import secret_cipher
from kesher.records.base import Reading, Subject
from kesher.records.models import RecordSource
from kesher.records.serialisation import reading_from_json, reading_to_json

SALT = "kesher.records.reading"
WARD = "kesher.records.ward"


def reading_key(source: RecordSource, subject: Subject) -> str:
    """Return the key of a person's reading in the cache.

    It differs by source, version of the consent, language, and by the person's proved addresses.
    """
    value = f"{source.agency_id}:{source.pk}:{source.version}:{subject.fingerprint()}"
    return salted_hmac(SALT, value, algorithm="sha256").hexdigest()


def number_digest(agency_id: int, number: str) -> str:
    """Return the digest to find a ward by their identity number. It is keyed with this installation's secret."""
    return salted_hmac(WARD, f"{agency_id}:{number}", algorithm="sha256").hexdigest()


def encrypt_reading(key: str, reading: Reading) -> str:
    """Return the reading as encrypted text that opens only here, and only under its key."""
    return (
        secret_cipher()
        .encrypt(json.dumps({"key": key, **reading_to_json(reading)}, ensure_ascii=False).encode())
        .decode()
    )


def decrypt_reading(key: str, text: str) -> Reading | None:
    """Return the reading, or None if it cannot be decrypted or belongs to another key: it is then read anew."""
    try:
        kept = json.loads(secret_cipher().decrypt(text.encode()))
        return reading_from_json(kept) if kept.pop("key") == key else None
    except (InvalidToken, ValueError, KeyError, TypeError):
        return None
