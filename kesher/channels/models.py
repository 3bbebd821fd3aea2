"""Models of an agency's accounts with message providers, and of message templates that they approved."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency, AgencyOwned, Staff, in_language
from kesher.channels.base import AccountInfo, Capabilities, Channel
from kesher.channels.registry import get_channel
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token
from kesher.core.secrets import SecretField

AWAY = timedelta(hours=2)  # a provider that does not answer for so long is reported


class Account(AgencyOwned):
    """One account on one channel: a WhatsApp number, a mailbox, a bot.

    `channel` has no choices, because a new channel is a folder, not a migration. `address` is the provider's routing
    key (a phone_number_id, our number, our mailbox). `key` names the webhook's URL. `secrets` (encrypted) is
    {"secrets": [...], "token": "...", "old": [[secret, until]]}; webhooks signed by an old secret pass until then.
    `probe` is what the provider answered last: {"state", "words", "values", "facts", "since"}, see `base.Probe`.
    """

    channel = models.CharField(max_length=30)
    names = models.JSONField(default=dict)
    address = models.CharField(max_length=254, blank=True)
    shown_address = models.CharField(max_length=254, blank=True)
    key = models.CharField(max_length=24, default=token, unique=True)
    secrets = SecretField(default=dict)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    is_public = models.BooleanField(default=True)  # offered to citizens on the front page
    order = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)  # messages refer to the row, so it stays, without its secrets
    probe = models.JSONField(default=dict)
    probed_at = models.DateTimeField(null=True)
    templates_at = models.DateTimeField(null=True)  # when the provider listed its templates last
    templates_missing = models.BooleanField(default=False)  # the provider's last whole list was empty
    last_test = models.BigIntegerField(null=True)  # the newest test message
    # The register: why the agency has this account, and who looks after it.
    purpose = models.CharField(max_length=300, blank=True)
    tone = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    deputy = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    review_on = models.DateField(null=True)
    hours = models.JSONField(default=dict)  # as `Agency.hours`; {} is the agency's

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "channel", "address"], name="account_address_once", condition=~Q(address="")
            ),
        ]

    def __str__(self) -> str:
        """Return the channel and the account's address, else its key."""
        return f"{self.channel}:{self.address or self.key}"

    @property
    def name(self) -> str:
        """The account's name in the current language; the channel's title if it has none."""
        return in_language(self.names) or self.adapter.title

    @property
    def adapter(self) -> Channel:
        """The adapter of this account's channel. Raise KeyError if its folder is gone."""
        return get_channel(self.channel)

    def info(self, public_url: str = "", body: Mapping[str, str] | None = None) -> AccountInfo:
        """Return the account as adapters get it: settings, decrypted secrets and the webhook's URL.

        ``body``: the public body's name by language, for what a channel says before there is a conversation.
        """
        secrets: dict[str, Any] = self.secrets if isinstance(self.secrets, dict) else {}
        base = (public_url or settings.KESHER_PUBLIC_URL).rstrip("/")
        return AccountInfo(
            key=self.key,
            channel=self.channel,
            address=self.address,
            secrets=(*secrets.get("secrets", ()), *(valid_secrets(secrets["old"]) if secrets.get("old") else ())),
            token=secrets.get("token", ""),
            settings=self.settings,
            api=self.settings.get("api", ""),
            public_url=f"{base}/in/{self.channel}/{self.key}",
            body=body or {},
            reachable=frozenset(settings.KESHER_SSRF_ALLOW),
        )

    def capabilities(self) -> Capabilities:
        """Return what a message of this account can carry: text length, buttons, files and so on."""
        return self.adapter.capabilities(self.info())

    @property
    def is_probe_bad(self) -> bool:
        """Whether the provider's last answer says that something must be corrected, or none came for hours."""
        state = self.probe.get("state")
        away = state == "away" and self.probe.get("since", "") < (timezone.now() - AWAY).isoformat()
        return self.is_active and (state == "wrong" or away)

    def calendar(self, agency: Agency) -> Agency:
        """Return the agency with this account's own opening hours, if it has any, for `business_hours`."""
        if not self.hours:
            return agency
        found = copy.copy(agency)
        found.hours = self.hours
        return found


def valid_secrets(old: list[list[str]]) -> list[str]:
    """Return which of the replaced secrets, each with the time until which it is accepted, still are."""
    now = timezone.now()
    return [secret for secret, until in old if datetime.fromisoformat(until) > now]


class Template(AgencyOwned):
    """A message that a provider approved, for use when the reply window is closed. Versions are not edited."""

    class State(models.TextChoices):
        """Whether the provider approved the template."""

        PENDING = "pending", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        PAUSED = "paused", _("Paused by the provider")
        UNFIT = "unfit", _("Approved, but Kesher cannot fill it in")
        GONE = "gone", _("No longer at the provider")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="templates")
    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    language = models.CharField(max_length=8)
    body = models.TextField()
    purpose = models.CharField(max_length=12, default="service")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)  # why it was rejected, as the provider says

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["account", "name", "language", "version"], name="template_version_once")
        ]

    def __str__(self) -> str:
        """Return the template's name and language."""
        return f"{self.name} ({self.language})"

    def is_in(self, language: str) -> bool:
        """Return whether the template is in this language, in any country's form: "en_US" is English."""
        return self.language.partition("_")[0] == language

    @property
    def reason_words(self) -> str:
        """Why the provider rejected the template, in the reader's language where the channel has words for it."""
        return str(gettext(self.reason)) if self.reason else ""

    def filled(self, params: list[str]) -> str:
        """Return the template's text with {{1}}, {{2}} … replaced by `params` in order."""
        text = self.body
        for number, value in enumerate(params, 1):
            text = text.replace(f"{{{{{number}}}}}", value)
        return text
