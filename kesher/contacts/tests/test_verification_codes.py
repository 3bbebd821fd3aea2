"""A one-time code proves an address once, within a quarter of an hour, in at most five tries from one place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.contacts.models import Identity, Proof
from kesher.contacts.services import (
    PROOF_TRIES,
    ProofFailed,
    check_proof,
    create_code,
    find_proof,
    forget_wishes,
    set_status,
)
from kesher.contacts.services.verification_codes import count_try
from kesher.core.audit import SYSTEM
from kesher.core.http.client_ip import caused_by


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_that_was_sent_is_good_once(dana: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    assert check_proof(dana, f" {code} ", purpose="link").used_at is not None
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")


def test_five_wrong_tries_end_a_code(dana: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    for _try in range(PROOF_TRIES):
        with pytest.raises(ProofFailed):
            check_proof(dana, other(code), purpose="link")
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")
    assert Proof.objects.get().used_at is None


def test_a_right_code_is_not_compared_after_five_tries_at_the_same_time(
    dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    _row, code = create_code(dana, purpose="link")

    def count_and_wait(proof: Proof) -> bool:
        """The others' tries are counted between the reading of the row and the counting of ours."""
        Proof.objects.filter(pk=proof.pk).update(tries=PROOF_TRIES)
        return count_try(proof)

    monkeypatch.setattr("kesher.contacts.services.verification_codes.count_try", count_and_wait)
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")
    assert Proof.objects.get().used_at is None


def test_a_person_who_was_blocked_since_confirms_nothing(dana: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    set_status(dana.contact, "blocked", by=SYSTEM)
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")
    set_status(dana.contact, "active", by=SYSTEM)
    assert check_proof(dana, code, purpose="link")


def test_a_right_try_leaves_no_count(dana: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    for _look in range(2 * PROOF_TRIES):
        assert find_proof(dana, code, purpose="link").used_at is None
    assert Proof.objects.get().tries == 0


def test_a_stranger_ends_nobody_elses_code_neither_by_wrong_tries_nor_by_asking(dana: Identity) -> None:
    with caused_by("203.0.113.0/24"):
        _row, code = create_code(dana, purpose="sign")
    for n in range(3 * PROOF_TRIES):
        with caused_by(f"198.51.{n}.0/24"), pytest.raises(ProofFailed):
            check_proof(dana, other(code), purpose="sign")
    with caused_by("198.51.100.0/24"):
        create_code(dana, purpose="sign")
        with pytest.raises(ProofFailed):
            check_proof(dana, code, purpose="sign")  # all that strangers may try was tried
    with caused_by("203.0.113.0/24"):
        assert check_proof(dana, code, purpose="sign")
    assert [(row.tries, row.tries_elsewhere, bool(row.used_at)) for row in Proof.objects.order_by("id")] == [
        (0, PROOF_TRIES, True),
        (1, 0, False),
    ]


def test_where_a_code_was_asked_for_is_not_kept(dana: Identity) -> None:
    with caused_by("203.0.113.0/24"):
        create_code(dana, purpose="sign")
    assert forget_wishes() == 0
    Proof.objects.update(expires=timezone.now() - timedelta(hours=2))
    assert (forget_wishes(), Proof.objects.get().network) == (1, "")


def test_a_code_is_good_at_the_fifth_try(dana: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    for _try in range(PROOF_TRIES - 1):
        with pytest.raises(ProofFailed):
            check_proof(dana, other(code), purpose="link")
    assert check_proof(dana, code, purpose="link")


def test_a_code_ends_by_itself(dana: Identity) -> None:
    row, code = create_code(dana, purpose="link")
    Proof.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")


def test_a_new_code_ends_the_older_one(dana: Identity) -> None:
    _row, first = create_code(dana, purpose="link")
    _row, second = create_code(dana, purpose="link")
    if first != second:
        with pytest.raises(ProofFailed):
            check_proof(dana, first, purpose="link")
    assert check_proof(dana, second, purpose="link")


@pytest.mark.parametrize(("purpose", "subject"), [("sign", "48213"), ("link", "1"), ("unsign", "")])
def test_a_code_is_good_for_what_it_was_asked_for(dana: Identity, purpose: str, subject: str) -> None:
    _row, code = create_code(dana, purpose="link", subject="48213")
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose=purpose, subject=subject)


def test_a_code_is_good_for_its_address_only(dana: Identity, omar: Identity) -> None:
    _row, code = create_code(dana, purpose="link")
    with pytest.raises(ProofFailed):
        check_proof(omar, code, purpose="link")


def test_the_code_itself_is_not_kept(dana: Identity) -> None:
    row, code = create_code(dana, purpose="link")
    assert code not in str(Proof.objects.filter(pk=row.pk).values().get())
