"""How people come to one contest: what to write on any channel, and the links in messages with a code."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contests.models import Contest, Round

VOTE_SALT = "kesher.contests.vote"


def words_for(contest: Contest, verb: str) -> str:
    """Return what to write to us to propose or to vote, in the reader's language."""
    words = _("propose %(code)s") if verb == "propose" else _("vote %(code)s")
    return words % {"code": contest.code}


def link_to_confirm(round: Round, numbers: Sequence[int], *, updates: bool, add: bool = False) -> str:
    """Return the link that confirms a vote.

    It holds the signed choices and nothing that names the voter. ID and CODE in it are replaced when it is sent.
    """
    signed = signing.dumps([round.pk, list(numbers), int(updates), int(add)], salt=VOTE_SALT, compress=True)
    path = reverse("contests:confirm", args=[round.contest.code])
    return absolute(f"{path}?{urlencode({'v': signed, 'i': 'ID', 'code': 'CODE'})}")


def link_to_count(contest: Contest) -> str:
    """Return the link that counts answers. The answers themselves wait in the browser that gave them."""
    query = urlencode({"i": "ID", "code": "CODE"})
    return absolute(f"{reverse('contests:mine-code', args=[contest.code])}?{query}")


def link_to_take_back(contest: Contest) -> str:
    """Return the link that proves an address for taking something back."""
    path = reverse("contests:back-code", args=[contest.code])
    return absolute(f"{path}?{urlencode({'i': 'ID', 'code': 'CODE'})}")
