"""Models of agencies (public bodies), their staff, teams, places and numbering sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.core.db.agency_scope import Scoped, ScopedManager
from kesher.language import LANGUAGES, normalise

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def in_language(words: dict[str, str], lang: str | None = None) -> str:
    """Return which of the texts by language is in `lang` (default: the reader's), else the Hebrew one, else any."""
    lang = lang or (get_language() or "he")[:2]
    return words.get(lang) or words.get("he") or words.get("en") or next(iter(words.values()), "")


class Agency(models.Model):
    """A public body, the tenant. ``names`` is {language: name}; ``host`` "" fits any host."""

    slug = models.SlugField(max_length=40, unique=True)
    names = models.JSONField(default=dict)
    host = models.CharField(max_length=200, blank=True)
    public_url = models.URLField(blank=True)
    accent = models.CharField(max_length=9, default="#0b6b6b")
    accent_dark = models.CharField(max_length=9, default="#5fc3bd")
    languages = models.JSONField(default=list)
    timezone = models.CharField(max_length=40, default="Asia/Jerusalem")
    hours = models.JSONField(default=dict)  # {weekday 0=Monday: [[start, end], …]} in local "HH:MM"
    quiet = models.JSONField(default=dict)  # {"from": "21:00", "to": "08:00"}: no broadcasts then
    contact = models.JSONField(default=dict)  # phone, email, address (by language), accessibility coordinator
    numbers = models.JSONField(default=dict)  # start values of sequences: {"case": 20400}
    reopen_days = models.PositiveSmallIntegerField(default=3)
    unproved_a_day = models.PositiveIntegerField(default=5_000)  # unproved addresses that may get messages
    countries = models.JSONField(default=list)  # countries whose numbers get codes ("IL"); [] is its own
    unproved_alarm_at = models.DateTimeField(null=True)  # when half of a day's were used up last
    answers_a_day = models.PositiveIntegerField(default=100)  # automatic answers to one person
    logo = models.CharField(max_length=40, blank=True)  # key of the picture's Attachment
    logo_alt = models.JSONField(default=dict)  # {language: what the logo shows}
    texts = models.JSONField(default=dict)  # {"opening" | "closed" | "emergency": {language: text}}, said to citizens
    holidays = models.JSONField(default=dict)  # {"country": "IL", "faiths": ["islam"], "closed": ["2026-12-31"]}
    public_texts = models.JSONField(default=list)  # kinds of `PublicText` that have a page
    statutory_days = models.PositiveSmallIntegerField(default=0)  # within which the law wants an answer; 0 for none
    outgoing_held_at = models.DateTimeField(null=True)  # since when nothing goes out to the public or to many
    outgoing_held_why = models.CharField(max_length=200, blank=True)
    setup_hidden = models.BooleanField(default=False)  # whether the inbox shows what is missing of the set-up
    demo = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [
            models.UniqueConstraint(fields=["host"], name="agency_host_once", condition=~models.Q(host="")),
        ]

    def __str__(self) -> str:
        """Return the agency's slug."""
        return self.slug

    @property
    def name(self) -> str:
        """Return the agency's name in the reader's language."""
        return in_language(self.names) or self.slug

    @property
    def address(self) -> str:
        """Return the agency's postal address in the reader's language."""
        place = self.contact.get("address") or ""
        return in_language(place) if isinstance(place, dict) else str(place)

    @property
    def spoken_names(self) -> dict[str, str]:
        """Return the agency's name by language, in the order of the languages that it offers."""
        return {lang: self.names[lang] for lang in self.spoken if self.names.get(lang)}

    @property
    def spoken(self) -> list[str]:
        """Return the codes of the languages that the agency offers, in its own order; all if it names none."""
        return [lang for lang in self.languages if lang in LANGUAGES] or list(LANGUAGES)


class AgencyOwned(Scoped):
    """The base of every row that belongs to one agency.

    There is no index on the agency alone: nearly all rows have the same one, and SQLite, which has no statistics by
    default, would use it instead of a better index. Tables define their own indexes that begin with the agency.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta(Scoped.Meta):
        abstract = True


class Team(AgencyOwned):
    """A group of staff to which topics and requests are assigned."""

    slug = models.SlugField(max_length=40)
    names = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="team_slug_once")]

    def __str__(self) -> str:
        """Return the team's name in the reader's language, else its slug."""
        return in_language(self.names) or self.slug


class Role(models.TextChoices):
    """The role of a member of staff; `rules.py` has the rights of each."""

    CLERK = "clerk", _("Clerk")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")


class Staff(AgencyOwned):
    """A member of staff of one agency; a user who works for two agencies has two rows."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_rows")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CLERK)
    teams = models.ManyToManyField(Team, blank=True, related_name="members")
    languages = models.JSONField(default=list)
    signature = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    objects = ScopedManager()

    if TYPE_CHECKING:
        user_id: int
        _user: User

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "staff"
        constraints = [models.UniqueConstraint(fields=["agency", "user"], name="staff_once_an_agency")]

    def __str__(self) -> str:
        """Return the name of the member of staff."""
        return self.name


