"""Models of sellers' offers (a price that falls with the quantity) and of the votes on them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import get_language, pgettext_lazy

from kesher.agencies.models import AgencyOwned, in_language
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.http.arrival_time import arrived_at
from kesher.participation.models import Participation
from kesher.purchases.allocation import binding_minimum
from kesher.purchases.models.pledges import Pledge
from kesher.purchases.models.purchase import GATHERING, Purchase
from kesher.purchases.models.tiers import Tier


class OfferQuerySet(ScopedQuerySet["Offer"]):
    """Offers, as members compare them."""

    def with_votes(self) -> Self:
        """Annotate each offer with its number of ``votes`` by the members who decide now.

        While interest is gathered these are the interested; once people pledge, those who pledged. A person who only
        waits for a place does not count.
        """
        pledged = Pledge.objects.standing(Pledge.Standing.IN).filter(participation=OuterRef("ballots__participation"))
        gathering = Q(ballots__participation__action=F("purchase__action"), purchase__state__in=GATHERING)
        deciding = gathering | (~Q(purchase__state__in=GATHERING) & Q(Exists(pledged)))
        counted = Q(ballots__participation__state=Participation.State.COUNTED)
        return self.annotate(votes=Count("ballots", filter=counted & deciding))

    def shown(self) -> Self:
        """Return the published offers with their ``votes``, the most votes first."""
        rows = self.filter(state=Offer.State.PUBLISHED).prefetch_related("tiers")
        return rows.with_votes().order_by("-votes", "id")


class Offer(AgencyOwned):
    """A seller's offer to a published demand. A later one may answer an earlier: ``answers``."""

    class State(models.TextChoices):
        """Where the review of an offer stands."""

        PENDING = "pending", pgettext_lazy("offer", "Waiting for the seller's code")
        PROPOSED = "proposed", pgettext_lazy("offer", "Waiting for review")
        PUBLISHED = "published", pgettext_lazy("offer", "Published")
        REFUSED = "refused", pgettext_lazy("offer", "Not published")
        WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Withdrawn")

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="offers")
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    seller = models.CharField(max_length=120)
    registration = models.CharField(max_length=20, blank=True)  # the company's number
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    terms = models.JSONField(default=dict)
    language = models.CharField(max_length=8, default="he")
    minimum = models.PositiveIntegerField(default=1)
    maximum = models.PositiveIntegerField(null=True)
    stock = models.PositiveIntegerField(null=True)
    box = models.PositiveIntegerField(default=1)
    each = models.PositiveIntegerField(default=5)
    vat = models.DecimalField(max_digits=4, decimal_places=1, default=18)  # per cent, included in every price
    good_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=300, blank=True)  # why it was not published
    created = models.DateTimeField(auto_now_add=True)

    votes: int  # filled by with_votes()

    objects = ScopedManager.from_queryset(OfferQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(minimum__gte=1, box__gte=1, each__gte=1), name="offer_sizes_positive"),
            models.CheckConstraint(
                condition=Q(maximum=None) | Q(maximum__gte=F("minimum")), name="offer_maximum_above_minimum"
            ),
            models.CheckConstraint(
                condition=Q(stock=None) | Q(stock__gte=F("minimum")), name="offer_stock_above_minimum"
            ),
        ]
        indexes = [models.Index(fields=["purchase", "state"], name="offer_of_purchase")]

    def __str__(self) -> str:
        """Return the seller's name."""
        return self.seller

    @property
    def term(self) -> str:
        """Return the offer's conditions in the reader's language, else as the seller wrote them."""
        lang = (get_language() or "he")[:2]
        return self.terms.get(lang) or self.terms.get(self.language) or in_language(self.terms)

    @property
    def is_good(self) -> bool:
        """Return whether the offer is published and has not expired."""
        return self.state == self.State.PUBLISHED and (self.good_until is None or self.good_until > arrived_at())

    @property
    def binding_minimum(self) -> int:
        """Return the least units with which anything is sold: at least the first price step's."""
        return binding_minimum(self.minimum, [(tier.start, tier.price) for tier in self.ladder])

    @property
    def ladder(self) -> list[Tier]:
        """Return the offer's price tiers, from the smallest quantity."""
        return sorted(self.tiers.all(), key=lambda tier: tier.start)


class OfferVote(AgencyOwned):
    """A member's choice among the offers: one a person, which they may change. The audit keeps the changes."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="ballots")
    participation = models.OneToOneField(Participation, on_delete=models.PROTECT, related_name="offer_vote")
    changed = models.DateTimeField(auto_now=True)

    objects = ScopedManager["OfferVote"]()

    def __str__(self) -> str:
        """Return the ids of the participation and of the offer that it votes for."""
        return f"{self.participation_id} → {self.offer_id}"
