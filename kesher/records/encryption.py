"""How readings lie in the database: under a keyed digest, encrypted, and bound to that digest."""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from django.utils.crypto import salted_hmac

from kesher.core.secrets import vault
from kesher.records.base import Reading, Subject
from kesher.records.models import RecordSource
from kesher.records.serialisation import from_json, to_json

SALT = "kesher.records.reading"
WARD = "kesher.records.ward"


def reading_key(source: RecordSource, subject: Subject) -> str:
    """Under which a person's reading of a source is kept: another for every source, version of the consent, language,
    and for everybody whose proved addresses differ."""
    value = f"{source.agency_id}:{source.pk}:{source.version}:{subject.fingerprint()}"
    return salted_hmac(SALT, value, algorithm="sha256").hexdigest()


def number_digest(agency_id: int, number: str) -> str:
    """Under which a ward is found by his number; whoever lacks this installation's key finds nobody."""
    return salted_hmac(WARD, f"{agency_id}:{number}", algorithm="sha256").hexdigest()


def sealed(key: str, reading: Reading) -> str:
    """The reading as text that only this installation opens, and only under its key."""
    return vault().encrypt(json.dumps({"key": key, **to_json(reading)}, ensure_ascii=False).encode()).decode()


def opened(key: str, text: str) -> Reading | None:
    """The reading, or None where it cannot be opened or belongs under another key: it is then read anew."""
    try:
        kept = json.loads(vault().decrypt(text.encode()))
        return from_json(kept) if kept.pop("key") == key else None
    except (InvalidToken, ValueError, KeyError, TypeError):
        return None
