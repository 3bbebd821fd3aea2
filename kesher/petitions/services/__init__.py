"""Services that write petitions and signatures, called by pages, API, desk and chats."""

from kesher.petitions.services.code_delivery import send_due_codes
from kesher.petitions.services.drafts import (
    Written,
    change_author,
    check_may_start,
    close_own_petition,
    confirm_author,
    count_supporters,
    find_asked_identity,
    rewrite_petition,
    send_author_code,
    start_petition,
    submit_supported,
)
from kesher.petitions.services.milestones import note_thresholds, record_promise_done, set_milestones
from kesher.petitions.services.moderation import add_note, hold_petition, note_look, release_petition
from kesher.petitions.services.news import (
    Reach,
    decide_update,
    is_answer_sent,
    propose_update,
    publish_response,
    publish_update,
    reach,
)
from kesher.petitions.services.petition_text import create_petition, edit_petition, index_words
from kesher.petitions.services.policy import set_areas, set_policy, set_thresholds
from kesher.petitions.services.retention import anonymise_old
from kesher.petitions.services.signatures import (
    Signed,
    Withdrawn,
    change_signature,
    confirm_signature,
    confirm_withdrawal,
    explain_lateness,
    sign_petition,
    void_signature,
    withdraw_signature,
)
from kesher.petitions.services.transitions import archive_old, close_ended, extend_signing, lapse_unsupported, move
