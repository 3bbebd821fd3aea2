"""Services of OpenID Connect: the national logins of citizens, and the single sign-on of staff."""

from kesher.accounts.services.oidc.discovery import check_provider
from kesher.accounts.services.oidc.national_logins import enter_by_national, national_address, save_national_login
from kesher.accounts.services.oidc.staff_provider import (
    agree_to_second_step,
    find_staff,
    is_second_proved,
    save_staff_provider,
    unbind_staff,
)

__all__ = [
    "agree_to_second_step",
    "check_provider",
    "enter_by_national",
    "find_staff",
    "is_second_proved",
    "national_address",
    "save_national_login",
    "save_staff_provider",
    "unbind_staff",
]
