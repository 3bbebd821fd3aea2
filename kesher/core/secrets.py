"""Secrets at rest: encrypted with keys that live outside the database."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def vault() -> MultiFernet:
    """The keys of this installation, newest first: new ones encrypt, old ones still open."""
    return MultiFernet([Fernet(key) for key in settings.KESHER_VAULT_KEYS])


class SecretField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A JSON value that the database sees only encrypted (Fernet: AES-128-CBC with HMAC-SHA256); {}, which is no
    secret, is stored as nothing at all."""

    # What django-stubs reads: any JSON value goes in and comes out.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str:
        if value == {}:
            return ""
        return vault().encrypt(json.dumps(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        if not value:
            return {}
        try:
            return json.loads(vault().decrypt(value.encode()))
        except InvalidToken:
            # A lost key must not take the desk down: the account shows as unconfigured until secrets are set again.
            return {}

    def to_python(self, value: Any) -> Any:
        return value
