"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from kesher.core.ui.form_fields import DayField, MomentField


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_a_date_is_read_day_first_in_every_language(lang: str) -> None:
    with translation.override(lang):
        for text in ("05/11/2026", "5.11.2026", "2026-11-05"):
            assert forms.DateField().clean(text) == date(2026, 11, 5)


@pytest.mark.parametrize("year", ["0001", "1899", "2101", "9999"])
def test_a_year_that_cannot_be_counted_with_is_refused(year: str) -> None:
    for field in (DayField(), MomentField()):
        with pytest.raises(ValidationError, match="1900"):
            field.clean(f"{year}-12-31")


def test_the_first_and_last_year_can_be_counted_with() -> None:
    assert [DayField().clean(day).year for day in ("1900-01-01", "2100-12-31")] == [1900, 2100]
    assert [MomentField().clean(f"{day}T00:00").year for day in ("1900-01-01", "2100-12-31")] == [1900, 2100]
