"""The writing verbs of records: sources, consents, what is kept, looks, mandates, wards, and what one does
with a row."""

from kesher.records.services.access_log import note_look, note_staff_look
from kesher.records.services.cache import forget_readings, keep
from kesher.records.services.consents import give_consent, withdraw_consent
from kesher.records.services.lookups import answer_lookup, ask_lookup, take_lookups
from kesher.records.services.mandates import accept_mandate, ask_to_act, end_mandate, invite
from kesher.records.services.reminders import cancel_reminder, remind, send_reminders
from kesher.records.services.row_questions import ask_about
from kesher.records.services.sources import let_try_again, save_source, switch_source
from kesher.records.services.wards import (
    ask_for_ward,
    give_ward_address,
    grant_ward,
    open_ward_request,
    refuse_ward,
    revoke_ward,
    withdraw_ward_request,
)

__all__ = [
    "accept_mandate",
    "answer_lookup",
    "ask_about",
    "ask_for_ward",
    "ask_lookup",
    "ask_to_act",
    "cancel_reminder",
    "end_mandate",
    "forget_readings",
    "give_consent",
    "give_ward_address",
    "grant_ward",
    "invite",
    "keep",
    "let_try_again",
    "note_look",
    "note_staff_look",
    "open_ward_request",
    "refuse_ward",
    "remind",
    "revoke_ward",
    "save_source",
    "send_reminders",
    "switch_source",
    "take_lookups",
    "withdraw_consent",
    "withdraw_ward_request",
]
