"""Every table with personal data is exported and erased on request."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from kesher.agencies.models import Agency
from kesher.contacts.privacy_registry import sorted_holdings

# A row with a foreign key to one of these is about a person.
PEOPLE = {
    "contacts.contact",
    "contacts.identity",
    "conversations.conversation",
    "conversations.message",
    "cases.case",
    "participation.participation",
}
# Tables with references to people that are no holding, each with the reason.
ELSEWHERE: dict[str, str] = {
    "cases.caseevent": "what staff did, by states and numbers; no word of the person",
    "conversations.message_attachments": "which file belongs to which message; the files are emptied",
    "participation.countdelta": "a count that the worker gathers within seconds; it names the row until then",
    "participation.participation": "held by itself; it points at what it was superseded by",
    "petitions.milestone": "what the body promised",
}


def about_people(model: type[models.Model]) -> bool:
    keys = [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]
    return any(key.related_model._meta.label_lower in PEOPLE for key in keys)


def held() -> set[str]:
    return {table for holding in sorted_holdings() for table in holding.tables}


def test_every_table_with_a_person_in_it_is_held_or_has_a_reason() -> None:
    found = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("kesher.") and not model._meta.proxy and about_people(model)
    }
    assert found - held() - set(ELSEWHERE) == set()


def test_what_is_held_exists_with_all_its_columns(city: Agency) -> None:
    for holding in sorted_holdings():
        for table in holding.tables:
            assert apps.get_model(table)
        model = holding.rows([]).model
        for path in holding.fields:
            try:
                model._meta.get_field(path.partition("__")[0])
            except FieldDoesNotExist:
                raise AssertionError(f"{holding.name} has no {path}") from None


def test_what_stays_after_an_erasure_has_a_reason() -> None:
    """A holding that erases nothing gives the reason."""
    silent = [one.name for one in sorted_holdings() if one.erase.__name__ == "erase_nothing" and not one.keeps]
    assert silent == ["routes"]  # closed with the messages
