"""Services that write group purchases, called by pages, API, desk and chats."""

from kesher.purchases.services.address_verification import prove_by_code, request_code
from kesher.purchases.services.close import allocate_shares, close, close_what_is_due
from kesher.purchases.services.distribution import (
    Collected,
    accept_place,
    check_may_pass_on,
    choose_slot,
    decline_place,
    find_share,
    leave_waiting_list,
    mark_collected,
    settle_offered_shares,
    stands_in_line,
    withdraw_pledge,
)
from kesher.purchases.services.lifecycle import (
    edit_purchase,
    make_transition,
    organise_purchase,
    start_purchase,
    submit_own_purchase,
    submit_purchase,
)
from kesher.purchases.services.news import (
    announce_prices,
    decide_news,
    pledgers,
    propose_news,
    publish_news,
)
from kesher.purchases.services.offers import (
    choose_offer,
    make_offer,
    propose_offer,
    review_offer,
    submit_offer,
    vote_for_offer,
    withdraw_offers,
)
from kesher.purchases.services.pickup_points import (
    add_point,
    add_slot,
    change_point,
    change_slot,
    count_choices,
    remove_point,
    remove_slot,
)
from kesher.purchases.services.pledge_journal import find_entry, find_pledge
from kesher.purchases.services.pledges import (
    Interested,
    Pledged,
    check_may_give_up,
    pledge_units,
    register_interest,
    settle_places,
    withdraw_interest,
)
from kesher.purchases.services.waiting_list import still_waiting_notice
