"""What the connect page of a Matrix account asks for, the registration file, and how a probe is judged."""

from __future__ import annotations

import json
import re

from kesher.channels.base import AccountInfo, ConnectField, Connection, Probe
from kesher.channels.base import gettext_noop as _

USER = r"@[a-z0-9._=/+-]{1,120}:[A-Za-z0-9.:\[\]-]{1,120}"

CONNECTION = Connection(
    summary=_("A room in Matrix with each resident, through a homeserver of your own."),
    steps=(
        _("Choose a user ID for the bot on your homeserver. Nobody may have it yet."),
        _("Ask whoever runs the homeserver for the address of its client API."),
    ),
    fields=(
        ConnectField(
            "address",
            _("User ID of the bot"),
            _("Residents invite it to a direct chat."),
            pattern=USER,
            wrong=_("A user ID is @, a name in small Latin letters, a colon and the homeserver's name."),
            example="@city:example.org",
        ),
        ConnectField(
            "homeserver_url",
            _("Address of the homeserver"),
            pattern=r"https?://[^\s/?#@]+(/[^\s?#]*)?",
            wrong=_("Begin with https:// or http://, without a question mark."),
            example="https://matrix.example.org",
            destination=True,
        ),
    ),
    generated=("secret", "token"),
    webhook="copy",
    webhook_steps=(
        _("Save the registration file beside the configuration of the homeserver, as kesher.yaml."),
        _("Name it in the homeserver's configuration under app_service_config_files, and restart the homeserver."),
        _("Whoever has the file can write as the bot: only the homeserver may read it."),
    ),
    webhook_proof="field",
    test_hint=_("The user ID of somebody who has invited the bot to a direct chat."),
)

WELL = _("The homeserver knows the bot, and its messages reach us.")
UNREGISTERED = _("The homeserver does not know the registration file. Name it in its configuration, and restart it.")
OTHER_USER = _("The registration file on the homeserver is of another bot. Replace it by this account's file.")
NOT_HEARD = _("The homeserver knows the bot, but does not reach us: %(reason)s")
NO_HOMESERVER = _("Something answers at this address, but it is no Matrix homeserver.")


def registration_id(account: AccountInfo) -> str:
    """Return the id that the account's registration has on the homeserver."""
    return f"kesher-{account.key}"


def registration(account: AccountInfo) -> str:
    """Return the registration file (YAML) of an account; its strings are JSON, which YAML reads."""
    name = account.address.removeprefix("@").partition(":")[0]
    lines = {
        "id": registration_id(account),
        "url": account.public_url,
        "as_token": account.token,
        "hs_token": account.secrets[0] if account.secrets else "",
        "sender_localpart": name,
    }
    return "".join(
        [
            *(f"{key}: {json.dumps(value)}\n" for key, value in lines.items()),
            "rate_limited: false\nreceive_ephemeral: true\nde.sorunome.msc2409.push_ephemeral: true\n",
            "namespaces:\n  users:\n    - exclusive: true\n",
            f"      regex: {json.dumps('^' + re.escape(account.address) + '$')}\n",
            "  aliases: []\n  rooms: []\n",
        ]
    )


def judge(account: AccountInfo, user: str, status: int, reason: str) -> Probe:
    """Return the probe's outcome from the bot's user ID at the homeserver, and its try to reach us."""
    facts = ((_("User ID of the bot"), user),)
    if user != account.address:
        return Probe("wrong", OTHER_USER, facts=facts)
    # Homeservers before version 1.7 of the specification have no ping.
    if status == 200 or (status == 404 and reason == "M_UNRECOGNIZED"):
        return Probe("well", WELL, facts=facts)
    return Probe("wrong", NOT_HEARD, {"reason": reason[:200] or str(status)}, facts)
