"""What the connect page of a Kannel gateway asks for, and how the gateway's answer to a probe is read."""

from __future__ import annotations

from kesher.channels.base import ConnectField, Connection, Probe
from kesher.channels.base import gettext_noop as _

CONNECTION = Connection(
    summary=_("Text messages through a Kannel gateway of your own, or of your telephone company."),
    steps=(
        _("Ask whoever runs the gateway for a sendsms-user: a name and a password."),
        _("Ask for the address at which its smsbox listens, and for the addresses that it calls from."),
    ),
    fields=(
        ConnectField(
            "address",
            _("Number that messages are sent from"),
            _("With + and the country, or a short number."),
            pattern=r"\+?\d{3,15}",
            wrong=_("Write digits only, with + before a country."),
            example="+97235550102",
        ),
        ConnectField(
            "sendsms_url",
            _("Address of the gateway"),
            pattern=r"https?://[^\s/?#@]+(/[^\s?#]*)?",
            wrong=_("Begin with https:// or http://, without a question mark."),
            example="http://10.0.0.5:13013",
            destination=True,
        ),
        ConnectField(
            "username",
            _("Name of the sendsms-user"),
            pattern=r"\S+",
            wrong=_("A name has no spaces."),
            destination=True,
        ),
        ConnectField("token", _("Password of the sendsms-user"), secret=True),
        ConnectField(
            "allowed_ips",
            _("Addresses that the gateway calls from"),
            _("Separated by commas."),
            pattern=r"[0-9a-fA-F.:/, ]+",
            wrong=_("Write IP addresses, separated by commas."),
            example="10.0.0.5",
        ),
    ),
    webhook="copy",
    webhook_steps=(
        _("In the gateway's configuration enter the address as the get-url of the sms-service for this number."),
        _("Give the rest of the line as the page of the channel in the documentation says."),
    ),
    webhook_proof="end",
    test_hint=_("A telephone number with + and the country. The message costs as any other."),
)

WRONG_USER = _("The gateway does not accept the name or the password of the sendsms-user.")
WELL = _("The gateway answers, and accepts the name and the password.")
NO_GATEWAY = _("Something answers at this address, but it is no Kannel gateway.")


def judge(status: int, words: str) -> Probe:
    """Return the probe's outcome from the answer to a message without a recipient, which sends nothing."""
    if status in (401, 403):
        return Probe("wrong", WRONG_USER)
    if "receiver" in words.lower():
        return Probe("well", WELL)
    return Probe("wrong", NO_GATEWAY)
