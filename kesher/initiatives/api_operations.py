"""Describe what the API's operations of all initiatives share: the pages of a list."""

from __future__ import annotations

from typing import TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

PAGE = forms.CharField(label=_("Page, from 1"), required=False)
WORDS = forms.CharField(label=_("Words to search for"), required=False)


class PageLinks(TypedDict):
    """The URLs of this page of a list and of its neighbours."""

    self: str
    prev: str | None
    next: str | None


class ItemLinks(TypedDict):
    """The URLs of one initiative: in the API, and its page."""

    self: str
    page: str


class SelfLink(TypedDict):
    """The URL of the same in the API."""

    self: str


class CodeCount(TypedDict):
    """How many took part, of one part of all."""

    name: str
    code: str
    signature_count: int
