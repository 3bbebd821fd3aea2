"""Votes that wait for a confirmation code: kept in a signed link and a signed cookie, not in the database.

The server stores nothing of it, and acts the same whether or not the address had voted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.accounts.recent_verification import Memory
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contests.deep_links import VOTE_SALT
from kesher.contests.models import Contest, Round
from kesher.core.contact_address import Address
from kesher.verbs.pending_code import set_cookie

VOTER = "kesher.contests.voter"
BACK = "kesher.contests.back"
SECONDS = 3600


@dataclass(frozen=True, slots=True)
class PendingVote:
    """A vote that was chosen and is not confirmed.

    ``address`` is None where it is not known, and the page asks. ``linked``: a link brought the code.
    """

    round_id: int
    numbers: list[int]
    address: Address | None = None
    updates: bool = False
    add: bool = False
    linked: bool = False

    @property
    def hint(self) -> str:
        """Return the voter's address masked; "" for a vote from a link, which may have been forwarded."""
        return mask_address(self.address.scheme, self.address.address) if self.address and not self.linked else ""


def find_pending_vote(request: HttpRequest, contest: Contest) -> PendingVote | None:
    """Return the unconfirmed vote in the request's link or this browser's cookie, or None."""
    if "v" in request.GET:
        return pending_vote_of_link(request)
    try:
        data = signing.loads(request.COOKIES.get(cookie_name(contest), ""), salt=VOTE_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    address = Address(data["scheme"], data["address"])
    return PendingVote(data["round"], data["numbers"], address, bool(data["updates"]), bool(data["add"]))


def pending_vote_of_link(request: HttpRequest) -> PendingVote | None:
    """Return the unconfirmed vote in the request's signed link; None if it is not valid."""
    try:
        round_id, numbers, updates, add = signing.loads(request.GET["v"], salt=VOTE_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    key = request.GET.get("i", "")
    row = Identity.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    address = Address(row.scheme, row.address) if row else None
    return PendingVote(round_id, numbers, address, bool(updates), bool(add), linked=address is not None)


def remember_vote(
    response: HttpResponse, round: Round, numbers: Sequence[int], address: Address, *, updates: bool, add: bool = False
) -> None:
    """Set a cookie for an hour with the chosen numbers and the address, until the code comes back."""
    data: dict[str, Any] = {
        "round": round.pk,
        "numbers": list(numbers),
        "scheme": address.scheme,
        "address": address.address,
        "updates": updates,
        "add": add,
    }
    value = signing.dumps(data, salt=VOTE_SALT, compress=True)
    set_cookie(response, cookie_name(round.contest), value, round.contest.get_absolute_url(), SECONDS)


def forget_vote(response: HttpResponse, contest: Contest) -> None:
    """Delete the cookie that holds an unconfirmed vote in this contest."""
    response.delete_cookie(cookie_name(contest), path=contest.get_absolute_url(), samesite="Lax")


def voter_memory(contest: Contest) -> Memory:
    """Return the handler of the cookie that remembers a proved voter of this contest for an hour.

    For an hour it may vote here, and change that vote, without another code.
    """
    return Memory(f"voter-{contest.code}", path=contest.get_absolute_url(), seconds=SECONDS, salt=VOTER)


def remember_address(response: HttpResponse, contest: Contest, address: Address) -> None:
    """Set a cookie for an hour with the address that was sent a code for a withdrawal."""
    data = signing.dumps([address.scheme, address.address], salt=BACK)
    set_cookie(response, f"back-{contest.code}", data, contest.get_absolute_url(), SECONDS)


def find_remembered_address(request: HttpRequest, contest: Contest) -> Address | None:
    """Return the address that `remember_address` stored, or None."""
    try:
        data = signing.loads(request.COOKIES.get(f"back-{contest.code}", ""), salt=BACK, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return Address(*data)


def cookie_name(contest: Contest) -> str:
    """Return the name of the cookie that holds an unconfirmed vote in this contest."""
    return f"vote-{contest.code}"
