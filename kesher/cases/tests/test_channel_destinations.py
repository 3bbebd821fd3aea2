"""Who may change a channel's servers neither reaches the inner network by it nor gets a stored secret sent."""

from __future__ import annotations

from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.channels.services import open_account

MAIL = {"address": "moked@city.example", "smtp_host": "smtp.city.example", "smtp_user": "moked"}


def mailbox(**more: object) -> Account:
    """Return a mailbox as the operator's command opens it, in the inner network."""
    return open_account(
        "email",
        address=MAIL["address"],
        token="mail-password",
        settings={"smtp_host": MAIL["smtp_host"], "smtp_user": "moked", "allow_private": True, **more},
    )


def test_no_page_permits_the_inner_network(city: Agency, admins: Client) -> None:
    admins.post("/desk/channels/new/email/", MAIL | {"token": "mail-password", "allow_private": "on"})
    account = Account.objects.get()
    assert "allow_private" not in account.settings
    assert "allow_private" not in admins.get(f"/desk/channels/{account.pk}/edit/").content.decode()


def test_what_the_operator_permitted_holds_for_that_server_only(city: Agency, admins: Client) -> None:
    account = mailbox()
    page = f"/desk/channels/{account.pk}/edit/"
    assert admins.post(page, MAIL | {"imap_folder": "Reports"}).status_code == 302
    assert account.again().settings["allow_private"] is True
    moved = MAIL | {"smtp_host": "169.254.169.254", "token": "another-password"}
    assert admins.post(page, moved).status_code == 302
    assert "allow_private" not in account.again().settings
