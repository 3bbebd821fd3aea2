"""The writing verbs of contacts: who a person is, how well that is known, and what he agreed to."""

from kesher.contacts.services.consent import consented, record_consent, start, stop
from kesher.contacts.services.erasing import (
    ask_erasure,
    cancel_erasure,
    decide_erasure,
    erase_due,
    open_erasure,
)
from kesher.contacts.services.identities import (
    find_identity,
    keep_names,
    know,
    meet,
    notice_given,
    prove,
    rename,
    set_language,
    set_status,
)
from kesher.contacts.services.merging import decide_merge, merge, suggest_merge, undo_merge
from kesher.contacts.services.owners import change_owner, confirm_owner
from kesher.contacts.services.preferences import set_consent, set_preferences
from kesher.contacts.services.proofs import (
    PROOF_TRIES,
    ProofFailed,
    WrongCode,
    ask_proof,
    asked_when,
    check_proof,
    find_open_codes,
    forget_wishes,
    last_code_expires,
    state_of_code,
    use_code,
    words_for,
)
from kesher.contacts.services.unproved import Limited, admit, forget_unproved, note_proved

__all__ = [
    "PROOF_TRIES",
    "Limited",
    "ProofFailed",
    "WrongCode",
    "admit",
    "ask_erasure",
    "ask_proof",
    "asked_when",
    "cancel_erasure",
    "change_owner",
    "check_proof",
    "confirm_owner",
    "consented",
    "decide_erasure",
    "decide_merge",
    "erase_due",
    "find_identity",
    "find_open_codes",
    "forget_unproved",
    "forget_wishes",
    "keep_names",
    "know",
    "last_code_expires",
    "meet",
    "merge",
    "note_proved",
    "notice_given",
    "open_erasure",
    "prove",
    "record_consent",
    "rename",
    "set_consent",
    "set_language",
    "set_preferences",
    "set_status",
    "start",
    "state_of_code",
    "stop",
    "suggest_merge",
    "undo_merge",
    "use_code",
    "words_for",
]
