"""Encrypt and decrypt secrets in the database with keys that are stored outside it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def secret_cipher() -> MultiFernet:
    """Return the installation's Fernet cipher: the newest key encrypts, older ones still decrypt."""
    return cipher_of(tuple(settings.KESHER_VAULT_KEYS))


@cache
def cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    """Return the Fernet cipher of these keys, the newest first."""
    return MultiFernet([Fernet(key) for key in keys])


class SecretField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A JSON value that is encrypted in the database (Fernet: AES-128-CBC with HMAC-SHA256).

    {} is no secret and is stored as an empty string.
    """

    # For django-stubs: the field takes and gives any JSON value.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str:
        """Return the value encrypted, as the database stores it."""
        if value == {}:
            return ""
        return secret_cipher().encrypt(json.dumps(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        """Return the value decrypted; {} if the key was lost."""
        if not value:
            return {}
        try:
            return json.loads(secret_cipher().decrypt(value.encode()))
        except InvalidToken:
            # A lost key must not stop the desk: the account shows as unconfigured until its secrets are set again.
            return {}

    def to_python(self, value: Any) -> Any:
        """Return the value unchanged."""
        return value
