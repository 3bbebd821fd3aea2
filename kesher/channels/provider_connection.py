"""The connection of an account with its provider: credentials, HTTP client, health check and probe, as data.

The connect page is made from what a channel declares in `Connection`. Texts are English and marked by `gettext_noop`;
pages translate them into the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


def gettext_noop(text: str) -> str:
    """Return the text unchanged; the name marks it for translation. Adapters do not import Django."""
    return text


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What an adapter may know of an account, instead of the database row.

    `secrets` are tried in order, so a rotation is: add the new one, wait, remove the old one. `api` replaces the
    provider's base URL in tests and in the simulator.
    """

    key: str
    channel: str
    address: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    token: str = field(default="", repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    api: str = ""
    public_url: str = ""  # the webhook's public URL, for callbacks
    body: Mapping[str, str] = field(default_factory=dict)  # the public body's name by language, its own first
    reachable: frozenset[str] = frozenset()  # "host:port" that the installation permits although it is not public


class ChannelError(Exception):
    """A failed send.

    `permanent`: do not try again. `retry_after`: the wait in seconds that the provider asked for. `unknown`: the
    request left and no answer came, so it may have arrived. `stopped`: the person refuses our messages.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        unknown: bool = False,
        stopped: bool = False,
        code: str = "",
    ) -> None:
        """Store why a send failed; the class describes each flag."""
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.unknown = unknown
        self.stopped = stopped
        self.code = code


class Client(Protocol):
    """An HTTP client with an SSRF guard, the only way to a provider (`kesher.channels.http_client`)."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float = 15.0,  # noqa: ASYNC109 (of one step, and so not asyncio.timeout)
        cap: int = 1_000_000,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request and return (status, lower-case headers, body).

        `url` must be absolute. `timeout` is for each step; `cap` is the largest answer in bytes. Raise ChannelError for
        a refused address, a network error (`unknown` if the request may have left) or an answer larger than the cap.
        """


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an account's health check; `ok` is None if it could not be tried here."""

    name: str
    ok: bool | None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ConnectField:
    """A field of the connect page.

    `name` is "address", "shown_address", "token", "secret" (which signs webhooks), or a setting of the account.
    `pattern` is a regular expression for the whole value, and `wrong` what to say if it does not fit. `prefix` is left
    out of the value. `choices` are (value, label); a `flag` is true or false. A `secret` is never shown again. A
    `destination` says to which server, or as which user, the token is sent: whoever changes it enters the token again.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    pattern: str = ""
    wrong: str = ""
    example: str = ""
    prefix: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    flag: bool = False
    number: bool = False
    rare: bool = False  # folded under "more settings"
    destination: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """What the connect page of a channel says and asks for.

    `steps`: where to find each value at the provider. `generated`: fields that we choose ourselves, at random.
    `webhook`: whether we "set" it by a call, it is to "copy", or there is "none". `webhook_steps`: where to enter it.
    `webhook_proof`: the generated secret to enter there, too ("end": it is the last part of the URL; "field": it has a
    field of its own). `test_hint`: which address a test message may go to. `operator_settings`: settings that no page
    sets, each with the fields for whose values the operator set it; a change of one of them deletes the setting.
    """

    summary: str = ""
    steps: tuple[str, ...] = ()
    fields: tuple[ConnectField, ...] = ()
    generated: tuple[str, ...] = ("secret",)
    secret_is_token: bool = False  # where no other secret is given
    webhook: Literal["set", "copy", "none"] = "none"
    webhook_steps: tuple[str, ...] = ()
    webhook_proof: Literal["", "end", "field"] = ""
    test_hint: str = ""
    operator_settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def label_of(self, name: str) -> str:
        """Return the label of the field with this name, in English; "" if there is none."""
        return next((one.label for one in self.fields if one.name == name), "")


ProbeState = Literal["well", "wrong", "away"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a provider answered to a question about an account.

    `state`: "well", "wrong" (somebody must correct something), or "away" (no answer, so nothing is known). `words` is
    an English text with ``%(name)s`` for each of `values`. `facts` are (English label, value) to show.
    """

    state: ProbeState
    words: str
    values: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """A message template as the provider has it; `state` is a value of `Template.State`."""

    name: str
    language: str
    body: str
    state: str
    reason: str = ""
    purpose: str = "service"


@dataclass(frozen=True, slots=True)
class TemplateListing:
    """The templates that a provider listed; `is_whole` is false if a part of the list is missing or unreadable."""

    templates: tuple[ListedTemplate, ...] = ()
    is_whole: bool = True


WRONG_CREDENTIALS = gettext_noop(
    "The provider does not accept the token or password. Copy it again from the provider's page, and replace it here."
)
UNREACHABLE = gettext_noop("The provider did not answer. This may pass; it is asked again within the hour.")
BUSY = gettext_noop("The provider is busy or down (%(reason)s). This may pass; it is asked again within the hour.")
REFUSED = gettext_noop("The provider refused: %(reason)s")
GUARDED = gettext_noop("Kesher may not connect to this address: %(reason)s")


def failed_probe(error: ChannelError, *, codes: Mapping[str, str] | None = None) -> Probe:
    """Return a failed request as the outcome of a probe; `codes` has the channel's own words for error codes."""
    reason = {"reason": str(error)[:200]}
    if codes and error.code in codes:
        return Probe("wrong", codes[error.code], reason)
    if error.code in ("401", "403"):
        return Probe("wrong", WRONG_CREDENTIALS)
    if error.code == "refused":
        return Probe("wrong", GUARDED, reason)
    if error.code == "network":
        return Probe("away", UNREACHABLE)
    if error.permanent:
        return Probe("wrong", REFUSED, reason)
    return Probe("away", BUSY, reason)
