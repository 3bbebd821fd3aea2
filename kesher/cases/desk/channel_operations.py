"""Buttons of an account's page: check, set the webhook, send a test, read templates, rotate a secret, remove."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, needs_fresh_step, staff_only
from kesher.agencies.services import staff_actor
from kesher.cases import channel_presenter
from kesher.cases.desk.channel_accounts import find_account, show_secret
from kesher.channels import services
from kesher.channels.base import ChannelError, Probe, failed_probe
from kesher.conversations.services.channel_tests import send_test
from kesher.core.ui.flash_messages import tell_outcome


@require_POST
@staff_only("change_channels")
def probe(request: AgencyRequest, pk: int) -> HttpResponse:
    """Ask the provider about the account, and redirect to its page, which shows the answer."""
    found = services.probe_account(find_account(pk), by=staff_actor(clerk(request)))
    tell_probe(request, found)
    return redirect("cases:channel", pk)


def tell_probe(request: HttpRequest, found: Probe | None) -> None:
    """Show on the next page what a provider answered."""
    if found is None:
        messages.info(request, _("This channel has no provider, so there is no connection to check."))
        return
    words = channel_presenter.describe_probe(found.words, found.values)
    if found.state == "well":
        messages.success(request, words)
    else:
        messages.error(request, words)


@require_POST
@staff_only("change_channels")
def webhook(request: AgencyRequest, pk: int) -> HttpResponse:
    """Set the webhook at the provider, ask it whether that worked, and redirect to the account's page."""
    account, by = find_account(pk), staff_actor(clerk(request))
    done = services.set_webhook(account, by=by)
    tell_probe(request, done)
    if done.state == "well":
        services.probe_account(account, by=by)
    return redirect("cases:channel", pk)


@require_POST
@staff_only("change_channels")
def test_message(request: AgencyRequest, pk: int) -> HttpResponse:
    """Send a test message to the address that was typed, and redirect to the account's page, which follows it."""
    with tell_outcome(request, _("The test message is on its way. Below you see how far it is.")):
        send_test(find_account(pk), request.POST.get("address", ""), by=staff_actor(clerk(request)))
    return redirect("cases:channel", pk)


@require_POST
@staff_only("change_channels")
def templates(request: AgencyRequest, pk: int) -> HttpResponse:
    """Read the account's templates from the provider, and redirect to the account's page."""
    try:
        count = services.sync_templates(find_account(pk), by=staff_actor(clerk(request)))
    except ChannelError as error:
        own = {"no-business": str(error)}
        tell_probe(request, failed_probe(error, codes=own))
    else:
        words = ngettext("The provider has %(count)d template.", "The provider has %(count)d templates.", count)
        messages.success(request, words % {"count": count})
    return redirect("cases:channel", pk)


@require_POST
@staff_only("change_channels")
def rotate(request: AgencyRequest, pk: int) -> HttpResponse:
    """Replace the webhook's secret. Where we can, set it at the provider; else show it once, to be entered there."""
    account, by = find_account(pk), staff_actor(clerk(request))
    if step := needs_fresh_step(request, resolve_url("cases:channel", pk)):
        return step
    if not channel_presenter.can_rotate(account):
        messages.error(request, _("The provider gave this channel its token. To replace it, press “Change”."))
        return redirect("cases:channel", pk)
    secret = services.rotate_secret(account, by=by)
    if account.adapter.connection.webhook == "set":
        tell_probe(request, services.set_webhook(account, by=by))
        return redirect("cases:channel", pk)
    return show_secret(request, account, secret)


@require_POST
@staff_only("change_channels")
def remove(request: AgencyRequest, pk: int) -> HttpResponse:
    """Disconnect an account for good, and redirect to the list."""
    if step := needs_fresh_step(request, resolve_url("cases:channel", pk)):
        return step
    services.remove_account(find_account(pk), by=staff_actor(clerk(request)))
    messages.success(request, _("Removed. Its conversations stay. To undo it, connect the same account again."))
    return redirect("cases:channels")
