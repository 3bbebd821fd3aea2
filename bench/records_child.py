"""The child process of `bench.records`: creates twenty sources and signed-in people, and prints their cookies."""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # Django must be set up first

from kesher.accounts.services import start_sign_in  # noqa: E402
from kesher.accounts.session_cookie import COOKIE  # noqa: E402
from kesher.agencies.services import create_agency  # noqa: E402
from kesher.channels.base import Address  # noqa: E402
from kesher.contacts.services import get_or_create_identity  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.core.i18n.translations import compile_catalogues  # noqa: E402
from kesher.records.services import give_consent, save_source  # noqa: E402
from kesher.site.settings import ROOT  # noqa: E402

LIMIT = 5.5
Source = tuple[str, str, dict[str, Any], float]
ROWS = [
    {"key": "1", "title": "ארנונה, נובמבר–דצמבר", "kind": "bill", "status": "due", "amount": "612.40", "due": "+5",
     "provider": "העירייה", "explanation": "המס העירוני על הדירה, לחודשיים", "number": "48213-7"},
    {"key": "2", "title": "ביטוח דירה", "kind": "insurance", "status": "active", "amount": "90", "ends": "+200"},
    {"key": "3", "title": "ספר מושאל", "kind": "loan", "due": "+12"},
]  # fmt: skip
SLOW: tuple[Source, ...] = (
    ("slow-a", "demo", {"delay": 5, "people": {"*": ROWS}}, LIMIT),  # answers after five seconds
    ("slow-b", "failing", {"way": "slow", "seconds": 5}, 3.0),  # cancelled after three
    ("slow-c", "failing", {"way": "stubborn", "seconds": 8}, LIMIT),  # ignores cancellation
)
FAILING: tuple[Source, ...] = (
    ("fails-a", "failing", {"way": "error"}, 5.0),
    ("fails-b", "failing", {"way": "crash"}, 5.0),
)
GARBAGE: tuple[Source, ...] = (("garbage", "failing", {"way": "garbage"}, 5.0),)


def sources() -> list[Source]:
    """Return the twenty sources."""
    odd = [*SLOW, *FAILING, *GARBAGE]
    good: list[Source] = [
        (f"good-{n}", "demo", {"delay": round(0.02 + 0.04 * n, 2), "people": {"*": ROWS}}, 5.0)
        for n in range(20 - len(odd))
    ]
    return [*good, *odd]


def main() -> None:
    """Create everything, and print the cookies as JSON."""
    people = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    compile_catalogues(ROOT)
    call_command("collectstatic", verbosity=0, interactive=False)
    agency = create_agency(slug="bench", names={"he": "עיריית נווה־ים"}, languages=["he", "ar", "ru", "en"])
    cookies = []
    with scope(agency):
        rows = [
            save_source(None, staff=None, code=code, adapter=adapter, names={"he": f"מקור {code}"}, timeout=limit, ttl=600,
                        order=n, settings=settings)
            for n, (code, adapter, settings, limit) in enumerate(sources())
        ]  # fmt: skip
        for n in range(people):
            identity = get_or_create_identity(
                Address("tel", f"+97250555{n:04d}", f"דנה לוי {n}"), assurance=2, language="he"
            )
            give_consent(identity.contact, rows, lang="he")
            cookies.append(f"{COOKIE}={start_sign_in(identity, level=2, way='code').token}")
    print(json.dumps(cookies))


if __name__ == "__main__":
    main()
