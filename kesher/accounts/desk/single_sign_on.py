"""The administrators' page of single sign-on: the identity provider by which staff sign in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kesher.accounts import services
from kesher.accounts.forms import StaffProviderForm
from kesher.accounts.models import StaffProvider, StaffSubject
from kesher.agencies.rules import clerk, needs_fresh_step, staff_only
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome

PAGE = "accounts:staff_provider_edit"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_staff")
def edit(request: HttpRequest) -> HttpResponse:
    """Show and save the form of the staff's identity provider, after a fresh second step."""
    if step := needs_fresh_step(request):
        return step
    row = StaffProvider.objects.select_related("changed_by", "agreed_by").first()
    form = StaffProviderForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_staff_provider(by=clerk(request), **form.wanted)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect(PAGE)
    context = {
        "form": form,
        "row": StaffProvider.objects.select_related("changed_by", "agreed_by").first() if form.errors else row,
        "back_url": request.build_absolute_uri(reverse("accounts:staff_provider_back")),
        "own": row is not None and row.changed_by_id == clerk(request).pk,
        "people": StaffSubject.objects.select_related("staff").order_by("staff__name", "pk"),
    }
    return render(request, "accounts/staff_provider.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_staff")
def test_connection(request: HttpRequest) -> HttpResponse:
    """Read the provider's discovery document and keys, and say whether it is the provider that was set up."""
    if step := needs_fresh_step(request, resolve_url(PAGE)):
        return step
    row = get_object_or_404(StaffProvider)
    with tell_outcome(request, _("The provider answers, and is the one that was set up.")):
        services.check_provider(row)
    return redirect(PAGE)


@require_POST
@staff_only("change_staff")
def agree(request: HttpRequest) -> HttpResponse:
    """Agree, as another administrator, that the provider's second step replaces ours."""
    if step := needs_fresh_step(request, resolve_url(PAGE)):
        return step
    get_object_or_404(StaffProvider)
    with tell_outcome(request, _("Agreed. Whoever makes the provider's second step is not asked for ours.")):
        services.agree_to_second_step(request.POST.get("as_of", ""), by=clerk(request))
    return redirect(PAGE)


@require_POST
@staff_only("change_staff")
def unbind(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget who a colleague is at the provider."""
    if step := needs_fresh_step(request, resolve_url(PAGE)):
        return step
    row = get_object_or_404(StaffSubject.objects.select_related("staff"), pk=pk)
    services.unbind_staff(row, by=clerk(request))
    messages.success(request, _("Separated. The next sign-in goes by the confirmed mail address again."))
    return redirect(PAGE)
