"""The writing verbs of contacts: who a person is, how well that is known, and what he agreed to."""

from kesher.contacts.services.consent import consented, record_consent, stop
from kesher.contacts.services.identities import (
    find_identity,
    know,
    meet,
    notice_given,
    prove,
    rename,
    set_language,
    set_status,
)
from kesher.contacts.services.merging import decide_merge, merge, suggest_merge, undo_merge
from kesher.contacts.services.proofs import PROOF_TRIES, ProofFailed, ask_proof, check_proof

__all__ = [
    "PROOF_TRIES",
    "ProofFailed",
    "ask_proof",
    "check_proof",
    "consented",
    "decide_merge",
    "find_identity",
    "know",
    "meet",
    "merge",
    "notice_given",
    "prove",
    "record_consent",
    "rename",
    "set_language",
    "set_status",
    "stop",
    "suggest_merge",
    "undo_merge",
]
