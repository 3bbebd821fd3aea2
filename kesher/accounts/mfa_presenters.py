"""Build the contexts of the passkey and authenticator pages: the app's QR code, a device's options."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from kesher.core.ui.charts import qr_svg


def app_page(user: User, secret: str) -> dict[str, str]:
    """Return the context for setting up an authenticator app: a QR code, and the secret in groups of four."""
    parts = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    url = str(get_adapter().build_totp_url(user, secret))
    return {"qr": qr_svg(url, _("Picture for the authenticator app")), "secret": " ".join(parts)}


def creation_options(user: User, *, alone: bool) -> str:
    """Return as JSON the WebAuthn options by which a browser asks a device to create a passkey.

    ``alone``: the key can sign in without a user name, so the device must store and verify its owner.
    """
    return as_json(webauthn.begin_registration(user, alone))


def request_options(user: User) -> str:
    """Return as JSON the WebAuthn options by which a browser asks a device with this user's passkey to sign."""
    return as_json(webauthn.begin_authentication(user))


def as_json(options: dict[str, Any]) -> str:
    """Return WebAuthn options as JSON, for a page's script."""
    return json.dumps(options)


def key_name(given: str, device: str) -> str:
    """Return the name of a new passkey: as its owner entered it, else the device's."""
    return given.strip()[:60] or device or _("Passkey")
