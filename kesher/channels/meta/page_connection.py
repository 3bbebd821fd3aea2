"""What the connect pages of Messenger and Instagram share: checks, probe, subscription and menu of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, Check, ConnectField, Json, Probe
from kesher.channels.base import gettext_noop as _

from .inbound import START

DIGITS = r"\d{5,20}"
MENU = "go:menu"  # an option of the dialogue engine that works at any time
MENU_WORDS = {"default": "Menu", "he_IL": "תפריט", "ar_AR": "القائمة", "ru_RU": "Меню", "en_US": "Menu"}

# What our app gets of a page. Instagram's are chosen in the app, where the page need only let it get something; yet a
# shorter list would take away what Messenger gets of the same page.
PAGE_FIELDS = (
    *("messages", "messaging_postbacks", "message_echoes", "message_deliveries", "message_reads", "message_reactions"),
    *("message_edits", "messaging_referrals", "messaging_optins", "messaging_handovers", "standby"),
    "messaging_policy_enforcement",
)

COMMENT_FIELDS = ("feed",)  # where the account's comments come here, too

TOKEN_FIELD = ConnectField(
    "token",
    _("Page access token"),
    _("Of a system user with the task “Messages” on the page. It never expires, so keep it secret."),
    secret=True,
    pattern=r"[A-Za-z0-9._|-]{20,}",
    wrong=_("A token is one long row of letters and digits, without spaces."),
    example="EAA…",
)
SECRET_FIELD = ConnectField(
    "secret",
    _("App secret"),
    _("Meta signs with it what it sends us."),
    secret=True,
    pattern=r"\S{8,}",
    wrong=_("An app secret is a row of letters and digits, without spaces."),
)
APP_FIELD = ConnectField(
    "app_id",
    _("App ID"),
    _("Digits, at the top of the app's page. By it Kesher knows what it sent itself."),
    pattern=DIGITS,
    wrong=_("Only digits, as the app's page shows it."),
    example="1500000000000042",
)
AGENT_FIELD = ConnectField(
    "human_agent",
    _("Colleagues may answer for 7 days"),
    _("Only where Meta approved the feature “Human Agent” for the app. The bot has 24 hours in any case."),
    required=False,
    flag=True,
    rare=True,
)
COMMENTS_FIELD = ConnectField(
    "comments",
    _("Comments come here, too"),
    _(
        "What people write under the page's posts for everybody to read. The token then needs the permissions "
        "pages_read_engagement, pages_read_user_content and pages_manage_engagement."
    ),
    required=False,
    flag=True,
)

WRONG_TOKEN = _("Meta does not accept the access token. Create a new one for the page, and replace it here.")
NO_PERMISSION = _(
    "Meta does not let this token do that: a permission of the app or a task on the page is missing. Add it in the "
    "business settings."
)
OTHER_PAGE = _("The token belongs to another page: %(found)s. Compare the ID, or enter that page's token.")
NO_WEBHOOK = _("Meta knows the account, but does not send us what people write to it. Press “Set the webhook”.")
SOME_WEBHOOK = _("Meta does not send us all that is needed (%(missing)s is missing). Press “Set the webhook”.")
WELL = _("Meta knows the account, accepts the token, and sends us what people write.")
WEBHOOK_SET = _("Meta sends us from now on what people write, and shows them a menu.")
WEBHOOK_REFUSED = _(
    "Meta could not reach us at our address, or got the wrong answer. The address must be open to the internet. "
    "Meta says: %(reason)s"
)
CODES = {
    "190": WRONG_TOKEN,
    "401": WRONG_TOKEN,
    "10": NO_PERMISSION,
    "200": NO_PERMISSION,
    "230": NO_PERMISSION,
}


def chosen_fields(account: AccountInfo) -> tuple[str, ...]:
    """Return the fields of the page that an account gets only where its settings ask for them."""
    return COMMENT_FIELDS if account.settings.get("comments") is True else ()


def check(account: AccountInfo) -> Sequence[Check]:
    """Return the health check of an account: which values are set and well formed."""
    return (
        Check("token", bool(account.token), _("Enter the page's access token.")),
        Check("secret", any(account.secrets), _("Enter the app secret, from the application's basic settings.")),
        Check("address", account.address.isdecimal(), _("Enter the account's ID: digits, and not its name.")),
        Check("app_id", str(account.settings.get("app_id") or "").isdecimal(), _("Enter the app ID: digits.")),
        Check("verify_token", bool(account.settings.get("verify_token")), _("Choose a verify token.")),
    )


def judge(account: AccountInfo, found: str, name: str, apps: Any, fields: Sequence[str]) -> Probe:
    """Return the probe's outcome from the ID and name to which the token belongs, and the apps that get its messages.

    `fields` are what our app must get.
    """
    facts = tuple(fact for fact in ((_("Name"), name), (_("ID"), found)) if fact[1])
    if found != account.address:
        return Probe("wrong", OTHER_PAGE, {"found": f"{name} {found}".strip() or "?"}, facts)
    ours = str(account.settings.get("app_id") or "")
    app = next(
        (one for one in untrusted_payload.sequence(apps, "data") if untrusted_payload.text(one, "id") == ours), None
    )
    if app is None:
        return Probe("wrong", NO_WEBHOOK, facts=facts)
    got = set(map(untrusted_payload.text, untrusted_payload.sequence(app, "subscribed_fields")))
    missing = [field for field in fields if field not in got]
    if missing:
        return Probe("wrong", SOME_WEBHOOK, {"missing": ", ".join(missing)}, facts)
    return Probe("well", WELL, facts=facts)


def profile_request(platform: str = "") -> Json:
    """Return the body that sets the button "Get started" and a menu of one line; `platform` is "" for Messenger."""
    menu = [
        {
            "locale": locale,
            "composer_input_disabled": False,
            "call_to_actions": [{"type": "postback", "title": title, "payload": MENU}],
        }
        for locale, title in MENU_WORDS.items()
    ]
    if platform:
        return {"platform": platform, "persistent_menu": menu}
    return {"get_started": {"payload": START}, "persistent_menu": menu}
