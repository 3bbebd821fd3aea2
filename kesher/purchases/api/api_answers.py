"""Describe what the API answers about group purchases."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from kesher.initiatives.api_operations import ItemLinks, PageLinks, SelfLink

Tier = TypedDict("Tier", {"from": int, "unit_price": str})


class PurchaseAttributes(TypedDict):
    """A purchase without its offers; prices are in ``currency``, such as "12.50"."""

    title: str
    text: str
    titles: dict[str, str]
    language: str
    state: str
    counting: bool
    interested_count: int
    pledger_count: int
    units: int
    units_to_be_ordered: int
    units_left: int | None
    minimum: int
    units_to_minimum: int | None
    maximum_each: int
    box: int
    tie_rule: str
    seed_hash: str | None
    seed: str | None
    currency: str
    unit_price: str | None
    price_is_final: bool
    next_price: str | None
    units_to_next_price: int | None
    tiers: list[Tier]
    opened_at: str | None
    closes_at: str | None


class PurchaseItem(TypedDict):
    """A purchase of a list."""

    type: Literal["purchase"]
    id: int
    links: ItemLinks
    attributes: PurchaseAttributes


class PurchaseList(TypedDict):
    """One page of purchases."""

    links: PageLinks
    data: list[PurchaseItem]


class PurchaseOffer(TypedDict):
    """A seller's offer."""

    id: int
    seller: str
    terms: str
    votes: int
    minimum: int
    stock: int | None
    box: int
    vat_percent: float
    good_until: str | None
    tiers: list[Tier]


class Point(TypedDict):
    """A pick-up place."""

    id: int
    name: str
    address: str


class PledgerCount(TypedDict):
    """How many pledgers there are, by channel or level of proof."""

    code: str
    count: int


class PurchaseFigures(PurchaseAttributes):
    """A purchase with its offers, pick-up places and counts."""

    offers: list[PurchaseOffer]
    points: list[Point]
    pledgers_by_channel: list[PledgerCount]
    pledgers_by_level: list[PledgerCount]


class PurchaseDetail(TypedDict):
    """A purchase with its figures."""

    type: Literal["purchase"]
    id: int
    links: ItemLinks
    attributes: PurchaseFigures


class PurchaseAnswer(TypedDict):
    """A purchase with its figures."""

    links: SelfLink
    data: PurchaseDetail


class OwnLinks(TypedDict, total=False):
    """Secret links: to your own page, to the page on which you organise, and to both in the API."""

    mine: str
    own: str
    page: str
    organise: str
    lead: str


class Confirmed(TypedDict):
    """What was done; which keys there are depends on what was asked for."""

    state: str
    id: NotRequired[int]
    links: NotRequired[OwnLinks]
    offers: NotRequired[int]
    what: NotRequired[str]
    receipt: NotRequired[str]
    new: NotRequired[bool]
    quantity: NotRequired[int]
    price_is_final: NotRequired[bool]
    units: NotRequired[int]
    unit_price: NotRequired[str]


class ConfirmedAnswer(TypedDict):
    """What was done."""

    data: Confirmed


class OwnPledge(TypedDict):
    """Your pledge."""

    standing: str
    quantity: int
    units_waited_for: int
    tolerance: int
    point: int | None
    kept_until: str | None


class Slot(TypedDict):
    """A pick-up time."""

    id: int
    title: str
    starts: str
    ends: str
    point: Point


class OwnShare(TypedDict):
    """Your share of what is ordered."""

    state: str
    quantity: int
    wanted: int
    units_waited_for: int
    unit_price: str
    total: str
    point: int | None
    slot: Slot | None
    kept_until: str | None
    pickup_code: str | None


class Own(TypedDict):
    """Your part in a purchase, and what you ``may`` do now."""

    id: int
    title: str
    state: str
    stands: bool
    joined_as: Literal["pledger", "interested"]
    receipt: str
    pledge: OwnPledge | None
    share: OwnShare | None
    unit_price: str | None
    price_is_final: bool
    chosen_offer: int | None
    offers: list[PurchaseOffer]
    points: list[Point]
    slots: list[Slot]
    may: list[str]
    links: OwnLinks


class OwnAnswer(TypedDict):
    """Your part in a purchase."""

    data: Own


class Organised(PurchaseAttributes):
    """A purchase for its organiser, and what they ``may`` decide now."""

    id: int
    reason: str | None
    may: list[str]
    offers: list[PurchaseOffer]
    links: OwnLinks


class OrganisedAnswer(TypedDict):
    """A purchase for its organiser."""

    data: Organised


class Collected(TypedDict):
    """The pick-up codes by what became of them."""

    done: list[str]
    twice: list[str]
    unknown: list[str]


class CollectedAnswer(TypedDict):
    """The pick-up codes by what became of them."""

    data: Collected


class NewsState(TypedDict):
    """News that waits to be read."""

    state: str


class NewsAnswer(TypedDict):
    """News that waits to be read."""

    data: NewsState


class PickupTime(TypedDict):
    """A pick-up time, and how many chose it."""

    id: int
    starts_at: str
    ends_at: str
    places: int
    people: int


class PickupPlace(Point):
    """A pick-up place with its times."""

    people: int
    times: list[PickupTime]


class PickupShare(TypedDict):
    """A share to collect, with a name only where it may be shown."""

    code: str
    name: str
    quantity: int
    point: int | None
    time: int | None
    total: str
    collected_at: str | None


class Pickup(TypedDict):
    """The pick-up places, and who collects what."""

    points: list[PickupPlace]
    shares: list[PickupShare]


class PickupAnswer(TypedDict):
    """The pick-up places, and who collects what."""

    data: Pickup
