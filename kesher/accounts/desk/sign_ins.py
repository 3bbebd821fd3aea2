"""Pages of the staff's sign-in log: one's own last entries, and for administrators everybody's."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kesher.accounts.services.staff_passwords import disown_sign_in
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.rules import clerk, staff_only
from kesher.core.http.client_ip import ip_of, network_prefix
from kesher.core.http.user_agent import describe_device
from kesher.core.output.spreadsheets import csv_line
from kesher.core.ui.list_search import page_number

PAGE, OWN = 50, 10
EXPORTED_MOST = 20_000
UNKNOWN = "unknown"


def find_entries(request: HttpRequest) -> tuple[QuerySet[StaffSignIn], dict[str, str]]:
    """Return (the log's entries, newest first, of the person and outcome in the query; what was chosen).

    ``person`` is an id, or "unknown" for names that nobody here has. Values that do not exist are ignored.
    """
    rows = StaffSignIn.objects.select_related("staff").order_by("-id")
    person, outcome = request.GET.get("person", ""), request.GET.get("outcome", "")
    chosen = {}
    if person == UNKNOWN:
        rows, chosen["person"] = rows.filter(staff=None), person
    elif person.isascii() and person.isdecimal() and len(person) < 10:
        rows, chosen["person"] = rows.filter(staff=int(person)), person
    if outcome in StaffSignIn.Outcome.values:
        rows, chosen["outcome"] = rows.filter(outcome=outcome), outcome
    return rows, chosen


@never_cache
@require_safe
@staff_only("change_staff")
def sign_in_log(request: HttpRequest) -> HttpResponse:
    """Show the sign-in log by pages, all of it or of one person or outcome."""
    rows, chosen = find_entries(request)
    page = page_number(request.GET)
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    links = {"next": page + 1 if len(found) > PAGE else 0, "previous": page - 1}
    context = {
        "entries": found[:PAGE],
        "people": Staff.objects.order_by("-is_active", "name", "pk"),
        "outcomes": StaffSignIn.Outcome.choices,
        "chosen": chosen,
        "query": urlencode(chosen),
        **{name: f"?{urlencode({**chosen, 'page': to})}" if to else "" for name, to in links.items()},
    }
    return render(request, "accounts/staff_sign_ins.html", context)


@never_cache
@require_safe
@staff_only("change_staff")
def sign_in_log_csv(request: HttpRequest) -> HttpResponse:
    """Return the sign-in log, of the person and outcome in the query, as a CSV file; times are in UTC."""
    rows, _chosen = find_entries(request)
    lines = [csv_line([_("When"), _("Who"), _("Outcome"), _("Browser"), _("Network")])]
    for row in rows[:EXPORTED_MOST]:
        at = row.at.astimezone(UTC).isoformat(timespec="seconds")
        who = row.staff.name if row.staff else _("Unknown name")
        lines.append(csv_line([at, who, row.get_outcome_display(), row.browser, row.network]))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sign-ins.csv"'
    response.write("".join(lines))
    return response


@never_cache
@require_safe
@staff_only("desk")
def my_sign_ins(request: HttpRequest) -> HttpResponse:
    """Show the last entries about oneself, with a button for one that was not oneself."""
    rows = StaffSignIn.objects.filter(staff=clerk(request)).order_by("-id")[:OWN]
    return render(request, "accounts/my_sign_ins.html", {"entries": rows})


@require_POST
@staff_only("desk")
def not_me(request: HttpRequest) -> HttpResponse:
    """End one's other sessions, because an entry was not oneself, and lead to the form for a new password."""
    browser = describe_device(request.headers.get("user-agent", ""))
    network = network_prefix(ip_of(request))
    disown_sign_in(clerk(request), request.session.session_key or "", network=network, browser=browser)
    messages.warning(
        request,
        _("Your other browsers are signed out. Choose a new password now, then check that every key is yours."),
    )
    return redirect("accounts:staff_own_password")
