"""What Messenger's connect page asks for, and the request that tells Meta's app our address."""

from __future__ import annotations

from kesher.channels.base import AccountInfo, ConnectField, Connection, Json
from kesher.channels.base import gettext_noop as _
from kesher.channels.meta import page_connection as page

CONNECTION = Connection(
    summary=_("What people write to the agency's Facebook page."),
    steps=(
        _("At developers.facebook.com open your app with the product Messenger. If there is none, create one there."),
        _("In the business settings, under “System users”, give one the page with the task “Messages”."),
        _(
            "Create for it a token of the page that does not expire, with the permissions pages_messaging and "
            "pages_manage_metadata."
        ),
        _("In the app, under “Settings”, “Basic”, copy the app ID and the app secret."),
    ),
    fields=(
        ConnectField(
            "shown_address",
            _("User name of the page"),
            _("Links and QR codes lead to it."),
            prefix="@",
            pattern=r"[A-Za-z0-9.]{5,50}",
            wrong=_("A page's user name has Latin letters, digits and full stops, as its address shows it."),
            example="neve.yam",
        ),
        ConnectField(
            "address",
            _("Page ID"),
            _("Digits; on the page under “About”, “Page transparency”."),
            pattern=page.DIGITS,
            wrong=_("Only digits, as “Page transparency” shows it."),
            example="1122334455667",
        ),
        page.APP_FIELD,
        page.TOKEN_FIELD,
        page.SECRET_FIELD,
        page.COMMENTS_FIELD,
        page.AGENT_FIELD,
    ),
    generated=("verify_token",),
    webhook="set",
)

NO_APP = _("Enter the app ID and the app secret first: the webhook belongs to the app.")
CODES = {**page.CODES, **dict.fromkeys(("2200", "100"), page.WEBHOOK_REFUSED)}


def subscription_request(account: AccountInfo) -> Json:
    """Return the body that tells the app where to send what it gets of its pages; Meta asks there at once."""
    return {
        "object": "page",
        "callback_url": account.public_url,
        "verify_token": str(account.settings.get("verify_token") or ""),
        "fields": ",".join((*page.PAGE_FIELDS, *page.chosen_fields(account))),
        "include_values": True,
    }
