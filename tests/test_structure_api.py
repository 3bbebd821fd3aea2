"""Every operation of the API is described, with an example of its body."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from kesher.core.api.api_operations import DescribedUrl, Operation, list_operations
from tests.suggestions.verbs import SUGGEST


def operations() -> Iterator[tuple[DescribedUrl, Operation]]:
    return ((url, one) for url in list_operations() for one in url.operations)


def with_body() -> list[tuple[str, Operation]]:
    return [(f"{one.method} {url.route}", one) for url, one in operations() if one.has_body]


def test_every_url_of_the_api_is_described() -> None:
    assert not [url.route for url in list_operations() if not url.operations]


@pytest.mark.parametrize(("name", "operation"), with_body(), ids=[name for name, _one in with_body()])
def test_an_example_has_what_is_required_and_nothing_else(name: str, operation: Operation) -> None:
    fields = operation.declared_fields()
    required = {name for name, field in fields.items() if field.required} - set(operation.optional)
    assert required <= set(operation.example) <= set(fields)


def test_a_title_is_a_sentence() -> None:
    with translation.override("en"):
        titles = [str(one.title) for _url, one in operations() if one.title != SUGGEST.title]
    assert len(titles) > 50
    assert not [title for title in titles if not title[0].isupper() or not title.endswith(".")]
