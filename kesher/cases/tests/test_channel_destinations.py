"""Who may change a channel's servers neither reaches the inner network by it nor gets a stored secret sent."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.channels.registry import get_channel
from kesher.channels.services import edit_account, open_account
from kesher.core.audit import SYSTEM

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


@pytest.mark.parametrize(
    "change", [{"smtp_host": "evil.example"}, {"smtp_port": "2525"}, {"smtp_tls": "ssl"}, {"imap_host": "evil.example"}]
)
def test_a_stored_password_is_not_sent_to_another_server(city: Agency, admins: Client, change: dict[str, str]) -> None:
    account = mailbox()
    page, before = f"/desk/channels/{account.pk}/edit/", account.again().settings
    answer = admins.post(page, MAIL | change)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["token"])
    assert account.again().settings == before
    assert admins.post(page, MAIL | change | {"token": "another-password"}).status_code == 302
    assert account.again().info().token == "another-password"


def test_the_service_refuses_too(city: Agency) -> None:
    account = mailbox()
    with pytest.raises(ValueError, match="again"):
        edit_account(account, MAIL | {"smtp_host": "evil.example"}, by=SYSTEM)
    assert account.again().settings["smtp_host"] == MAIL["smtp_host"]


@pytest.mark.parametrize(("kind", "fields"), [("kannel", {"sendsms_url", "username"}), ("sms", {"account_sid"})])
def test_a_channel_declares_where_its_token_goes(kind: str, fields: set[str]) -> None:
    assert {one.name for one in get_channel(kind).connection.fields if one.destination} == fields
