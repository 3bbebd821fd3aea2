"""Show each account's health (check, probe, queue, failures), and what could not be read."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency, in_language
from kesher.cases.channel_presenter.badges import ChannelBadge, channel_badge
from kesher.channels.base import Check
from kesher.channels.models import Account
from kesher.contacts.addresses import format_address
from kesher.conversations.intake.journal import spool_files
from kesher.conversations.models import ChannelEvent, Delivery, Intake, Message
from kesher.conversations.services.events.provider_events import is_uuid
from kesher.core.db.ids import is_number
from kesher.core.db.literal_sql_condition import LiteralCondition
from kesher.language import mask

NEWEST = 5_000  # how many of the newest deliveries are counted
WAITING = 1_000
ODD, LOST = 20, 20
RAW = 4_000
SECRET_WORDS = ("secret", "token", "password", "authorization", "signature", "key")
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one account.

    ``state`` is "good", "wait" (something to look at), "bad" (it cannot work) or "" (disabled).
    """

    account: Account
    title: str
    mark: ChannelBadge
    checks: tuple[Check, ...]
    webhook: str
    heard: datetime | None
    waiting: str
    failed: int
    unknown: int
    state: str
    gone: bool = False

    @property
    def address(self) -> str:
        """Return the account's own address as people write it: 03-555-0100."""
        address = self.account.shown_address or self.account.address
        return format_address("tel", address) if address.startswith("+") else address

    @property
    def troubles(self) -> list[str]:
        """Return what is missing in the account's settings, in the reader's language."""
        return [_(check.hint) if check.hint else check.name for check in self.checks if not check.ok]

    @property
    def probe_words(self) -> str:
        """Return what the provider answered last, in the reader's language; "" if it was not asked yet."""
        probe = self.account.probe
        return describe_probe(probe["words"], probe["values"]) if probe else ""

    @property
    def is_review_due(self) -> bool:
        """Return whether the register says that somebody should look at this account again by now."""
        return self.account.review_on is not None and self.account.review_on <= timezone.localdate()


@dataclass(frozen=True, slots=True)
class UnreadEvent:
    """An event that a channel could not read, with its raw data made safe to show."""

    event: ChannelEvent
    raw: str


@dataclass(frozen=True, slots=True)
class SpoolState:
    """Requests that wait on disk because the database was down."""

    files: int
    rows: int
    since: datetime | None


def describe_probe(words: str, values: Mapping[str, str]) -> str:
    """Return what a provider answered, in the reader's language, with the provider's own words isolated."""
    return _(words) % {name: f"\u2068{value}\u2069" for name, value in values.items()}


def channels_context(agency: Agency, *, odd: str = "", lost: str = "") -> dict[str, Any]:
    """Return the template context of the page of channels: each account's health, and what is stuck.

    ``odd`` and ``lost`` name the row below which a page of them begins.
    """
    newest_in = Message.objects.filter(account=OuterRef("pk"), direction="in").order_by("-id").values("received")[:1]
    accounts = list(
        Account.objects.filter(removed_at=None)
        .annotate(heard=Subquery(newest_in))
        .select_related("owner")
        .order_by("-is_active", "order", "pk")
    )
    queued, ended = count_queued(), count_failures()
    return {
        "accounts": [account_health(account, agency, queued, ended) for account in accounts],
        **unread_events_page(odd),
        **failed_requests_page(accounts, lost),
        "spool": read_spool_state(),
    }


def account_health(account: Account, agency: Agency, queued: Counter[int], ended: dict[int, Counter[str]]) -> Health:
    """Return the health of one channel account, from its checks and from its queued and ended deliveries."""
    info = account.info(agency.public_url)
    states = ended.get(account.pk, Counter())
    try:
        checks = tuple(account.adapter.check(info))
        title, gone = in_language(account.names) or channel_badge(account.channel).title, False
    except KeyError:
        checks, title, gone = (), account.channel, True
    count = queued[account.pk]
    return Health(
        account=account,
        title=title,
        mark=channel_badge(account.channel),
        checks=checks,
        webhook=info.public_url,
        heard=getattr(account, "heard", None),
        waiting=f"{WAITING}+" if count >= WAITING else str(count),
        failed=states[State.FAILED],
        unknown=states[State.UNKNOWN],
        state=account_state(account, checks, states, gone),
        gone=gone,
    )


