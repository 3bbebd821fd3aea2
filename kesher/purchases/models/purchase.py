"""Models of a group purchase (what neighbours buy together, with one state), its history and its news."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token
from kesher.core.http.arrival_time import arrived_at
from kesher.core.ui.list_search import join_keys
from kesher.initiatives.models import Initiative, InitiativeQuerySet, Translated, WrittenText
from kesher.participation.models import Action, CountDelta, Tally
from kesher.purchases.allocation import Outcome, Terms, binding_minimum, expected_outcome
from kesher.purchases.models.tiers import Tier

TITLE_MAX = 80
HIDDEN = ("draft", "submitted")
RUNNING = ("interest", "open", "filling")
GATHERING = ("draft", "submitted", "interest")


def new_seed() -> str:
    """Return a random secret seed for a purchase's lottery."""
    return token(32)


class PurchaseQuerySet(InitiativeQuerySet["Purchase"]):
    """Purchases, as pages, the desk and the worker select them."""

    def with_page(self) -> Self:
        """Select what a purchase's page needs: related rows and the offer's price tiers."""
        return self.select_related("action", "pledging", "picture", "organiser", "offer").prefetch_related(
            "offer__tiers"
        )

    def of_code(self, code: str) -> Purchase | None:
        """Return the purchase with this short code among these, with what its page needs; None if there is none."""
        return self.with_page().with_code(code[:8]).first()

    def published(self) -> Self:
        """Return the purchases that the public may see, without those cancelled before review."""
        return self.exclude(state__in=HIDDEN).exclude(state="cancelled", published_at=None)

    def running(self) -> Self:
        """Return the purchases that can still be joined."""
        return self.filter(state__in=RUNNING)

    def over(self) -> Self:
        """Return the public purchases that can no longer be joined."""
        return self.published().exclude(state__in=RUNNING)

    def due(self, before: datetime) -> Self:
        """Return the purchases whose pledging, or time for filling boxes, had ended by ``before``."""
        return self.filter(Q(state="open", closes_at__lte=before) | Q(state="filling", filling_until__lte=before))

    def with_counts(self) -> Self:
        """Annotate each purchase with current counts: people ``interested`` and ``pledgers``."""

        def total(name: str) -> CombinedExpression:
            """Return the count of the action in this field: its tally and what is not added yet."""
            told, waiting = Tally.objects.filter(dimension="total"), CountDelta.objects.all()
            return sum_of(told.filter(action=OuterRef(name))) + sum_of(waiting.filter(action=OuterRef(name)))

        def sum_of(rows: models.QuerySet[Any]) -> Coalesce:
            """Return the sum of ``n`` over these rows as a subquery; 0 for none."""
            sums = rows.order_by().values("action").annotate(sum=Sum("n")).values("sum")
            return Coalesce(Subquery(sums), 0, output_field=models.IntegerField())

        return self.annotate(interested=total("action"), pledgers=total("pledging"))

    def newest(self) -> Self:
        """Order by the next deadline, then those without a date, then those that are over, newest first."""
        order = Case(When(state__in=("open", "filling"), then=0), When(state="interest", then=1), default=2)
        return self.with_counts().order_by(order, "closes_at", "-id")

    def waiting_first(self) -> Self:
        """Order for the desk: what waits for a review or an order first, then the newest.

        ``offered`` and ``unread`` are annotated: an offer, or news of the organiser, waits for a review.
        """
        offered = Exists(
            Purchase.objects.filter(pk=OuterRef("pk"), offers__state="proposed", state__in=["interest", "open"])
        )
        unread = Exists(News.objects.filter(purchase=OuterRef("pk"), state="waiting"))
        order = Case(
            When(state="submitted", then=0),
            When(Q(offered=True) | Q(unread=True), then=1),
            When(state="closed", then=2),
            default=3,
        )
        rows = self.with_counts().annotate(offered=offered, unread=unread)
        return rows.order_by(order, "-created", "-id")


