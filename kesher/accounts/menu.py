"""Add the links "My second step" and "National login" to the menu of the staff's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from kesher.cases.desk_panels import register_link

register_link(gettext_lazy("My second step"), "accounts:staff_keys", icon="shield", order=85, place="face")
register_link(
    gettext_lazy("National login"), "accounts:desk_national", icon="globe", right="change_staff", order=88, place="face"
)
