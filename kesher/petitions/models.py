"""What many people ask of a public body together: one page, one short code, one count."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff, in_language
from kesher.contacts.models import Contact
from kesher.conversations.models import Broadcast
from kesher.core.models import Attachment
from kesher.core.scope import ScopedManager, ScopedQuerySet
from kesher.participation.models import Action, Participation, Tally

TITLE_MAX = 80
LANGUAGES = ("he", "ar", "ru", "en")


class PetitionQuerySet(ScopedQuerySet["Petition"]):
    def with_page(self) -> Self:
        """With all that one petition's page shows of its own row."""
        return self.select_related("action", "picture", "author")

    def published(self) -> Self:
        """Those that the public may see, open or closed."""
        return self.filter(moderation="published")

    def open(self) -> Self:
        """Those that may be signed now."""
        now = timezone.now()
        return self.published().filter(Q(closes_at=None) | Q(closes_at__gt=now), Q(opens_at__lte=now), closing="open")

    def closed(self) -> Self:
        """Those that the public may see and nobody may sign any more."""
        return self.published().filter(Q(closing="closed") | Q(closes_at__lte=timezone.now()))

    def with_counts(self) -> Self:
        """Each with its public ``count``, read from the tallies and never from the rows."""
        totals = Tally.objects.filter(action=OuterRef("action"), dimension="total").values("n")[:1]
        return self.annotate(count=Coalesce(Subquery(totals), 0, output_field=models.IntegerField()))

    def newest(self) -> Self:
        return self.with_counts().order_by("-opens_at", "-id")

    def most_signed(self) -> Self:
        return self.with_counts().order_by("-count", "-opens_at", "-id")

    def waiting_first(self) -> Self:
        """For the desk: first those that wait for the body (an answer, a review), then the newest."""
        waits = Case(When(response="due", then=0), When(moderation="submitted", then=1), default=2)
        return self.with_counts().order_by(waits, "-created", "-id")

    def owed(self) -> Self:
        """Those whose threshold was reached just now: an answer is due, and nobody has written that down."""
        return self.published().with_counts().filter(response="none", count__gte=F("threshold"))

    def fallen(self) -> Self:
        """Those that are owed an answer no longer, because signatures were withdrawn or voided."""
        return self.published().with_counts().filter(response="due", count__lt=F("threshold"))

    def search(self, words: str) -> Self:
        """Those whose title or demand has these words, in any language; all for no words. A code finds its own."""
        words = words.strip()[:80]
        if not words:
            return self
        found = Q(action__code=words)
        for language in LANGUAGES:
            found |= Q(**{f"titles__{language}__icontains": words}) | Q(**{f"demands__{language}__icontains": words})
        return self.filter(found)


class Petition(AgencyOwned):
    """One demand. Texts are {language: words}: the author writes one language, the body may add translations.

    Three states that do not depend on one another: what moderation says, whether it may be signed, and whether the
    body owes (or has given) an answer. ``states.py`` is the table of what may follow what.
    """

    class Moderation(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for review")
        PUBLISHED = "published", _("Published")
        REJECTED = "rejected", _("Not published")

    class Closing(models.TextChoices):
        OPEN = "open", pgettext_lazy("petition", "Open")
        CLOSED = "closed", pgettext_lazy("petition", "Closed")

    class Response(models.TextChoices):
        NONE = "none", _("No answer due yet")
        DUE = "due", _("An answer is due")
        GIVEN = "given", _("Answered")

    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="petition")
    titles = models.JSONField(default=dict)
    backgrounds = models.JSONField(default=dict)
    demands = models.JSONField(default=dict)
    language = models.CharField(max_length=8, default="he")
    author = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="petitions")
    picture = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    threshold = models.PositiveIntegerField(default=1000)
    goals = models.JSONField(default=dict)  # what the body will do at the threshold, by language
    moderation = models.CharField(max_length=10, choices=Moderation.choices, default=Moderation.DRAFT)
    closing = models.CharField(max_length=6, choices=Closing.choices, default=Closing.OPEN)
    response = models.CharField(max_length=5, choices=Response.choices, default=Response.NONE)
    responses = models.JSONField(default=dict)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # when the threshold was reached
    answered_at = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    count: int  # filled by with_counts()

    objects = ScopedManager.from_queryset(PetitionQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=1), name="petition_threshold_positive"),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")),
                name="petition_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~Q(moderation="published") | Q(opens_at__isnull=False), name="petition_published_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(response="given") | Q(answered_at__isnull=False), name="petition_answer_has_a_date"
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "moderation", "-opens_at"], name="petition_newest"),
            models.Index(fields=["closes_at"], name="petition_closing", condition=Q(closing="open")),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("petitions:detail", args=[self.code])

    @property
    def code(self) -> str:
        return self.action.code

    @property
    def title(self) -> str:
        return self.words(self.titles)

    @property
    def background(self) -> str:
        return self.words(self.backgrounds)

    @property
    def demand(self) -> str:
        return self.words(self.demands)

    @property
    def goal(self) -> str:
        return in_language(self.goals)

    @property
    def answer(self) -> str:
        return self.words(self.responses)

    @property
    def shown_language(self) -> str:
        """The language in which the reader sees the title: his own where there is one, else the author's."""
        return self.language_of(self.titles)

    @property
    def demand_language(self) -> str:
        return self.language_of(self.demands)

    @property
    def background_language(self) -> str:
        return self.language_of(self.backgrounds)

    @property
    def is_published(self) -> bool:
        return self.moderation == self.Moderation.PUBLISHED

    @property
    def is_open(self) -> bool:
        """May it be signed now? A closing time that has passed closes it, whether or not the worker wrote that down."""
        now = timezone.now()
        opened = self.opens_at is not None and self.opens_at <= now
        ended = self.closes_at is not None and self.closes_at <= now
        return self.is_published and self.closing == self.Closing.OPEN and opened and not ended

    @property
    def days_left(self) -> int | None:
        """Whole days until it closes, the last day being 0; None where it has no end or is over."""
        left = self.closes_at - timezone.now() if self.closes_at else None
        return left.days if left is not None and left > timedelta(0) else None

    def language_of(self, texts: dict[str, str]) -> str:
        lang = (get_language() or "he")[:2]
        return lang if texts.get(lang) else self.language

    def words(self, texts: dict[str, str]) -> str:
        """A text for the reader: in his language, else as its author wrote it."""
        return texts.get((get_language() or "he")[:2]) or texts.get(self.language) or in_language(texts)


class PetitionUpdate(AgencyOwned):
    """News for those who signed: shown on the page and sent to whoever agreed to get updates."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="updates")
    texts = models.JSONField(default=dict)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["PetitionUpdate"]()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["petition", "-id"], name="petition_news")]

    def __str__(self) -> str:
        return f"{self.petition_id} {self.at:%Y-%m-%d}"

    @property
    def text(self) -> str:
        return in_language(self.texts)


class SignatureQuerySet(ScopedQuerySet["Signature"]):
    def of(self, petition: Petition) -> Self:
        return self.filter(action_id=petition.action_id)

    def counted(self) -> Self:
        return self.filter(state=Participation.State.COUNTED)

    def shown(self) -> Self:
        """Those whose names the public may read: they agreed, they count, and how they are is proved; newest first."""
        return self.counted().filter(show_name=True, level__gte=1).exclude(name="").order_by("-id")


class Signature(Participation):
    """A participation in a petition: the same row, read as what it is here. `services.sign` writes it."""

    objects = ScopedManager.from_queryset(SignatureQuerySet)()  # type: ignore[misc]  # rows of this kind

    class Meta:
        proxy = True
        base_manager_name = "objects"
