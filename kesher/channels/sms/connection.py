"""What the connect page of SMS asks for, and how the provider's answer about an account is read."""

from __future__ import annotations

from kesher.channels import untrusted_payload
from kesher.channels.base import ConnectField, Connection, Json, Probe
from kesher.channels.base import gettext_noop as _
from kesher.channels.telephone.connect_fields import ACCOUNT_SID, SIGNING_KEY, auth_token_field, number_field

CONNECTION = Connection(
    summary=_("Text messages through Twilio, or a provider with the same protocol."),
    steps=(
        _("In the provider's console copy the account SID and the auth token from the first page."),
        _("Buy or port a number that can receive text messages, and write it below as +972…"),
    ),
    fields=(
        number_field(_("Number that messages are sent from"), prefix=""),
        ACCOUNT_SID,
        auth_token_field(_("Sends messages, and signs what the provider sends us.")),
        SIGNING_KEY,
        ConnectField(
            "messaging_service_sid",
            _("Messaging service SID"),
            _("To send through a pool of numbers."),
            required=False,
            rare=True,
            pattern=r"MG[0-9a-fA-F]{32}",
            example="MG…",
            wrong=_("A messaging service SID is MG and 32 digits or letters from a to f."),
        ),
    ),
    generated=(),
    secret_is_token=True,
    webhook="copy",
    webhook_steps=(
        _("In the provider's console open the number, and there “Messaging”."),
        _("Enter the address under “A message comes in”, as a webhook with HTTP POST."),
    ),
    test_hint=_("A telephone number with + and the country. The message costs as any other."),
)

SUSPENDED = _("The provider knows the account, but it is %(state)s. Ask the provider why.")
WELL = _("The provider knows the account and accepts the token.")


def judge(answer: Json) -> Probe:
    """Return the probe's outcome from the provider's answer about the account."""
    state = untrusted_payload.text(answer, "status")
    facts = tuple(
        fact for fact in [(_("Name of the account"), untrusted_payload.text(answer, "friendly_name"))] if fact[1]
    )
    if state and state != "active":
        return Probe("wrong", SUSPENDED, {"state": state[:40]}, facts)
    return Probe("well", WELL, facts=facts)
