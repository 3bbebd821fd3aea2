"""What to write to us on each channel to propose or to vote, and the links in messages with a code."""

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
    """Return the command to send us to propose or to vote ("vote 123"), in the reader's language."""
    words = _("propose %(code)s") if verb == "propose" else _("vote %(code)s")
    return words % {"code": contest.code}


def link_to_confirm(round: Round, numbers: Sequence[int], *, updates: bool, add: bool = False) -> str:
    """Return the URL that confirms a vote with its signed choices, with placeholders ID and CODE.

    It holds the signed choices and nothing that names the voter. ID and CODE in it are replaced when it is sent.
    """
    signed = signing.dumps([round.pk, list(numbers), int(updates), int(add)], salt=VOTE_SALT, compress=True)
    path = reverse("contests:confirm", args=[round.contest.code])
    return absolute(f"{path}?{urlencode({'v': signed, 'i': 'ID', 'code': 'CODE'})}")


def link_to_count(contest: Contest) -> str:
    """Return the URL at which a code counts this browser's answers, with placeholders ID and CODE."""
    query = urlencode({"i": "ID", "code": "CODE"})
    return absolute(f"{reverse('contests:mine-code', args=[contest.code])}?{query}")


def link_to_take_back(contest: Contest) -> str:
    """Return the URL at which a code proves an address for a withdrawal, with placeholders ID and CODE."""
    path = reverse("contests:back-code", args=[contest.code])
    return absolute(f"{path}?{urlencode({'i': 'ID', 'code': 'CODE'})}")
