"""The page at which the first administrator sets an empty installation up, by the link that `kesher up` prints."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kesher.agencies.models import Agency
from kesher.agencies.staff_login import remember_password_step, sign_in_staff
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.core.http.client_ip import allow_from
from kesher.language import LANGUAGES
from kesher.site.forms.first_setup import FirstSetupForm
from kesher.site.services.agency_setup import is_setup_link_open, use_setup_link

TRIES_AN_HOUR, AN_HOUR = 60, 3600


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def first_setup(request: HttpRequest, token: str) -> HttpResponse:
    """Show and process the form of the first setup; say what to do where the link has ended (410)."""
    if not allow_from(request, "first-setup", TRIES_AN_HOUR, AN_HOUR):
        return render(request, "site/first_setup_ended.html", {"too_many": True}, status=429)
    if not is_setup_link_open(token):
        return render(request, "site/first_setup_ended.html", status=410)
    language = (get_language() or LANGUAGES[0])[:2]
    form = FirstSetupForm(request.POST or None, language=language)
    if request.method == "POST" and form.is_valid():
        try:
            agency = use_setup_link(token, **form.values())
        except Refused:
            return render(request, "site/first_setup_ended.html", status=410)
        return begin_second_step(request, agency, form.cleaned_data["username"])
    context = {"form": form, "steps": [_("About the public body"), _("Second step"), _("Recovery codes")]}
    return render(request, "site/first_setup.html", context, status=422 if form.errors else 200)


def begin_second_step(request: HttpRequest, agency: Agency, username: str) -> HttpResponse:
    """Let the new administrator go on to the second step, and from there to the list of what is missing."""
    user, after = User.objects.get(username=username), reverse("site:setup")
    if settings.KESHER_SECOND_FACTOR:
        remember_password_step(request, user, after)
        return redirect("accounts:staff_second")
    with scope(agency):
        sign_in_staff(request, user, "none")
    return redirect(after)
