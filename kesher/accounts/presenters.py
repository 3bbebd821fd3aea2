"""Build the template contexts of the sign-in page, of the "prove more" page and of a person's addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.accounts import services
from kesher.accounts.decorators import with_next
from kesher.accounts.models import SignIn
from kesher.accounts.my_page import read_my_page_sections, sorted_tabs
from kesher.accounts.oidc_views import list_logins, title_of
from kesher.accounts.rules import is_over, level_now
from kesher.contacts.addresses import OPAQUE, format_address, mask_address, scheme_label
from kesher.contacts.models import Contact, Identity
from kesher.conversations.agency_contact_points import contact_links
from kesher.conversations.channel_links import channel_title
from kesher.conversations.models import Route
from kesher.conversations.services.identity_linkage import can_reach
from kesher.core.ui.charts import qr_svg

KINDS = {"tel": "phone", "mailto": "mail", "idp": "shield", "web": "globe"}


@dataclass(frozen=True, slots=True)
class ProofWay:
    """A way in which a code may reach a known person: an open conversation, or an address that we may write to."""

    key: str
    title: str
    identity: Identity
    route: Route | None


@dataclass(frozen=True, slots=True)
class Known:
    """An address of a person, on their own page."""

    title: str
    address: str
    icon: str
    level: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """A national login: its title and URL."""

    title: str
    url: str


def ways_in(after: str) -> dict[str, Any]:
    """Return the sign-in page's other ways besides a code: links to conversations and national logins."""
    found = [Login(title_of(row), with_login(row.key, after)) for row in list_logins()]
    return {"logins": found, "doors": contact_links(_("my page"), start="me")}


def with_login(key: str, after: str) -> str:
    """Return the URL that begins the national login with this key, and then leads on to ``after``."""
    to = reverse("accounts:national", args=[key])
    query = with_next("accounts:sign_in", after).partition("?")[2]
    return f"{to}?{query}" if query else to


def proof_ways(contact: Contact) -> list[ProofWay]:
    """Return the ways in which a signed-in person can get a code to prove more, with masked addresses.

    Open conversations are first, since they cost nothing and the person reads them.
    """
    found: dict[tuple[int, str], ProofWay] = {}
    for route in services.open_routes(contact):
        key = (route.identity_id, route.account.channel)
        found.setdefault(
            key, build_proof_way(route.identity, channel_title(route.account.channel), f"r{route.pk}", route)
        )
    covered = {identity for identity, _channel in found}
    for identity in identities(contact):
        if identity.pk not in covered and can_reach(identity.scheme):
            title = _("E-mail") if identity.scheme == "mailto" else _("SMS")
            found[identity.pk, ""] = build_proof_way(identity, title, f"i{identity.pk}", None)
    return list(found.values())


def build_proof_way(identity: Identity, title: str, key: str, route: Route | None) -> ProofWay:
    """Return a way to get a code at this identity, titled with its masked address."""
    return ProofWay(key, f"{title} · {mask_address(identity.scheme, identity.address)}", identity, route)


def identities(contact: Contact) -> list[Identity]:
    """Return the identities (addresses) of a person, the best proved first."""
    rows = Identity.objects.select_related("contact__merged_into").filter(contact__in=contact.family_ids())
    return list(rows.order_by("-assurance", "pk"))


def describe_identity(identity: Identity, *, whole: bool) -> Known:
    """Return an identity for the person's own page: kind, masked address and proof; ``whole`` unmasks it.

    Only a person who proved an address not long ago may see it in full.
    """
    if identity.scheme == "idp":
        return Known(_("National login"), "", "shield", identity.assurance, identity.verified_at)
    words = (
        format_address(identity.scheme, identity.address) if whole else mask_address(identity.scheme, identity.address)
    )
    address = "" if identity.scheme in OPAQUE else words  # an id that means nothing to its owner
    icon = KINDS.get(identity.scheme, "chat")
    return Known(scheme_label(identity.scheme), address, icon, identity.assurance, identity.verified_at)


def tabs(path: str) -> list[dict[str, Any]]:
    """Return the tabs of a citizen's own pages, with the one of this path marked, for `components/tabs.html`."""
    pages = [(place.title, reverse(place.url_name), place.icon) for place in sorted_tabs()]
    return [{"title": title, "url": url, "icon": icon, "current": url == path} for title, url, icon in pages]


def my_page(sign_in: SignIn, now: datetime, whole: str = "") -> dict[str, Any]:
    """Return the template context of a citizen's own page; ``whole`` names the section that is shown in full."""
    contact, level = sign_in.contact.root(), level_now(sign_in, now)
    rows = SignIn.objects.open().filter(contact__in=contact.family_ids()).order_by("-seen_at")
    mine = [describe_identity(identity, whole=level >= 2) for identity in identities(contact)]
    return {
        "sections": list(read_my_page_sections(contact, level, whole)),
        "prove_url": with_next("accounts:prove", "", level="2"),
        "person": contact,
        "level": level,
        "here": sign_in,
        "addresses": [item for item in mine if item.address or item.icon == "shield"],
        "places": [row for row in rows if not is_over(row, now)],
        "rings": services.keyrings_of(contact),
        "logins": ways_in("")["logins"],
    }


def app_page(user: User, secret: str) -> dict[str, str]:
    """Return the context for setting up an authenticator app: a QR code, and the secret in groups of four."""
    parts = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    url = str(get_adapter().build_totp_url(user, secret))
    return {"qr": qr_svg(url, _("Picture for the authenticator app")), "secret": " ".join(parts)}


def creation_options(user: User, *, alone: bool) -> str:
    """Return as JSON the WebAuthn options by which a browser asks a device to create a passkey.

    ``alone``: the key can sign in without a user name, so the device must store and verify its owner.
    """
    return as_json(webauthn.begin_registration(user, alone))


def request_options(user: User) -> str:
    """Return as JSON the WebAuthn options by which a browser asks a device with this user's passkey to sign."""
    return as_json(webauthn.begin_authentication(user))


def as_json(options: dict[str, Any]) -> str:
    """Return WebAuthn options as JSON, for a page's script."""
    return json.dumps(options)


def key_name(given: str, device: str) -> str:
    """Return the name of a new passkey: as its owner entered it, else the device's."""
    return given.strip()[:60] or device or _("Passkey")