def account_state(account: Account, checks: Iterable[Check], states: Counter[str], gone: bool) -> str:
    """Return the overall state of a channel account: "good", "wait", "bad" or ""."""
    if not account.is_active:
        return ""
    if gone or any(check.ok is False for check in checks):
        return "bad"
    if account.is_probe_bad:
        return "bad" if account.probe["state"] == "wrong" else "wait"
    return "wait" if states[State.FAILED] or states[State.UNKNOWN] else "good"


def count_queued() -> Counter[int]:
    """Return {account id: number of deliveries in the queue}, counting the first thousand in all."""
    rows = Delivery.objects.filter(state=State.QUEUED).values_list("account_id", flat=True)
    return Counter(rows[:WAITING])


def count_failures() -> dict[int, Counter[str]]:
    """Return {account id: count of failed and unconfirmed} for the newest deliveries, in a fixed window."""
    last = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Delivery.objects.filter(pk__gt=last - NEWEST, state__in=[State.FAILED, State.UNKNOWN])
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for account_id, state in rows.values_list("account_id", "state")[:NEWEST]:
        found[account_id][state] += 1
    return found


def unread_events_page(below: str) -> dict[str, Any]:
    """Return one page of provider events that could not be read, newest first, with the next cursor."""
    rows = ChannelEvent.objects.filter(LiteralCondition(Q(state="unknown"))).select_related("account").order_by("-id")
    found = list((rows.filter(pk__lt=int(below)) if is_number(below) else rows)[: ODD + 1])
    shown = [UnreadEvent(row, format_raw_data(row.data)) for row in found[:ODD]]
    return {"odd": shown, "odd_next": found[ODD - 1].pk if len(found) > ODD else ""}


def format_raw_data(data: Any) -> str:
    """Return a provider's raw data as text for staff, with secrets removed and personal data masked."""
    return mask(json.dumps(redact_secrets(data), ensure_ascii=False, indent=2))[:RAW]


def redact_secrets(data: Any) -> Any:
    """Return a copy of JSON data with the values of keys such as "token" or "password" removed."""
    if isinstance(data, dict):
        return {name: "…" if is_secret(str(name)) else redact_secrets(value) for name, value in data.items()}
    return [redact_secrets(item) for item in data] if isinstance(data, list) else data


def is_secret(name: str) -> bool:
    """Return whether a key's name suggests that its value is secret, such as "token" or "password"."""
    return any(word in name.lower() for word in SECRET_WORDS)


def failed_requests_page(accounts: Iterable[Account], below: str) -> dict[str, Any]:
    """Return one page of raw requests whose processing failed, with the cursor of the next page.

    They wait until a clerk retries them, or until raw requests are deleted.
    """
    by_id = {account.pk: account for account in accounts}
    rows = Intake.objects.filter(state=Intake.State.FAILED, account_id__in=by_id).defer("body").order_by("-id")
    found = list((rows.filter(pk__lt=UUID(below)) if is_uuid(below) else rows)[: LOST + 1])
    shown = [
        {"row": row, "account": by_id[row.account_id], "received": datetime.fromtimestamp(row.received, UTC)}
        for row in found[:LOST]
    ]
    return {"lost": shown, "lost_next": found[LOST - 1].pk if len(found) > LOST else ""}


def read_spool_state() -> SpoolState:
    """Return how many files and rows wait in the spool (where requests go while the database is down)."""
    times, rows = [], 0
    for path in spool_files(settings.KESHER_SPOOL):
        try:
            with path.open("rb") as file:
                rows += sum(1 for _line in file)
            times.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        except FileNotFoundError:
            continue  # it was drained meanwhile
    return SpoolState(len(times), rows, min(times, default=None))
