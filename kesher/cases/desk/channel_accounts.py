"""Administrator's pages of channel accounts: connect, change, the register, and what asks before it is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, needs_fresh_step, staff_only
from kesher.agencies.services import staff_actor
from kesher.cases import channel_presenter
from kesher.cases.forms import RegisterForm
from kesher.channels import services
from kesher.channels.base import Channel
from kesher.channels.forms import ConnectForm
from kesher.channels.models import Account
from kesher.channels.registry import get_channel


def find_account(pk: int) -> Account:
    """Return the account with this id that was not removed. Raise Http404."""
    return get_object_or_404(Account.objects.select_related("agency", "owner", "deputy"), pk=pk, removed_at=None)


@require_safe
@staff_only("change_channels")
def kinds(request: AgencyRequest) -> HttpResponse:
    """Render the kinds of channel that can be connected."""
    return render(request, "cases/channel_kinds.html", {"kinds": channel_presenter.list_kinds()})


@require_http_methods(["GET", "POST"])
@staff_only("change_channels")
def connect(request: AgencyRequest, kind: str) -> HttpResponse:
    """Show or save the connect page of a channel. A secret to enter at the provider is shown once, on the next page."""
    adapter = find_kind(kind)
    if step := needs_fresh_step(request):
        return step
    form = ConnectForm(request.POST if request.method == "POST" else None, adapter=adapter)
    if request.method == "POST" and form.is_valid():
        account, secret = services.connect_account(kind, form.cleaned_data, by=staff_actor(clerk(request)))
        if secret:
            return show_secret(request, account, secret)
        messages.success(request, _("Saved. Now check the connection."))
        return redirect("cases:channel", account.pk)
    context = {"form": form, **channel_presenter.kind_context(adapter)}
    return render(request, "cases/channel_connect.html", context, status=422 if form.errors else 200)


def find_kind(kind: str) -> Channel:
    """Return the channel with this name, if it can be connected here. Raise Http404."""
    if kind not in {row["name"] for row in channel_presenter.list_kinds()}:
        raise Http404
    return get_channel(kind)


def show_secret(request: AgencyRequest, account: Account, secret: str) -> HttpResponse:
    """Render the only page that shows a secret which we chose: it is to be entered at the provider now."""
    context = {**channel_presenter.secret_context(account, request.agency, secret), "account": account}
    return render(request, "cases/channel_secret.html", context)


@require_http_methods(["GET", "POST"])
@staff_only("change_channels")
def edit(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show or save the fields of a connected account. Stored secrets are not shown; a new one replaces them."""
    account = find_account(pk)
    if step := needs_fresh_step(request):
        return step
    try:
        adapter = account.adapter
    except KeyError as error:
        raise Http404 from error
    form = ConnectForm(request.POST if request.method == "POST" else None, adapter=adapter, account=account)
    if request.method == "POST" and form.is_valid():
        services.edit_account(account, form.cleaned_data, by=staff_actor(clerk(request)))
        messages.success(request, _("Saved. Now check the connection."))
        return redirect("cases:channel", account.pk)
    context = {"form": form, "account": account, **channel_presenter.kind_context(adapter)}
    return render(request, "cases/channel_connect.html", context, status=422 if form.errors else 200)


@require_safe
@staff_only("see_channels")
def account_page(request: AgencyRequest, pk: int) -> HttpResponse:
    """Render an account's page: what the provider says, the webhook, the first event, templates, failures, register."""
    account = find_account(pk)
    context: dict[str, Any] = channel_presenter.account_context(account, request.agency)
    context["may_change"] = has_right(clerk(request), "change_channels")
    context["live_streams"] = ["channels", "inbox"]
    template = "cases/channel.html"
    part = "#arrival" if request.headers.get("HX-Target") == "arrival" else ""
    return render(request, f"{template}{part}", context)


@require_http_methods(["GET", "POST"])
@staff_only("change_channels")
def register_entry(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show or save an account's entry in the register of channels, and its own opening hours."""
    account = find_account(pk)
    form = RegisterForm(request.POST if request.method == "POST" else None, account=account, agency=request.agency)
    if request.method == "POST" and form.is_valid():
        services.save_register_entry(account, by=staff_actor(clerk(request)), **form.entry())
        messages.success(request, _("Saved."))
        return redirect("cases:channel", account.pk)
    context = {"form": form, "account": account, "title": channel_presenter.account_title(account)}
    return render(request, "cases/channel_register.html", context, status=422 if form.errors else 200)


@require_safe
@staff_only("change_channels")
def register_csv(request: AgencyRequest) -> HttpResponse:
    """Download the register of channels as CSV."""
    lines = "".join(channel_presenter.export_register())
    headers = {"Content-Disposition": 'attachment; filename="channels.csv"'}
    return HttpResponse(lines, "text/csv; charset=utf-8", headers=headers)


@require_safe
@staff_only("change_channels")
def confirm(request: AgencyRequest, pk: int, step: str) -> HttpResponse:
    """Ask before an account is switched off, removed, or its secret replaced, and say what will happen."""
    account = find_account(pk)
    context = channel_presenter.confirm_context(account, step)
    if context is None:
        raise Http404
    return render(request, "cases/channel_confirm.html", context)