class Purchase(Initiative):
    """A thing that many people buy together. Texts are {language: words}; `states` lists its transitions.

    ``action`` counts who is interested and carries the short code; ``pledging`` counts who pledged. The conditions of
    the chosen offer (minimum, stock, box …) are copied here when pledging begins, and bind everybody from then on.
    """

    class State(models.TextChoices):
        """Where a purchase stands, from draft to pick-up."""

        DRAFT = "draft", pgettext_lazy("purchase", "Draft")
        SUBMITTED = "submitted", pgettext_lazy("purchase", "Waiting for review")
        INTEREST = "interest", pgettext_lazy("purchase", "Gathering interest")
        OPEN = "open", pgettext_lazy("purchase", "Open")
        FILLING = "filling", pgettext_lazy("purchase", "Filling the boxes")
        CLOSED = "closed", pgettext_lazy("purchase", "Closed, prices are final")
        CONFIRMED = "confirmed", pgettext_lazy("purchase", "Ordered")
        FULFILLED = "fulfilled", pgettext_lazy("purchase", "Handed out")
        FAILED = "failed", pgettext_lazy("purchase", "Did not go ahead")
        CANCELLED = "cancelled", pgettext_lazy("purchase", "Called off")

    class Tie(models.TextChoices):
        """The rule that decides who gets units where there are not enough."""

        FIRST = "first", _("First come, first served")
        LOTTERY = "lottery", _("A lottery that can be checked")
        ROUND = "round", _("One unit each in turn")

    class Declared(models.TextChoices):
        """Whether the organiser has an interest in the seller or the sale."""

        NONE = "none", _("No interest in the seller or the sale")
        STATED = "stated", _("An interest, stated below")

    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="purchase")
    pledging = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="purchase_pledged")
    texts = models.JSONField(default=dict)
    payments = models.JSONField(default=dict)  # who is paid, when and how; empty: the seller, at the pick-up
    organiser = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="purchases")
    organiser_name = models.CharField(max_length=120, blank=True)
    declared = models.CharField(max_length=6, choices=Declared.choices, default=Declared.NONE)
    declaration = models.CharField(max_length=300, blank=True)
    search_keys = models.TextField(blank=True)  # " key key " of titles and texts
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=300, blank=True)  # why it was cancelled
    offer = models.ForeignKey("purchases.Offer", on_delete=models.PROTECT, null=True, related_name="+")
    minimum = models.PositiveIntegerField(default=1)
    maximum = models.PositiveIntegerField(null=True)
    stock = models.PositiveIntegerField(null=True)
    box = models.PositiveIntegerField(default=1)
    each = models.PositiveIntegerField(default=5)
    tie = models.CharField(max_length=7, choices=Tie.choices, default=Tie.FIRST)
    seed = models.CharField(max_length=40, default=new_seed)  # secret until the draw; its hash is published
    proof = models.PositiveSmallIntegerField(default=1)  # how well a pledger must be known
    hold_hours = models.PositiveSmallIntegerField(default=24)  # how long a free place is kept for the next in line
    filling_hours = models.PositiveSmallIntegerField(default=48)
    published_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    filling_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # The units that pledges hold now, written under the row's lock together with the journal entry: the database
    # itself refuses to sell more than there is.
    taken = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)  # of these, without places that are only offered
    spare = models.PositiveIntegerField(default=0)  # units they would take in addition to fill a box
    allotted = models.PositiveIntegerField(default=0)
    price = models.PositiveBigIntegerField(null=True)  # agorot a unit, VAT included; final from closing on
    told_price = models.PositiveBigIntegerField(null=True)  # the price in the last message to pledgers
    changed = models.DateTimeField(auto_now=True)

    interested: int  # filled by with_counts()
    pledgers: int
    offered: bool  # filled by waiting_first(), as is the next
    unread: bool

    text = WrittenText("texts")

    objects = ScopedManager.from_queryset(PurchaseQuerySet)()

    class Meta(Initiative.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum__gte=1, box__gte=1, each__gte=1), name="purchase_sizes_positive"
            ),
            models.CheckConstraint(
                condition=Q(maximum=None) | Q(taken__lte=F("maximum")), name="purchase_maximum_holds"
            ),
            models.CheckConstraint(
                condition=Q(stock=None) | ~Q(tie="first") | Q(taken__lte=F("stock")), name="purchase_never_oversold"
            ),
            models.CheckConstraint(condition=Q(asked__lte=F("taken")), name="purchase_asked_within_taken"),
            models.CheckConstraint(
                condition=Q(stock=None) | Q(allotted__lte=F("stock")), name="purchase_never_overallotted"
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")),
                name="purchase_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("open", "filling", "closed", "confirmed", "fulfilled"))
                | Q(offer__isnull=False, closes_at__isnull=False),
                name="purchase_open_has_an_offer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("closed", "confirmed", "fulfilled")) | Q(price__isnull=False),
                name="purchase_closed_has_a_price",
            ),
            models.CheckConstraint(
                condition=~Q(declared="stated") | ~Q(declaration=""), name="purchase_interest_is_stated"
            ),
            models.CheckConstraint(condition=Q(proof__gte=1, proof__lte=3), name="purchase_proof_1_to_3"),
        ]
        indexes = [
            models.Index(fields=["agency", "state", "closes_at"], name="purchase_newest"),
            models.Index(fields=["closes_at"], name="purchase_due", condition=Q(state__in=("open", "filling"))),
        ]

    @property
    def is_public(self) -> bool:
        """Return whether the public may see this purchase."""
        return self.state not in HIDDEN and not (self.state == self.State.CANCELLED and self.published_at is None)

    @property
    def is_open(self) -> bool:
        """Return whether pledges are taken: it is open and its deadline is not over."""
        return self.state == self.State.OPEN and self.closes_at is not None and self.closes_at > arrived_at()

    @property
    def is_filling(self) -> bool:
        """Return whether pledging is over and a begun box is still being filled."""
        return self.state == self.State.FILLING and self.filling_until is not None and self.filling_until > arrived_at()

    @property
    def ends_at(self) -> datetime | None:
        """Return when pledging ends: at the deadline, or once the hours for filling boxes are over."""
        return self.filling_until or self.closes_at

    @property
    def is_counting(self) -> bool:
        """Return whether pledging has ended, and pledges sent in time are still being counted."""
        running = self.state in (self.State.OPEN, self.State.FILLING)
        return running and self.ends_at is not None and self.ends_at <= arrived_at()

    @property
    def is_settled(self) -> bool:
        """Return whether the price is final and each person's share is known."""
        return self.state in (self.State.CLOSED, self.State.CONFIRMED, self.State.FULFILLED)

    @property
    def cap(self) -> int | None:
        """Return how many units may be pledged by all together; None for no limit."""
        limits = [self.maximum, self.stock if self.tie == self.Tie.FIRST else None]
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def left(self) -> int | None:
        """Return how many more units can be pledged; None for no limit."""
        return None if self.cap is None else max(0, self.cap - self.taken)

    @property
    def tiers(self) -> list[Tier]:
        """Return the chosen offer's price tiers, from the smallest quantity."""
        return self.offer.ladder if self.offer else []

    @property
    def terms(self) -> Terms:
        """Return the price steps, minimum, box size and limits by which the purchase closes."""
        steps = tuple((tier.start, tier.price) for tier in self.tiers)
        return Terms(steps, binding_minimum(self.minimum, steps), self.box, self.stock, self.cap)

    @property
    def outcome(self) -> Outcome:
        """Return the expected result if the purchase closed now: whether it comes about, units, price."""
        return expected_outcome(self.terms, self.asked, self.spare)

    @property
    def seed_hash(self) -> str:
        """Return the SHA-256 of the lottery's seed, which is published before anybody pledges."""
        return sha256(self.seed.encode()).hexdigest()

    @property
    def days_left(self) -> int | None:
        """Return the full days until the deadline; None where it is over or not set."""
        left = self.closes_at - arrived_at() if self.closes_at else None
        return left.days if left is not None and left > timedelta(0) else None

    def index_words(self) -> None:
        """Set the search keys from titles and texts; the caller saves."""
        self.search_keys = join_keys(*self.titles.values(), *self.texts.values())


