"""What the connect page of telephone calls asks for, and how the provider's answer about a number is read."""

from __future__ import annotations

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, Connection, Json, Probe
from kesher.channels.base import gettext_noop as _
from kesher.channels.telephone.connect_fields import ACCOUNT_SID, SIGNING_KEY, auth_token_field, number_field

CONNECTION = Connection(
    summary=_("Telephone calls through Twilio, or a provider with the same protocol: by keys and by speech."),
    steps=(
        _("In the provider's console copy the account SID and the auth token from the first page."),
        _("Buy or port a number that can receive calls, and write it below as +972…"),
    ),
    fields=(
        number_field(_("Number that people call")),
        ACCOUNT_SID,
        auth_token_field(_("Fetches recordings, and signs what the provider sends us.")),
        SIGNING_KEY,
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
