"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.utils import translation


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_a_date_is_read_day_first_in_every_language(lang: str) -> None:
    with translation.override(lang):
        for text in ("05/11/2026", "5.11.2026", "2026-11-05"):
            assert forms.DateField().clean(text) == date(2026, 11, 5)
