"""What the connect page of telephone calls asks for, and how the provider's answer about a number is read."""

from __future__ import annotations

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ConnectField, Connection, Json, Probe
from kesher.channels.base import gettext_noop as _

CONNECTION = Connection(
    summary=_("Telephone calls through Twilio, or a provider with the same protocol: by keys and by speech."),
    steps=(
        _("In the provider's console copy the account SID and the auth token from the first page."),
        _("Buy or port a number that can receive calls, and write it below as +972…"),
    ),
    fields=(
        ConnectField(
            "address",
            _("Number that people call"),
            _("With + and the country."),
            pattern=r"\+[1-9]\d{6,14}",
            wrong=_("Write + and digits only: +97235550101."),
            example="+97235550101",
        ),
        ConnectField(
            "account_sid",
            _("Account SID"),
            pattern=r"AC[0-9a-fA-F]{32}",
            example="AC…",
            wrong=_("An account SID is AC and 32 digits or letters from a to f."),
            destination=True,
        ),
        ConnectField(
            "token",
            _("Auth token"),
            _("Fetches recordings, and signs what the provider sends us."),
            secret=True,
            pattern=r"\S{8,}",
            wrong=_("A token is one row of letters and digits, without spaces."),
        ),
        ConnectField(
            "secret",
            _("Key that signs the webhook"),
            _("Leave it empty if it is the auth token."),
            secret=True,
            required=False,
            rare=True,
        ),
    ),
    generated=(),
    secret_is_token=True,
    webhook="copy",
    webhook_steps=(
        _("In the provider's console open the number, and there “Voice”."),
        _("Enter the address under “A call comes in”, as a webhook with HTTP POST."),
    ),
    test_hint=_("A call cannot be tried from here: call the number."),
)

NO_NUMBER = _("The provider knows the account, but not this number in it. Check the number.")
NO_CALLS = _("The provider says that this number takes no calls. Choose a number that does.")
WELL = _("The provider knows the account and accepts the token.")


def judge(answer: Json, account: AccountInfo) -> Probe:
    """Return the probe's outcome from the provider's list of the account's numbers that are the given one."""
    rows = [untrusted_payload.mapping(row) for row in untrusted_payload.sequence(answer, "incoming_phone_numbers")]
    found = next((row for row in rows if row.get("phone_number") == account.address), None)
    if found is None:
        return Probe("wrong", NO_NUMBER)
    if untrusted_payload.dig(found, "capabilities", "voice") is False:
        return Probe("wrong", NO_CALLS)
    name = untrusted_payload.text(found, "friendly_name")
    return Probe("well", WELL, facts=((_("Name of the number"), name),) if name else ())
