"""A one-time code proves an address once, within a quarter of an hour, in at most five tries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.contacts.models import Identity, Proof
from kesher.contacts.services import PROOF_TRIES, ProofFailed, ask_proof, check_proof


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_that_was_sent_is_good_once(dana: Identity) -> None:
    _row, code = ask_proof(dana, purpose="link")
    assert check_proof(dana, f" {code} ", purpose="link").used_at is not None
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")


def test_five_wrong_tries_end_a_code(dana: Identity) -> None:
    _row, code = ask_proof(dana, purpose="link")
    for _try in range(PROOF_TRIES):
        with pytest.raises(ProofFailed):
            check_proof(dana, other(code), purpose="link")
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")
    assert Proof.objects.get().used_at is None


def test_a_code_is_good_at_the_fifth_try(dana: Identity) -> None:
    _row, code = ask_proof(dana, purpose="link")
    for _try in range(PROOF_TRIES - 1):
        with pytest.raises(ProofFailed):
            check_proof(dana, other(code), purpose="link")
    assert check_proof(dana, code, purpose="link")


def test_a_code_ends_by_itself(dana: Identity) -> None:
    row, code = ask_proof(dana, purpose="link")
    Proof.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose="link")


def test_a_new_code_ends_the_older_one(dana: Identity) -> None:
    _row, first = ask_proof(dana, purpose="link")
    _row, second = ask_proof(dana, purpose="link")
    if first != second:
        with pytest.raises(ProofFailed):
            check_proof(dana, first, purpose="link")
    assert check_proof(dana, second, purpose="link")


@pytest.mark.parametrize(("purpose", "subject"), [("sign", "48213"), ("link", "1"), ("unsign", "")])
def test_a_code_is_good_for_what_it_was_asked_for(dana: Identity, purpose: str, subject: str) -> None:
    _row, code = ask_proof(dana, purpose="link", subject="48213")
    with pytest.raises(ProofFailed):
        check_proof(dana, code, purpose=purpose, subject=subject)


def test_a_code_is_good_for_its_address_only(dana: Identity, omar: Identity) -> None:
    _row, code = ask_proof(dana, purpose="link")
    with pytest.raises(ProofFailed):
        check_proof(omar, code, purpose="link")


def test_the_code_itself_is_not_kept(dana: Identity) -> None:
    row, code = ask_proof(dana, purpose="link")
    assert code not in str(Proof.objects.filter(pk=row.pk).values().get())