class Place(AgencyOwned):
    """A street, area or landmark of the agency's list, by which messages and reports name where something is.

    ``names`` is {language: name}; ``other_names`` is {language: [what people call it besides]}.
    """

    class Kind(models.TextChoices):
        """What kind of place it is."""

        STREET = "street", _("Street")
        AREA = "area", _("Area")
        LANDMARK = "landmark", _("Landmark")

    code = models.SlugField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STREET)
    names = models.JSONField(default=dict)
    other_names = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="place_code_once")]

    def __str__(self) -> str:
        """Return the place's name in the reader's language, else its code."""
        return in_language(self.names) or self.code

    @property
    def search_text(self) -> str:
        """Return its code and all its names, normalised."""
        others = (name for names in self.other_names.values() for name in names)
        return normalise(" ".join([self.code, *self.names.values(), *others]))


class StaffSignIn(AgencyOwned):
    """An entry of the staff's sign-in log. Of an address only the network is kept, of a browser only its name.

    ``staff``: None for a name that nobody here has; the name that was typed is not stored, it may be a password.
    """

    class Outcome(models.TextChoices):
        """What happened."""

        SIGNED_IN = "signed_in", _("Signed in")
        WRONG_PASSWORD = "password", _("Wrong password")
        WRONG_SECOND = "second", _("Wrong second step")
        LOCKED = "locked", _("Too many tries")
        CLOSED = "closed", _("The account is closed")
        LOST_PASSWORD = "lost", _("New password by a link")
        OWN_PASSWORD = "own", _("New password")
        FACTOR_RESET = "reset", _("Second step reset")
        PROVIDER = "provider", _("Single sign-on refused")
        SIGNED_OUT = "signed_out", _("Signed out")
        DISOWNED = "disowned", _("“This was not me”: other browsers signed out")

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    network = models.CharField(max_length=50, blank=True)
    browser = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [
            models.Index(fields=["agency", "-id"], name="staff_sign_in_recent"),
            models.Index(fields=["staff", "-id"], name="staff_sign_in_of"),
        ]

    def __str__(self) -> str:
        """Return whose it is, by their id, and the outcome."""
        return f"{self.staff_id} {self.outcome}"

    @property
    def is_failure(self) -> bool:
        """Whether somebody tried to sign in and was not let in."""
        return self.outcome in FAILED_SIGN_INS


FAILED_SIGN_INS = frozenset(
    {
        StaffSignIn.Outcome.WRONG_PASSWORD,
        StaffSignIn.Outcome.WRONG_SECOND,
        StaffSignIn.Outcome.LOCKED,
        StaffSignIn.Outcome.CLOSED,
        StaffSignIn.Outcome.PROVIDER,
    }
)


class SetupLink(models.Model):
    """A link at which the first administrator sets an empty installation up: once, and for an hour.

    It belongs to no agency, because there is none yet. Only the digest of its token is stored.
    """

    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return until when the link is valid."""
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"


class PublicText(AgencyOwned):
    """House rules or a service charter with a page of its own; ``texts`` is {language: simple Markdown}."""

    class Kind(models.TextChoices):
        """What the text is."""

        RULES = "rules", _("House rules")
        CHARTER = "charter", _("Service charter")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    texts = models.JSONField(default=dict)
    changed = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "kind"], name="public_text_kind_once")]

    def __str__(self) -> str:
        """Return what the text is."""
        return str(self.get_kind_display())


class Sequence(AgencyOwned):
    """A counter for numbers that people see, such as case numbers; gaps are allowed."""

    name = models.CharField(max_length=20)
    value = models.BigIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="sequence_name_once")]

    def __str__(self) -> str:
        """Return the counter's name."""
        return self.name
