"""From where a member of staff signed in before: which tries of a password, or of a second step, are counted together.

A stranger must not be able to use up a clerk's tries. So a browser in which somebody signed in whole has a counter of
its own, and so has each network from which they did; all other places share one, which is what bounds guessing. A
network is kept as a keyed hash, in the audit row of the sign-in, for as long as `KNOWN_DAYS`.
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
from kesher.core.client_ip import ip_of
from kesher.core.ids import token
from kesher.core.models import Audit

KNOWN_DAYS = 180
COOKIE = "__Host-kesher_desk" if settings.HTTPS else "kesher_desk"
SALT = "kesher.agencies.device"
LETTERS = str.maketrans("0123456789", "ghijklmnop")  # no digits, which the audit would mask


def network_of(request: HttpRequest) -> str:
    """Return the keyed hash of the network (/24, or /48) that a request comes from; "" where it names none."""
    try:
        found = ip_address(ip_of(request))
    except ValueError:
        return ""
    network = ip_network((found, 24 if found.version == 4 else 48), strict=False)
    hashed = salted_hmac("kesher.agencies.network", str(network), algorithm="sha256")
    return hashed.hexdigest()[:32].translate(LETTERS)


def device_of(request: HttpRequest, user: User) -> str:
    """Return the name of this browser, where this user signed in with it whole; else ""."""
    try:
        owner, name = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=timedelta(days=KNOWN_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if owner == user.pk else ""


def keep_device(response: HttpResponse, user: User) -> None:
    """Give the browser of a whole sign-in its name."""
    value = signing.dumps([user.pk, token()], salt=SALT)
    age = timedelta(days=KNOWN_DAYS)
    response.set_cookie(COOKIE, value, max_age=age, httponly=True, samesite="Lax", secure=settings.HTTPS)


def is_known(network: str, user: User) -> bool:
    """Did this user sign in from this network lately?"""
    staff = Staff.objects.filter(user=user).first()
    if staff is None or not network:
        return False
    rows = Audit.objects.filter(subject_type="agencies.staff", subject_id=str(staff.pk), operation="agencies.sign_in")
    return rows.filter(at__gte=timezone.now() - timedelta(days=KNOWN_DAYS), data__network=network).exists()


def place_of(request: HttpRequest, user: User | None) -> str:
    """Return the place that tries for this user are counted by: a browser, a network, or "" for all unknown ones."""
    if user is None:
        return ""
    if device := device_of(request, user):
        return f"d:{device}"
    network = network_of(request)
    return f"n:{network}" if is_known(network, user) else ""
