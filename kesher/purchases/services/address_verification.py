"""Send and check the codes that prove the address of a person who joins, sells or organises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypedDict
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.contacts import services as contacts
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import WrongCode, effective_time, get_or_create_identity, prove_identity
from kesher.conversations.services import send_code
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.purchases.models import Purchase
from kesher.purchases.services.pledge_journal import JOIN, person_actor

SHORT = {"q": "quantity", "t": "tolerance", "p": "point", "wt": "wait", "o": "offer"}  # the parameters of a link
WHY = {  # what the code of each request confirms
    "interest": gettext_lazy('to say that "%(title)s" interests you'),
    "pledge": gettext_lazy('to join the purchase "%(title)s"'),
    "give_up": gettext_lazy('to give up your part in "%(title)s"'),
    "mine": gettext_lazy('to see your part in "%(title)s"'),
    "offer": gettext_lazy('to make an offer for "%(title)s"'),
    "unoffer": gettext_lazy('to take back your offer for "%(title)s"'),
    "start": gettext_lazy("to organise a group purchase"),
}
LINKED = ("interest", "pledge", "start", "offer")  # requests whose message has a link to confirm
PLEDGE_FIELDS = ("quantity", "tolerance", "point", "wait")


class PledgeFields(TypedDict):
    """The fields of a pledge, as `pledge_units` takes them."""

    quantity: int
    tolerance: int
    point: int
    wait: bool


def pledge_fields(given: Mapping[str, Any]) -> PledgeFields:
    """Return the fields of a pledge, as a link, a cookie or a program gives them, for `pledge_units`."""
    quantity, tolerance, point = (read_whole_number(given.get(name)) for name in PLEDGE_FIELDS[:3])
    return {"quantity": quantity, "tolerance": tolerance, "point": point, "wait": bool(given.get("wait"))}


def read_whole_number(value: Any) -> int:
    """Return the whole number in a value from a link; 0 where it is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def level_of_code(identity: Identity) -> int:
    """Return the assurance level that a code proves: 2 for a phone, 1 for an e-mail address."""
    return 2 if identity.scheme == "tel" else 1


def identity_of(call: Call) -> Identity:
    """Return the identity of the caller; a new address is stored as an unproved one."""
    if call.identity is not None:
        return call.identity
    assert call.address is not None
    return get_or_create_identity(call.address, language=call.lang)


@transaction.atomic
def request_code(purchase: Purchase, wish: str, call: Call, *, known: Mapping[str, Any] | None = None) -> Identity:
    """Send a code for a request that is stored only when it comes back: give_up, mine, offer, unoffer, start.

    ``known``: the fields of the request, which travel in the link. The answer is the same for everybody. Raise Refused
    where an organiser gives no phone number.
    """
    identity = identity_of(call)
    if wish == "start" and level_of_code(identity) < 2:
        raise Refused(_("Whoever organises a purchase must prove a phone number with a code."), code="proof")
    send_join_code(purchase, wish, identity, call, known=known)
    return identity


def send_join_code(
    purchase: Purchase,
    wish: str,
    identity: Identity,
    call: Call,
    *,
    known: Mapping[str, Any] | None = None,
    receipt: str = "",
) -> None:
    """Send a code with a link for a request; the link carries the code, the fields and the receipt."""
    given = known or {}
    fields = {short: value for short, name in SHORT.items() if (value := given.get(name))}
    query = {"w": wish, "code": "CODE", **fields, **({"r": receipt} if receipt else {})}
    path = reverse("purchases:confirm", args=[purchase.code])
    link = f"{absolute(path)}?{urlencode(query)}" if wish in LINKED else ""
    subject, wanted = f"{purchase.code}:{wish}", confirmed_wish(given)
    send_code(
        identity,
        purpose=JOIN,
        why=WHY[wish],
        title=lambda: purchase.title if purchase.is_public else purchase.code,
        subject=subject,
        lang=call.lang,
        link=link,
        wish=wanted,
    )


def confirmed_wish(known: Mapping[str, Any]) -> dict[str, object]:
    """Return the fields of a pledge to which its confirmation code is bound."""
    said: dict[str, object] = {name: str(known.get(name) or "") for name in ("quantity", "tolerance", "point")}
    return {**{name: value for name, value in said.items() if value != "0"}, "wait": bool(known.get("wait"))}


@contextmanager
def prove_by_code(
    purchase: Purchase, wish: str, call: Call, code: str, known: Mapping[str, Any] | None = None
) -> Iterator[Call]:
    """Prove a caller's address by the code that came back; yield their call, now proved.

    In the block the request counts as of when the code was asked for, if the fields ``known`` are still the same. Raise
    WrongCode, also for an unknown address. Call this before the transaction of the request: a wrong try stays counted
    though it is refused.
    """
    identity = call.identity
    if identity is None:
        raise WrongCode
    proof = contacts.use_code(identity, code, purpose=JOIN, subject=f"{purchase.code}:{wish}")
    prove_identity(
        identity,
        level=level_of_code(identity),
        evidence={"code_for": purchase.code},
        by=person_actor(identity, call.door),
    )
    with arrival(effective_time(proof, code, confirmed_wish(known or {}))):
        yield replace(call, level=identity.assurance, confirmed=True)
