"""Write the staff's sign-in log from requests: what happened, to whom, from which network and browser.

Whoever tries many names fills the log no further than `FAILURES_AN_HOUR` entries from each network.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest

from kesher.agencies import services
from kesher.agencies.models import FAILED_SIGN_INS, Staff, StaffSignIn
from kesher.core.http.client_ip import allow_from, ip_of, network_prefix
from kesher.core.http.user_agent import describe_device

AN_HOUR, FAILURES_AN_HOUR = 3600, 120


def log_sign_in(request: HttpRequest, outcome: StaffSignIn.Outcome, user: User | None) -> None:
    """Append an entry about this user, or about a name that nobody here has, to the sign-in log."""
    if outcome in FAILED_SIGN_INS and not allow_from(request, "sign-in-log", FAILURES_AN_HOUR, AN_HOUR):
        return
    staff = Staff.objects.filter(user=user).first() if user is not None else None
    browser = describe_device(request.headers.get("user-agent", ""))
    services.record_sign_in(outcome, staff, network=network_prefix(ip_of(request)), browser=browser)
