"""Log staff in with a password and a second step (passkey or authenticator app).

Between the two no user is signed in: the session only stores whose second step it waits for. `middleware.staff_of_user`
opens the desk only to a session with both, so no other way of signing in can skip one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from kesher.agencies import services
from kesher.agencies.known_devices import network_of
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.sign_in_log import log_sign_in
from kesher.core.db.agency_scope import current_agency_id

WAITING, SECOND, AGENCY = "kesher.waiting", "kesher.second", "kesher.agency"
WAITING_SECONDS = 600
FRESH_SECONDS = 900


class LoginWay(NamedTuple):
    """A way to sign in beside the password: a link of the sign-in page."""

    title: str
    url: str


LOGIN_WAYS: list[Callable[[], LoginWay | None]] = []  # higher apps add to it


def list_login_ways() -> list[LoginWay]:
    """Return the ways to sign in that this agency has beside the password."""
    return [way for way in (find() for find in LOGIN_WAYS) if way is not None]


def remember_password_step(request: HttpRequest, user: User, after: str, **more: Any) -> None:
    """Store in the session, with ``more``, that this user's password was right and the second step is due.

    The session is flushed first, since somebody may have planted its key.
    """
    request.session.flush()
    of = user.get_session_auth_hash()
    request.session[WAITING] = {"user": user.pk, "of": of, "at": time.time(), "after": after, **more}


def find_pending_login(request: HttpRequest) -> tuple[User, str] | None:
    """Return (user who owes the second step, path afterwards) from the session; None after ten minutes.

    Also None if the user does not work here any more, or has another password since.
    """
    kept = request.session.get(WAITING)
    if not isinstance(kept, dict) or kept["at"] < time.time() - WAITING_SECONDS:
        return None
    staff = Staff.objects.select_related("user").filter(user=kept["user"], user__is_active=True, is_active=True).first()
    if staff is None or not constant_time_compare(str(kept.get("of", "")), staff.user.get_session_auth_hash()):
        return None
    return staff.user, str(kept["after"])


def is_without_password(request: HttpRequest) -> bool:
    """Return whether who owes the second step came from an identity provider and gave no password."""
    return bool(request.session.get(WAITING, {}).get("provider"))


def sign_in_staff(request: HttpRequest, user: User, way: str, *, fresh: bool = True) -> None:
    """Sign a member of staff in with a new session key; ``way`` says what the second step was.

    ``fresh`` is False if it may have been made long ago, elsewhere.
    """
    request.session.pop(WAITING, None)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    mark_second_step(request.session, way, at=time.time() if fresh else 0.0)
    request.session[AGENCY] = current_agency_id()
    services.note_sign_in(user, network_of(request))
    log_sign_in(request, StaffSignIn.Outcome.SIGNED_IN, user)
    request.signed_in_whole = user  # type: ignore[attr-defined]  # the middleware gives this browser its name


def mark_second_step(session: SessionBase, way: str, *, at: float | None = None) -> None:
    """Store in the session that the second step was made ``at`` this time, by default now, and in which way."""
    session[SECOND] = {"way": way, "at": time.time() if at is None else at}


def has_second_step(request: HttpRequest) -> bool:
    """Return whether the session's second step was made, or the setting switches it off."""
    return not settings.KESHER_SECOND_FACTOR or SECOND in request.session


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the second step was made within a quarter of an hour, as changing one's keys requires."""
    kept = request.session.get(SECOND)
    return isinstance(kept, dict) and kept["at"] > time.time() - FRESH_SECONDS
