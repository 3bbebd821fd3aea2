"""Services of channels: accounts with providers, what providers answer about them, and message templates."""

from kesher.channels.services.accounts import (
    OVERLAP,
    change_account,
    connect_account,
    edit_account,
    note_error,
    note_test,
    open_account,
    remove_account,
    rotate_secret,
    save_register_entry,
    set_active,
)
from kesher.channels.services.probes import probe_account, probe_all, set_webhook
from kesher.channels.services.templates import approve_template, sync_templates

__all__ = [
    "OVERLAP",
    "approve_template",
    "change_account",
    "connect_account",
    "edit_account",
    "note_error",
    "note_test",
    "open_account",
    "probe_account",
    "probe_all",
    "remove_account",
    "rotate_secret",
    "save_register_entry",
    "set_active",
    "set_webhook",
    "sync_templates",
]