class Step(AgencyOwned):
    """An event of a purchase; events are only appended, and stand on its page where that is public."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=20)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    texts = models.JSONField(default=dict)  # news of the organiser or the agency
    data = models.JSONField(default=dict)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Step"]()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["purchase", "-id"], name="purchase_steps")]

    def __str__(self) -> str:
        """Return the purchase's id and what happened to it."""
        return f"{self.purchase_id} {self.verb}"


class News(AgencyOwned):
    """A message of a citizen organiser to everybody who joined; a moderator reads it first."""

    class State(models.TextChoices):
        """Where the review of a message stands."""

        WAITING = "waiting", pgettext_lazy("news", "Being read")
        PUBLISHED = "published", pgettext_lazy("news", "Sent")
        REFUSED = "refused", pgettext_lazy("news", "Not sent")

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="news")
    texts = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    note = models.CharField(max_length=300, blank=True)  # why it was refused, for the organiser
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    text = Translated("texts")

    objects = ScopedManager["News"]()

    class Meta(AgencyOwned.Meta):
        constraints = [
            # Two in review could be published in the wrong order.
            models.UniqueConstraint(fields=["purchase"], condition=Q(state="waiting"), name="purchase_news_one_waits"),
        ]
        indexes = [models.Index(fields=["purchase", "-id"], name="purchase_news")]

    def __str__(self) -> str:
        """Return the purchase's id and the state of the news."""
        return f"{self.purchase_id} {self.state}"
