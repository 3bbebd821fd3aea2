"""Services that write sources, consents, mandates, reminders and cached readings."""

from kesher.records.services.access_log import record_look, record_staff_look
from kesher.records.services.cache import cache_readings, delete_expired_readings
from kesher.records.services.chat_lookups import answer_lookup, create_lookup, take_lookups
from kesher.records.services.consents import give_consent, withdraw_consent
from kesher.records.services.guardianships import (
    ask_for_ward,
    give_ward_address,
    grant_ward,
    open_ward_request,
    refuse_ward,
    revoke_ward,
    withdraw_ward_request,
)
from kesher.records.services.mandates import accept_mandate, end_mandate, offer_mandate, request_mandate
from kesher.records.services.record_inquiries import ask_about_row
from kesher.records.services.reminders import cancel_reminder, create_reminder, send_reminders
from kesher.records.services.sources import end_rest, save_source, switch_source

__all__ = [
    "accept_mandate",
    "answer_lookup",
    "ask_about_row",
    "ask_for_ward",
    "cache_readings",
    "cancel_reminder",
    "create_lookup",
    "create_reminder",
    "delete_expired_readings",
    "end_mandate",
    "end_rest",
    "give_consent",
    "give_ward_address",
    "grant_ward",
    "offer_mandate",
    "open_ward_request",
    "record_look",
    "record_staff_look",
    "refuse_ward",
    "request_mandate",
    "revoke_ward",
    "save_source",
    "send_reminders",
    "switch_source",
    "take_lookups",
    "withdraw_consent",
    "withdraw_ward_request",
]
