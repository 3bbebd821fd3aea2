"""Set an agency up, with its web chat and its first administrator, and store what pages say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.accounts.services.staff_passwords import store_address
from kesher.agencies.countries import COUNTRIES
from kesher.agencies.models import Agency, SetupLink
from kesher.agencies.services import add_staff, create_agency
from kesher.channels.services import open_account
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import scope
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

LINK_LIFE = timedelta(hours=1)
TOKEN_LETTERS = 32  # 158 bits
PROFILE = frozenset(
    {"names", "public_url", "accent", "accent_dark", "languages", "timezone", "contact", "logo", "logo_alt"}
    | {"texts", "holidays", "statutory_days"}
)


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first administrator of an agency, as entered. An existing user keeps their password."""

    username: str
    name: str
    password: str
    email: str = ""


@transaction.atomic
def set_up_agency(
    *,
    slug: str,
    names: dict[str, str],
    administrator: Administrator,
    languages: tuple[str, ...] = LANGUAGES,
    url: str = "",
    host: str = "",
    country: str = "",
    contact: dict[str, str] | None = None,
) -> Agency:
    """Create an agency with its web chat and its first administrator, and return it.

    ``url`` "" follows the installation's; ``host`` "" fits any host; ``country`` "" is told from the time zone.
    """
    more = {"timezone": COUNTRIES[country].timezone} if country else {}
    stored = {**(contact or {}), **({"country": country} if country else {})}
    agency = create_agency(
        slug=slug, names=names, public_url=url, host=host, languages=list(languages), contact=stored, **more
    )
    with scope(agency):
        staff = add_staff(
            username=administrator.username, name=administrator.name, password=administrator.password, role="admin"
        )
        if administrator.email:
            User.objects.filter(pk=staff.user_id).update(email=administrator.email)
            store_address(staff, administrator.email)
        open_account("webchat", secrets=(token(32),))
    return agency


@transaction.atomic
def make_setup_link() -> str:
    """Return the path of a new link for the first administrator; "" if an agency exists.

    Links that have not expired stay: another process that starts must not end the one that somebody has just opened.
    """
    SetupLink.objects.filter(expires_at__lte=timezone.now()).delete()
    if Agency.objects.exists():
        return ""
    secret = token(TOKEN_LETTERS)
    SetupLink.objects.create(digest=digest_of(secret), expires_at=timezone.now() + LINK_LIFE)
    return f"/first-setup/{secret}/"


def is_setup_link_open(secret: str) -> bool:
    """Return whether this token is of a link that nobody used, within its hour, and no agency exists."""
    return usable_links(secret, timezone.now()).exists() and not Agency.objects.exists()


def usable_links(secret: str, at: datetime) -> models.QuerySet[SetupLink]:
    """Return the link with this token (one or none) if it can be used at this time."""
    return SetupLink.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=at)


@transaction.atomic
def use_setup_link(
    secret: str, *, names: dict[str, str], languages: tuple[str, ...], country: str, administrator: Administrator
) -> Agency:
    """Set the first agency up by a link, and use the link up. Raise Refused where it ended; the first of two wins."""
    now = timezone.now()
    if not usable_links(secret, now).update(used_at=now) or Agency.objects.exists():
        raise Refused(_("This link no longer works. Start Kesher again for a new one."))
    return set_up_agency(slug="agency", names=names, administrator=administrator, languages=languages, country=country)


def digest_of(secret: str) -> str:
    """Return the digest under which a link's token is stored."""
    return sha256(f"first-setup:{secret}:{settings.SECRET_KEY}".encode()).hexdigest()


@transaction.atomic
def save_profile(agency: Agency, *, by: Actor, **values: Any) -> None:
    """Store what pages and messages say of the agency itself (columns in `PROFILE`), and audit what changed."""
    assert values.keys() <= PROFILE, values.keys()
    stored = Agency.objects.select_for_update().get(pk=agency.pk)
    if "contact" in values:  # other pages store the rest of it
        values["contact"] = {**stored.contact, **values["contact"]}
        values["contact"] = {name: value for name, value in values["contact"].items() if value}
    before = {name: getattr(stored, name) for name, value in values.items() if getattr(stored, name) != value}
    for name in before:
        setattr(agency, name, values[name])
    if before:
        agency.save(update_fields=sorted(before))
        after = {name: values[name] for name in before}
        audit("site.save_profile", by=by, subject=None, before=before, after=after)


@transaction.atomic
def show_setup_line(agency: Agency, *, shown: bool, by: Actor) -> None:
    """Show or hide the line about the set-up above the agency's inbox, and audit it."""
    agency.setup_hidden = not shown
    agency.save(update_fields=["setup_hidden"])
    audit("site.show_setup_line", by=by, subject=None, shown=shown)
