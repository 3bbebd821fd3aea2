"""What WhatsApp's connect page asks for, and how Meta's answers about a number, a webhook and templates are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ConnectField, Connection, Json, ListedTemplate, Probe
from kesher.channels.base import gettext_noop as _

DIGITS = r"\d{6,20}"

CONNECTION = Connection(
    summary=_("The agency's own number in WhatsApp, through Meta's Cloud API."),
    steps=(
        _("At developers.facebook.com open your app with the product WhatsApp. If there is none, create one there."),
        _("Under WhatsApp, “API setup”, copy the phone number ID and the WhatsApp business account ID."),
        _(
            "In the business settings, under “System users”, create a token that does not expire, with the permissions "
            "whatsapp_business_messaging and whatsapp_business_management."
        ),
        _("In the app, under “Settings”, “Basic”, copy the app secret."),
    ),
    fields=(
        ConnectField(
            "shown_address",
            _("Telephone number"),
            _("As residents see it."),
            example="+972 3 555 0100",
            pattern=r"\+[\d ()-]{7,20}",
            wrong=_("Begin with + and the country: +972 3 555 0100."),
        ),
        ConnectField(
            "address",
            _("Phone number ID"),
            _("Digits; not the telephone number itself."),
            pattern=DIGITS,
            wrong=_("Only digits, as “API setup” shows it."),
            example="1122334455667",
        ),
        ConnectField(
            "waba_id",
            _("WhatsApp business account ID"),
            _("For the webhook and for message templates."),
            pattern=DIGITS,
            wrong=_("Only digits, as “API setup” shows it."),
        ),
        ConnectField(
            "token",
            _("Access token"),
            _("Of the system user. It never expires, so keep it secret."),
            secret=True,
            pattern=r"[A-Za-z0-9._|-]{20,}",
            wrong=_("A token is one long row of letters and digits, without spaces."),
            example="EAA…",
        ),
        ConnectField(
            "secret",
            _("App secret"),
            _("Meta signs with it what it sends us."),
            secret=True,
            pattern=r"\S{8,}",
            wrong=_("An app secret is a row of letters and digits, without spaces."),
        ),
        ConnectField(
            "rate",
            _("Messages a second"),
            _("Only where Meta allows this number another rate than 80."),
            required=False,
            number=True,
            rare=True,
        ),
    ),
    generated=("verify_token",),
    webhook="set",
    test_hint=_("A telephone number that wrote to this number within the last 24 hours."),
)

WRONG_TOKEN = _("Meta does not accept the access token. Create a new one for the system user, and replace it here.")
WRONG_NUMBER = _(
    "Meta knows no such phone number ID, or the token may not use it. Compare it with “API setup” in the app: it is "
    "not the telephone number."
)
CODES = {"190": WRONG_TOKEN, "401": WRONG_TOKEN, "100": WRONG_NUMBER, "33": WRONG_NUMBER, "10": WRONG_NUMBER}
NO_WEBHOOK = _("Meta knows the number, but does not send us what people write to it. Press “Set the webhook”.")
WELL = _("Meta knows the number and accepts the token.")
WEBHOOK_SET = _("Meta asked us at our address, and sends us from now on what people write to this number.")
NO_BUSINESS = _("Enter the WhatsApp business account ID first: the webhook and the templates belong to it.")
WEBHOOK_REFUSED = _(
    "Meta could not reach us at our address, or got the wrong answer. The address must be open to the internet. "
    "Meta says: %(reason)s"
)

# Meta's state of a template -> a value of `Template.State`.
STATES = {
    "APPROVED": "approved", "PENDING": "pending", "IN_APPEAL": "pending", "REJECTED": "rejected", "PAUSED": "paused",
    "DISABLED": "paused", "LIMIT_EXCEEDED": "paused", "PENDING_DELETION": "gone", "DELETED": "gone",
}  # fmt: skip
LONGEST_NAME, LONGEST_LANGUAGE = 80, 8  # as `Template` stores them; Meta allows names of 512 letters
PURPOSES = {"UTILITY": "service", "MARKETING": "promotion"}
REASONS = {
    "ABUSIVE_CONTENT": _("Meta found the words abusive."),
    "INVALID_FORMAT": _("The placeholders are not as Meta wants them: {{1}}, {{2}} in order, and not at the ends."),
    "INCORRECT_CATEGORY": _("The words belong to another category, such as marketing."),
    "PROMOTIONAL": _("Meta found the words promotional; the category must be marketing."),
    "TAG_CONTENT_MISMATCH": _("The words do not fit the language or category that was chosen."),
    "SCAM": _("Meta took it for fraud."),
}
UNFIT = _("Kesher fills in the text only. This template also has a variable in its heading or in a button.")


def judge(account: AccountInfo, number: Json, apps: Any) -> Probe:
    """Return the probe's outcome from Meta's answers about the number and about the apps that get its messages."""
    facts = (
        (_("Telephone number"), untrusted_payload.text(number, "display_phone_number")),
        (_("Approved name"), untrusted_payload.text(number, "verified_name")),
        (_("Quality"), untrusted_payload.text(number, "quality_rating")),
    )
    known = tuple(fact for fact in facts if fact[1])
    if apps is not None and not untrusted_payload.sequence(apps, "data"):
        return Probe("wrong", NO_WEBHOOK, facts=known)
    return Probe("well", WELL, facts=known)


def webhook_request(account: AccountInfo) -> Json:
    """Return the body that subscribes the app to the account, with our own address for this account."""
    token = str(account.settings.get("verify_token") or "")
    return {"override_callback_uri": account.public_url, "verify_token": token}


def templates_of(value: Any) -> Iterator[ListedTemplate]:
    """Yield the templates of one page of Meta's list.

    An entry without a name or text is left out; so is one whose name is too long to be stored: cut, it is no name.
    """
    for item in untrusted_payload.sequence(value, "data"):
        name, lang = untrusted_payload.text(item, "name"), untrusted_payload.text(item, "language")
        parts = {untrusted_payload.text(part, "type"): part for part in untrusted_payload.sequence(item, "components")}
        body = untrusted_payload.text(parts.get("BODY"), "text")
        if not (name and lang and body) or len(name) > LONGEST_NAME or len(lang) > LONGEST_LANGUAGE:
            continue
        state = STATES.get(untrusted_payload.text(item, "status"), "pending")
        reason = untrusted_payload.text(item, "rejected_reason").removeprefix("NONE")
        category = untrusted_payload.text(item, "category")
        if state == "approved" and (category not in PURPOSES or has_other_variables(parts)):
            state, reason = "unfit", UNFIT
        purpose = PURPOSES.get(category, "service")
        yield ListedTemplate(name, lang, body, state, REASONS.get(reason, reason)[:300], purpose)


def is_readable_page(value: Any) -> bool:
    """Return whether a page of Meta's list says it all: a list, and of each template a name, language and text."""
    page = untrusted_payload.dig(value, "data")
    return isinstance(page, list) and all(
        untrusted_payload.text(item, "name")
        and untrusted_payload.text(item, "language")
        and any(
            untrusted_payload.text(part, "type") == "BODY" and untrusted_payload.text(part, "text")
            for part in untrusted_payload.sequence(item, "components")
        )
        for item in page
    )


def has_other_variables(parts: Json) -> bool:
    """Return whether a template wants values elsewhere than in its text: in its heading or its buttons."""
    header = parts.get("HEADER")
    wanted = untrusted_payload.text(header, "format") not in ("", "TEXT") or "{{" in untrusted_payload.text(
        header, "text"
    )
    buttons = untrusted_payload.sequence(parts.get("BUTTONS"), "buttons")
    return wanted or any("{{" in untrusted_payload.text(button, "url") for button in buttons)
