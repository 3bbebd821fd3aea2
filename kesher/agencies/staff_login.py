"""Coming in at the staff's door: the password first, then something that only this person has.

Between the two nobody is signed in: the session only remembers whose second step it waits for. A desk opens to a
session that has made both; `middleware.staff_of_user` looks, so that no other way in can pass it by.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from kesher.agencies import services
from kesher.agencies.known_networks import network_of
from kesher.agencies.models import Staff

WAITING, SECOND = "kesher.waiting", "kesher.second"
WAITING_SECONDS = 600
FRESH_SECONDS = 900


def hold(request: HttpRequest, user: User, after: str) -> None:
    """The password was right: this session waits for the second step. Whatever it held before is gone, and so is its
    name, which somebody may have planted."""
    request.session.flush()
    request.session[WAITING] = {"user": user.pk, "at": time.time(), "after": after}


def held(request: HttpRequest) -> tuple[User, str] | None:
    """(whose second step this session waits for, where he goes then), for ten minutes; who no longer works here is
    nobody."""
    kept = request.session.get(WAITING)
    if not isinstance(kept, dict) or kept["at"] < time.time() - WAITING_SECONDS:
        return None
    staff = Staff.objects.select_related("user").filter(user=kept["user"], user__is_active=True, is_active=True).first()
    return (staff.user, str(kept["after"])) if staff else None


def come_in(request: HttpRequest, user: User, way: str) -> None:
    """Signs a member of staff in, in a session with a new name. ``way``: what the second step was."""
    request.session.pop(WAITING, None)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    mark(request.session, way)
    services.note_sign_in(user, network_of(request))
    request.signed_in_whole = user  # type: ignore[attr-defined]  # the middleware gives this browser its name


def mark(session: SessionBase, way: str) -> None:
    """The second step was made now."""
    session[SECOND] = {"way": way, "at": time.time()}


def is_second_made(request: HttpRequest) -> bool:
    return not settings.KESHER_SECOND_FACTOR or SECOND in request.session


def is_fresh(request: HttpRequest) -> bool:
    """Was the second step made within a quarter of an hour? Asked before keys are added or removed."""
    kept = request.session.get(SECOND)
    return isinstance(kept, dict) and kept["at"] > time.time() - FRESH_SECONDS
