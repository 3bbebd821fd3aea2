"""Services that write contests, proposals and votes, called by pages, API, desk and conversations."""

from kesher.contests.services.contests import (
    Plan,
    add_round,
    add_statement,
    create_contest,
    create_poll,
    edit_contest,
    edit_round,
    publish_contest,
)
from kesher.contests.services.jury import (
    add_juror,
    declare_conflict,
    remove_juror,
    score,
    shortlist,
    unshortlist,
)
from kesher.contests.services.proposals import (
    Proposed,
    add_own_proposal,
    claim_proposal,
    merge,
    record_news_consent,
    review,
    round_for,
    send_proposal_code,
    submit_proposal,
    unmerge,
)
from kesher.contests.services.results import (
    add_outcome,
    amend_decision,
    anonymise_stopped_rounds,
    close_due_rounds,
    count_round,
    decide,
    end_round,
    stop_contest,
)
from kesher.contests.services.votes import Voted, cast_vote, round_of_newest_code
from kesher.contests.services.withdrawals import (
    ask_for_withdrawal_code,
    check_withdrawal_code,
    name_proposer,
    withdraw_proposal,
    withdraw_vote,
)
