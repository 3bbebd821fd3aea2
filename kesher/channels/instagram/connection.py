"""What Instagram's connect page asks for, and what is entered by hand in Meta's app."""

from __future__ import annotations

from kesher.channels.base import ConnectField, Connection
from kesher.channels.base import gettext_noop as _
from kesher.channels.meta import page_connection as page

CONNECTION = Connection(
    summary=_("Direct messages to the agency's account in Instagram."),
    steps=(
        _("Make the account a professional one, and link it with the agency's Facebook page."),
        _("In Instagram, under “Messages and story replies”, allow access to messages for connected tools."),
        _(
            "At developers.facebook.com open your app with the products Messenger and Instagram. If there is none, "
            "create one there."
        ),
        _(
            "In the business settings, create for a system user a token of the page that does not expire, with the "
            "permissions instagram_basic, instagram_manage_messages and pages_manage_metadata."
        ),
        _("In the app, under “Settings”, “Basic”, copy the app ID and the app secret."),
    ),
    fields=(
        ConnectField(
            "shown_address",
            _("User name in Instagram"),
            _("Links and QR codes lead to it."),
            prefix="@",
            pattern=r"[A-Za-z0-9._]{1,30}",
            wrong=_("A user name has up to 30 Latin letters, digits, full stops and _."),
            example="neve_yam",
        ),
        ConnectField(
            "address",
            _("Account ID"),
            _("Of the professional account: digits, as the app shows it under “Instagram”."),
            pattern=page.DIGITS,
            wrong=_("Only digits, as the app shows it under “Instagram”."),
            example="17841400000000000",
        ),
        page.APP_FIELD,
        page.TOKEN_FIELD,
        page.SECRET_FIELD,
        ConnectField(
            "verify_token",
            _("Verify token"),
            _("A word of your choice. You enter the same one in Meta's app afterwards."),
            pattern=r"\S{8,100}",
            wrong=_("Choose at least 8 letters or digits, without spaces."),
        ),
        page.AGENT_FIELD,
    ),
    generated=(),
    webhook="set",
    webhook_steps=(
        _("In Meta's app open “Webhooks”, choose “Instagram”, and enter this address and the verify token."),
        _(
            "Subscribe there to messages, messaging_postbacks, messaging_seen, message_reactions, message_edit, "
            "messaging_referral, messaging_handover and standby."
        ),
        _(
            "For comments under the account's posts, subscribe to comments as well; the token then needs the "
            "permission instagram_manage_comments."
        ),
        _("Then press “Set the webhook”: the app gets the messages of the account, and people get a menu."),
    ),
)
