"""What the connect page of calls through Vonage asks for."""

from __future__ import annotations

from kesher.channels.base import ConnectField, Connection
from kesher.channels.base import gettext_noop as _
from kesher.channels.telephone.connect_fields import number_field

CONNECTION = Connection(
    summary=_("Telephone calls through Vonage: by keys and by speech."),
    steps=(
        _("In the provider's dashboard create an application with “Voice”, and switch signed webhooks on."),
        _("Link a number that can receive calls to the application, and write it below as +972…"),
        _("Copy the signature secret from the account's settings."),
    ),
    fields=(
        number_field(_("Number that people call")),
        ConnectField(
            "application_id",
            _("Application ID"),
            pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            example="00000000-0000-4000-8000-000000000000",
            wrong=_("An application ID is five groups of digits and letters from a to f, with hyphens between."),
            destination=True,
        ),
        ConnectField(
            "secret",
            _("Signature secret"),
            _("Signs what the provider sends us (SHA-256)."),
            secret=True,
            pattern=r"\S{16,}",
            wrong=_("A signature secret is one row of at least 16 letters and digits, without spaces."),
        ),
        ConnectField(
            "token",
            _("Private key of the application"),
            _("Fetches recordings. The whole text from BEGIN to END."),
            secret=True,
            required=False,
        ),
    ),
    generated=(),
    webhook="copy",
    webhook_steps=(
        _("In the application enter the address as “Answer URL” with HTTP POST."),
        _("Enter the same address as “Event URL”."),
    ),
    test_hint=_("A call cannot be tried from here: call the number."),
)

WELL = _("The provider knows the application and accepts its private key.")
