"""Recognise the browsers and networks from which a member of staff has logged in before.

Wrong tries of a password or second step are counted by these, so that a stranger cannot use up a clerk's tries. Each
known browser and network has its own counter; all others share one, which limits guessing. A network is stored as a
keyed hash, in the audit row of the sign-in, for `KNOWN_DAYS`.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kesher.agencies.models import Staff
from kesher.core.db.ids import token
from kesher.core.http.client_ip import ip_of
from kesher.core.models import Audit

KNOWN_DAYS = 180
COOKIE = "__Host-kesher_desk" if settings.HTTPS else "kesher_desk"
SALT = "kesher.agencies.device"
LETTERS = str.maketrans("0123456789", "ghijklmnop")  # letters, since the audit would mask digits


def network_of(request: HttpRequest) -> str:
    """Return a keyed hash of the network (/24, or /48) that a request comes from; "" if it has none."""
    try:
        found = ip_address(ip_of(request))
    except ValueError:
        return ""
    network = ip_network((found, 24 if found.version == 4 else 48), strict=False)
    hashed = salted_hmac("kesher.agencies.network", str(network), algorithm="sha256")
    return hashed.hexdigest()[:32].translate(LETTERS)


def device_of(request: HttpRequest, user: User) -> str:
    """Return the id in this browser's cookie, if this user completed a sign-in with it; else ""."""
    try:
        owner, name = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=timedelta(days=KNOWN_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if owner == user.pk else ""


def keep_device(response: HttpResponse, user: User) -> None:
    """Set the cookie by which this browser is known to belong to this user, after a complete sign-in."""
    value = signing.dumps([user.pk, token()], salt=SALT)
    age = timedelta(days=KNOWN_DAYS)
    response.set_cookie(COOKIE, value, max_age=age, httponly=True, samesite="Lax", secure=settings.HTTPS)


def is_known(network: str, user: User) -> bool:
    """Return whether this user signed in lately from this network, given as a hash."""
    staff = Staff.objects.filter(user=user).first()
    if staff is None or not network:
        return False
    rows = Audit.objects.filter(subject_type="agencies.staff", subject_id=str(staff.pk), operation="agencies.sign_in")
    return rows.filter(at__gte=timezone.now() - timedelta(days=KNOWN_DAYS), data__network=network).exists()


def place_of(request: HttpRequest, user: User | None) -> str:
    """Return the key by which this user's tries are counted: a known browser or network, or "" for all others."""
    if user is None:
        return ""
    if device := device_of(request, user):
        return f"d:{device}"
    network = network_of(request)
    return f"n:{network}" if is_known(network, user) else ""
