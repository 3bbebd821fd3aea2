"""Services that write agencies, their staff, places and public texts."""

from kesher.agencies.services.agency import (
    create_agency,
    locked_sequence,
    next_number,
    remove_team,
    save_team,
    set_emergency_numbers,
    set_hours,
    set_limits,
)
from kesher.agencies.services.places import import_places, remove_place, save_place
from kesher.agencies.services.public_texts import add_public_texts, list_public_texts, save_public_text
from kesher.agencies.services.staff import (
    add_staff,
    change_staff,
    delete_old_log_entries,
    note_sign_in,
    record_sign_in,
    serves_elsewhere,
    set_password,
    staff_actor,
)

__all__ = [
    "add_public_texts",
    "add_staff",
    "change_staff",
    "create_agency",
    "delete_old_log_entries",
    "import_places",
    "list_public_texts",
    "locked_sequence",
    "next_number",
    "note_sign_in",
    "record_sign_in",
    "remove_place",
    "remove_team",
    "save_place",
    "save_public_text",
    "save_team",
    "serves_elsewhere",
    "set_emergency_numbers",
    "set_hours",
    "set_limits",
    "set_password",
    "staff_actor",
]
