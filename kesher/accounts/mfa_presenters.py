"""What the pages of keys show: a picture for an app, a question for a device."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from kesher.core.charts import qr_svg


def app_page(user: User, secret: str) -> dict[str, str]:
    """The picture that an app scans, and its secret for whoever types it, four letters at a time."""
    parts = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    url = str(get_adapter().build_totp_url(user, secret))
    return {"qr": qr_svg(url, _("Picture for the authenticator app")), "secret": " ".join(parts)}


def creation_options(user: User, *, alone: bool) -> str:
    """What the browser asks a device to make. ``alone``: a key that signs in by itself, so that it has to find and to
    know its owner."""
    return as_json(webauthn.begin_registration(user, alone))


def request_options(user: User) -> str:
    """What the browser asks a device of this user."""
    return as_json(webauthn.begin_authentication(user))


def as_json(options: dict[str, Any]) -> str:
    return json.dumps(options)


def key_name(given: str, device: str) -> str:
    """What a key is called on the page: as its owner wrote, else after the device."""
    return given.strip()[:60] or device or _("Passkey")
