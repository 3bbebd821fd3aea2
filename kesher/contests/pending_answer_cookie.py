"""Signed cookie that keeps a visitor's answers to a vote until their address is proved.

The server stores nothing of them before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.contests.ballot_codec import Answer, parse_answers
from kesher.contests.models import Round
from kesher.core.http.arrival_time import arrived_at
from kesher.core.http.client_ip import ip_of
from kesher.verbs.pending_code import set_cookie

SALT, PAIR = "kesher.contests.kept", "kesher.contests.pair"
SECONDS = 24 * 3600
MOST = 300  # a cookie holds no more


def waiting_answers(request: HttpRequest, round: Round) -> list[Answer]:
    """Return the answers of this browser's cookie for this round, which are not counted yet."""
    return parse_answers(open_answer_cookie(request, round)[0].split())


def last_answered_at(request: HttpRequest, round: Round) -> datetime | None:
    """Return when this browser's last answer reached us; None without answers or without a time."""
    at = open_answer_cookie(request, round)[1]
    return datetime.fromtimestamp(at, UTC) if at else None


def open_answer_cookie(request: HttpRequest, round: Round) -> tuple[str, float]:
    """Return (the answers as words, Unix time of the last one) from the cookie; ("", 0) if invalid."""
    try:
        stored = signing.loads(request.COOKIES.get(answer_cookie_name(round), ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return "", 0
    return (stored, 0) if isinstance(stored, str) else (str(stored[0]), float(stored[1]))


def keep_answers(response: HttpResponse, round: Round, answers: Sequence[Answer]) -> None:
    """Set the signed cookie that holds this browser's newest answers in the round, and the time."""
    words = " ".join(str(answer) for answer in parse_answers([str(answer) for answer in answers])[-MOST:])
    value = signing.dumps([words, arrived_at().timestamp()], salt=SALT, compress=True)
    set_cookie(response, answer_cookie_name(round), value, round.contest.get_absolute_url(), SECONDS)


def forget_answers(response: HttpResponse, round: Round) -> None:
    """Delete the cookie that holds this browser's uncounted answers in the round."""
    response.delete_cookie(answer_cookie_name(round), path=round.contest.get_absolute_url(), samesite="Lax")


def answer_cookie_name(round: Round) -> str:
    """Return the name of the cookie that holds a browser's uncounted answers in this round."""
    return f"answers-{round.pk}"


def hash_visitor(request: HttpRequest, round: Round) -> str:
    """Return a hash that tells anonymous visitors of this round apart; it is stored nowhere.

    It gives each visitor an order of their own.
    """
    about = f"{round.seed}:{ip_of(request)}:{request.META.get('HTTP_USER_AGENT', '')}"
    return sha256(about.encode()).hexdigest()


def seal_pair(round: Round, one: int, other: int) -> str:
    """Return two proposal numbers as a signed token, so that voters cannot choose which pair they compare."""
    return signing.dumps([round.pk, one, other], salt=PAIR)


def open_pair(round: Round, value: str) -> tuple[int, int] | None:
    """Return the two proposal numbers in a signed pair token of this round; None if it is not valid."""
    try:
        round_pk, one, other = signing.loads(value, salt=PAIR, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return (one, other) if round_pk == round.pk else None
