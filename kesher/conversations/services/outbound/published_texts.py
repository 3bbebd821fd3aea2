"""What may not be said where everybody can read it: numbers and addresses that tell who or where somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.core.errors import Refused
from kesher.language import find_identifying_data

KINDS: Final[Mapping[str, Any]] = {
    "identity": gettext_lazy("an identity number"),
    "phone": gettext_lazy("a telephone number"),
    "email": gettext_lazy("an e-mail address"),
    "card": gettext_lazy("a card number"),
    "iban": gettext_lazy("a bank account"),
    "ip": gettext_lazy("a network address"),
    "plate": gettext_lazy("a licence plate"),
    "street": gettext_lazy("a street number"),
}


def refuse_identifying_data(text: str) -> None:
    """Raise Refused, naming what was found, if a text for everybody has personal numbers or addresses in it.

    Names are not recognised; they are the author's responsibility.
    """
    found = [f"{KINDS[kind]} ({text[start:end]})" for start, end, kind in find_identifying_data(text)]
    if found:
        raise Refused(
            _("Everybody can read this answer, and it has in it: %(found)s. Leave that out, or continue privately.")
            % {"found": ", ".join(dict.fromkeys(found))},
            code="personal",
        )
