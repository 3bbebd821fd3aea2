"""A code that was typed wrong names nothing, rather than something else."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.participation.check_digit_codes import QUASIGROUP, check_digit, is_valid, new_code
from kesher.participation.services import actions, create_action

CODES = st.from_regex(r"[1-9][0-9]{2,6}", fullmatch=True).map(lambda body: body + check_digit(body))


@given(CODES)
def test_every_single_slip_is_caught(code: str) -> None:
    for place, right in enumerate(code):
        for wrong in set("0123456789") - {right}:
            assert not is_valid(code[:place] + wrong + code[place + 1 :])


@given(CODES)
def test_every_swap_of_neighbours_is_caught(code: str) -> None:
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or not is_valid(swapped)


@given(CODES)
def test_a_code_is_valid(code: str) -> None:
    assert is_valid(code)


def test_the_table_is_a_totally_antisymmetric_quasigroup() -> None:
    """What Damm's algorithm rests on: Latin rows and columns, zeros on the diagonal, no pair that may be swapped."""
    table = [[int(digit) for digit in row] for row in QUASIGROUP]
    ten = range(10)
    assert all(sorted(row) == list(ten) for row in table)
    assert all(sorted(row[column] for row in table) == list(ten) for column in ten)
    assert all(table[digit][digit] == 0 for digit in ten)
    assert not any(table[table[c][x]][y] == table[table[c][y]][x] for c in ten for x in ten for y in ten if x != y)


@pytest.mark.parametrize("text", ["", "0", "7", "4821x", "48 21", "-4821"])
def test_what_is_no_code_is_not_valid(text: str) -> None:
    assert not is_valid(text)


def test_a_new_code_is_five_digits_and_begins_with_no_zero() -> None:
    made = {new_code() for _ in range(300)}
    assert all(is_valid(code) and len(code) == 5 and code[0] != "0" for code in made)
    assert len(made) > 250


def test_a_code_of_an_example_is_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = iter("490193")  # after a 6: 64906, an example; then 6193 and its check digit
    monkeypatch.setattr("secrets.randbelow", lambda _most: 5)
    monkeypatch.setattr("secrets.choice", lambda _digits: next(digits))
    assert new_code() == "6193" + check_digit("6193")


def test_a_code_that_is_taken_is_not_drawn_again(city: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = create_action(city.pk, "petition").code, new_code(7)
    monkeypatch.setattr(actions, "new_code", lambda length: taken if length == 5 else free)
    assert create_action(city.pk, "petition").code == free  # short codes that have run out make way for longer ones


def test_two_who_draw_one_code_in_the_same_moment_both_begin(city: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = create_action(city.pk, "petition").code, new_code(7)
    monkeypatch.setattr(actions, "new_code", lambda length: taken if length == 5 else free)
    monkeypatch.setattr(QuerySet, "exists", lambda _rows: False)  # the other one is not seen yet
    assert create_action(city.pk, "petition").code == free


def test_a_code_is_given_once_in_an_agency_and_again_in_another(city: Agency, town: Agency) -> None:
    create_action(city.pk, "petition", code="48213")
    with pytest.raises(IntegrityError), transaction.atomic():
        create_action(city.pk, "contest", code="48213")
    with scope(town):
        assert create_action(town.pk, "petition", code="48213").code == "48213"
