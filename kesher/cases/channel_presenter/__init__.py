"""Show channels on the staff's pages: name and icon, each account's health, its own page, and the register."""

from kesher.cases.channel_presenter.account_health import Health, channels_context, describe_probe, read_spool_state
from kesher.cases.channel_presenter.account_page import (
    account_context,
    account_title,
    can_rotate,
    confirm_context,
    export_register,
    kind_context,
    list_kinds,
    secret_context,
)
from kesher.cases.channel_presenter.badges import (
    ChannelBadge,
    channel_badge,
    channel_icon,
    public_title,
    scheme_icon,
)

__all__ = [
    "ChannelBadge",
    "Health",
    "account_context",
    "account_title",
    "can_rotate",
    "channel_badge",
    "channel_icon",
    "channels_context",
    "confirm_context",
    "describe_probe",
    "export_register",
    "kind_context",
    "list_kinds",
    "public_title",
    "read_spool_state",
    "scheme_icon",
    "secret_context",
]
