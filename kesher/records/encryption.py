"""Encrypt cached records in the database, each bound to its own row."""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from django.utils.crypto import salted_hmac

from kesher.core.secrets import secret_cipher
from kesher.records.models import RecordSource
from kesher.records.sources.base import Reading, Subject
from kesher.records.sources.readings import reading_from_json, reading_to_json

SALT = "kesher.records.reading"
WARD = "kesher.records.ward"


def reading_key(source: RecordSource, subject: Subject) -> str:
    """Return the key under which what a source has of this person is cached.

    It differs by source, version of the consent, language, and by the person's proved addresses.
    """
    value = f"{source.agency_id}:{source.pk}:{source.version}:{subject.fingerprint()}"
    return salted_hmac(SALT, value, algorithm="sha256").hexdigest()


def number_digest(agency_id: int, number: str) -> str:
    """Return the keyed digest by which a ward's row is found from the identity number."""
    return salted_hmac(WARD, f"{agency_id}:{number}", algorithm="sha256").hexdigest()


def encrypt_reading(key: str, reading: Reading) -> str:
    """Return a reading (what a source has of a person) encrypted; it opens only here, and under its key."""
    return (
        secret_cipher()
        .encrypt(json.dumps({"key": key, **reading_to_json(reading)}, ensure_ascii=False).encode())
        .decode()
    )


def decrypt_reading(key: str, text: str) -> Reading | None:
    """Return the reading in this encrypted text, or None if it cannot be decrypted or has another key.

    Without it the source is read anew.
    """
    try:
        kept = json.loads(secret_cipher().decrypt(text.encode()))
        return reading_from_json(kept) if kept.pop("key") == key else None
    except (InvalidToken, ValueError, KeyError, TypeError):
        return None
