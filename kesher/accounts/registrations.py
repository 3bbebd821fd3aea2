"""What sign-ins give to other apps: links at the desk, a step of the set-up, personal data to export and to erase."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.accounts.desk.invitations import staff_list_section
from kesher.accounts.models import Keyring, SignIn, StaffAddress
from kesher.accounts.services.erasure import erase_keys
from kesher.accounts.staff_provider_views import login_way
from kesher.agencies.models import Agency, Role, Staff
from kesher.agencies.setup_steps import SetupStep, register_setup_step
from kesher.agencies.staff_list_sections import register_section
from kesher.agencies.staff_login import LOGIN_WAYS
from kesher.cases.desk_panels import register_link
from kesher.contacts.privacy_registry import Holding, register


def have_administrators_addresses(_agency: Agency) -> bool:
    """Return whether each administrator proved a mail address."""
    proved = StaffAddress.objects.filter(proved_at__isnull=False).values("staff")
    return not Staff.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk__in=proved).exists()


ADDRESS_STEP = SetupStep(
    "addresses",
    _("Your mail address"),
    _("A new password goes to the address that you confirmed, if yours is lost. Each administrator confirms one."),
    "accounts:staff_address",
    have_administrators_addresses,
    order=85,
)


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    register_setup_step(ADDRESS_STEP)
    register_link(_("My second step"), "accounts:staff_keys", icon="shield", order=85, place="face")
    register_section("accounts/staff_invitations.html", staff_list_section)
    register_link(_("My mail address"), "accounts:staff_address", icon="mail", order=86, place="face")
    register_link(_("My sign-ins"), "accounts:my_sign_ins", icon="clock", order=87, place="face")
    register_link(
        _("Sign-ins of staff"),
        "accounts:staff_sign_ins",
        icon="log-in",
        right="change_staff",
        order=12,
        place="admin",
        group="security",
        purpose=_("Who signed in when, from which network, and what failed."),
    )
    LOGIN_WAYS.append(login_way)
    register_link(
        _("Single sign-on"),
        "accounts:staff_provider_edit",
        icon="shield",
        right="change_staff",
        order=9,
        place="admin",
        group="security",
        purpose=_("Staff sign in by your own identity provider (OpenID Connect)."),
    )
    register_link(
        _("National login"),
        "accounts:desk_national",
        icon="globe",
        right="change_staff",
        order=10,
        place="admin",
        group="security",
        purpose=_("The state's service that proves who a citizen is."),
    )
    register(
        Holding(
            "sign-ins",
            _("Where you signed in"),
            ("accounts.signin",),
            lambda ids: SignIn.objects.filter(contact__in=ids),
            {"started": _("When"), "device": _("Device"), "way": _("How"), "seen_at": _("Last seen")},
            erase=erase_keys,
            order=30,
        )
    )
    register(
        Holding(
            "keyrings",
            _("Your keys"),
            ("accounts.keyring",),
            lambda ids: Keyring.objects.filter(contact__in=ids),
            {"user__date_joined": _("Since"), "user__last_login": _("Last used")},
            keeps=_("An empty key ring."),
            order=31,
        )
    )
