"""What Telegram's connect page asks for, and the calls that check the bot and set its webhook."""

from __future__ import annotations

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ConnectField, Connection, Json, Probe
from kesher.channels.base import gettext_noop as _

# `message_reaction` and `my_chat_member` come only if they are listed.
UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
KEY_FORM = r"\d+:[A-Za-z0-9_-]{20,}"

CONNECTION = Connection(
    summary=_("A bot of your own, to which residents write in Telegram."),
    steps=(
        _("In Telegram, open a chat with @BotFather and send /newbot."),
        _("Choose a name, and a user name that ends in “bot”."),
        _("BotFather answers with a token. Copy it into the field below. Whoever has it can write as your bot."),
    ),
    fields=(
        ConnectField(
            "address",
            _("User name of the bot"),
            _("Without @. Links and QR codes lead to it."),
            prefix="@",
            pattern=r"[A-Za-z][A-Za-z0-9_]{4,31}",
            example="city_bot",
            wrong=_("A bot's user name has 5 to 32 Latin letters, digits and _, as BotFather shows it."),
        ),
        ConnectField(
            "token",
            _("Token of the bot"),
            secret=True,
            pattern=KEY_FORM,
            wrong=_("A token is digits, a colon and a long row of letters, as BotFather sent it."),
            example="123456789:AA…",
        ),
        ConnectField(
            "groups",
            _("Answer in groups"),
            _(
                "The bot then answers in groups, and in the discussions of channels, what mentions it or replies to "
                "it; nothing else that is said there is stored. For mentions to reach it, make it an administrator of "
                "the group, or turn off its privacy mode at BotFather (/setprivacy)."
            ),
            required=False,
            flag=True,
        ),
    ),
    webhook="set",
    test_hint=_("The number of a Telegram user who wrote to the bot before: a bot may not write first."),
)

WRONG_TOKEN = _("Telegram does not know this token. Copy it again from BotFather, and replace it here.")
NO_WEBHOOK = _("The bot exists, but Telegram does not send us what people write to it. Press “Set the webhook”.")
OTHER_WEBHOOK = _("The bot exists, but its messages go to another address. Press “Set the webhook”.")
FAILED_WEBHOOK = _("Telegram knows the bot, but could not deliver its last message to us: %(reason)s")
WELL = _("Telegram knows the bot, and sends us what people write to it.")
WELL_FOR_REPLIES = _(
    "Telegram knows the bot, and sends us what people write to it. In groups, mentions reach it only where it is an "
    "administrator."
)
WEBHOOK_SET = _("Telegram sends us from now on what people write to the bot.")


def webhook_request(account: AccountInfo) -> Json:
    """Return the arguments of `setWebhook` for this account."""
    return {
        "url": account.public_url,
        "secret_token": account.secrets[0] if account.secrets else "",
        "allowed_updates": list(UPDATES),
    }


def reads_all(bot: Json) -> bool:
    """Return whether the bot's privacy mode is off, so that mentions reach it in every group."""
    return untrusted_payload.dig(bot, "can_read_all_group_messages") is True


def judge(account: AccountInfo, bot: Json, webhook: Json) -> Probe:
    """Return the probe's outcome from the answers to `getMe` and `getWebhookInfo`."""
    facts = [(_("Name of the bot"), untrusted_payload.text(bot, "first_name"))]
    name = untrusted_payload.text(bot, "username")
    facts.append((_("User name of the bot"), f"@{name}" if name else ""))
    waiting = untrusted_payload.number(webhook, "pending_update_count")
    if waiting:
        facts.append((_("Messages that wait at the provider"), f"{waiting:.0f}"))
    known = tuple(fact for fact in facts if fact[1])
    url, failed = untrusted_payload.text(webhook, "url"), untrusted_payload.text(webhook, "last_error_message")
    if not url:
        return Probe("wrong", NO_WEBHOOK, facts=known)
    if url != account.public_url:
        return Probe("wrong", OTHER_WEBHOOK, facts=known)
    if failed and waiting:
        return Probe("wrong", FAILED_WEBHOOK, {"reason": failed[:200]}, known)
    misses = account.settings.get("groups") is True and not reads_all(bot)
    return Probe("well", WELL_FOR_REPLIES if misses else WELL, facts=known)
