"""The writing verbs of purchases. Every door (page, desk, API, any conversation) calls these."""

from kesher.purchases.services.closing import close, close_what_is_due, shares_of
from kesher.purchases.services.editing import (
    add_point,
    add_slot,
    edit_purchase,
    move,
    start_purchase,
    submit_purchase,
)
from kesher.purchases.services.handing import (
    Collected,
    choose_slot,
    collect,
    give_up_share,
    settle_offered_shares,
    share_of,
    take_share,
)
from kesher.purchases.services.interest import (
    ask_for_code,
    lose_interest,
    proved_offer,
    proved_start,
    say_interested,
    use_code,
)
from kesher.purchases.services.news import note_prices, page_url, pledgers, publish_news
from kesher.purchases.services.offers import choose_offer, make_offer, review_offer, vote_for_offer
from kesher.purchases.services.pledging import (
    Pledged,
    give_up_pledge,
    line_of,
    pledge,
    pledge_of,
    settle_places,
    take_place,
)

__all__ = [
    "Collected",
    "Pledged",
    "add_point",
    "add_slot",
    "ask_for_code",
    "choose_offer",
    "choose_slot",
    "close",
    "close_what_is_due",
    "collect",
    "edit_purchase",
    "give_up_pledge",
    "give_up_share",
    "line_of",
    "lose_interest",
    "make_offer",
    "move",
    "note_prices",
    "page_url",
    "pledge",
    "pledge_of",
    "pledgers",
    "proved_offer",
    "proved_start",
    "publish_news",
    "review_offer",
    "say_interested",
    "settle_offered_shares",
    "settle_places",
    "share_of",
    "shares_of",
    "start_purchase",
    "submit_purchase",
    "take_place",
    "take_share",
    "use_code",
    "vote_for_offer",
]
