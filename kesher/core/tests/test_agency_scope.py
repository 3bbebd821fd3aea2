"""Whose data is this: held for every table and every key, also those that come later."""

from __future__ import annotations

from contextvars import Context
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.core.db.agency_scope import (
    ScopedManager,
    ScopedQuerySet,
    ScopeMissing,
    WrongAgency,
    current_agency_id,
    everywhere,
    scope,
    scoped_agency_id,
)
from kesher.core.models import Attachment
from kesher.core.tests.each import each
from kesher.core.tests.rows import row, saved, scoped_models, scoped_pairs

PAIRS = each("model,name,target", scoped_pairs())
# Unique by the number of something that belongs to one agency, where a foreign key would cost an index more.
WITHIN = {
    "participant_name_once": "an expression, which names its agency",
    "posting_once": "a word",
    "choice_rank_once": "a slip, drawn for the whole world",
}
TABLES = each("model", scoped_models())


@PAIRS
def test_a_new_row_may_not_point_to_a_row_of_another_agency(
    city: models.Model, town: models.Model, model: Any, name: str, target: Any
) -> None:
    theirs = saved(target, town)
    for key in ({name: theirs}, {f"{name}_id": theirs.pk}):
        with pytest.raises(WrongAgency):
            model(agency_id=city.pk, **key).save()
    assert not model.objects.filter(**{f"{name}_id": theirs.pk}).exists()


@PAIRS
def test_a_row_may_not_be_turned_to_a_row_of_another_agency(
    city: models.Model, town: models.Model, model: Any, name: str, target: Any
) -> None:
    theirs = saved(target, town)
    ours = model.objects.first() or saved(model, city)  # a table may have one row an agency
    before = getattr(ours, f"{name}_id")
    fresh = model.objects.get(pk=ours.pk)
    setattr(fresh, f"{name}_id", theirs.pk)
    for write in (
        fresh.save,
        lambda: fresh.save(update_fields=[name]),
        lambda: model.objects.filter(pk=ours.pk).update(**{name: theirs}),
        lambda: model.objects.filter(pk=ours.pk).update(**{f"{name}_id": theirs.pk}),
    ):
        with pytest.raises(WrongAgency):
            write()
    assert getattr(model.objects.get(pk=ours.pk), f"{name}_id") == before


@PAIRS
def test_many_rows_at_once_are_checked_like_one(
    city: models.Model, town: models.Model, model: Any, name: str, target: Any
) -> None:
    theirs = saved(target, town)
    count = model.objects.count()
    with pytest.raises(WrongAgency):
        model.objects.bulk_create([model(agency_id=city.pk, **{name: theirs})])
    assert model.objects.count() == count


@TABLES
def test_a_table_is_neither_read_nor_written_outside_a_scope(city: models.Model, model: Any) -> None:
    ours = saved(model, city)
    rows = model.objects.filter(pk=ours.pk)
    reads = (model.objects.count, model._base_manager.count, ours.refresh_from_db)
    writes = (ours.save, ours.delete, lambda: rows.update(agency_id=city.pk), lambda: model.objects.bulk_create([ours]))
    for attempt in (*reads, *writes):
        with pytest.raises((ScopeMissing, WrongAgency)):
            Context().run(attempt)  # an empty context: no scope was ever opened in it


@TABLES
def test_a_row_of_another_agency_is_neither_found_nor_written(
    city: models.Model, town: models.Model, model: Any
) -> None:
    theirs = saved(model, town)
    assert not model.objects.filter(pk=theirs.pk).exists()
    with pytest.raises(ObjectDoesNotExist):
        theirs.refresh_from_db()
    for write in (theirs.save, theirs.delete, lambda: theirs.save(update_fields=["agency_id"])):
        with pytest.raises(WrongAgency):
            write()
    assert model.objects.filter(pk=theirs.pk).update(agency_id=city.pk) == 0
    with scope(town):
        assert model.objects.filter(pk=theirs.pk).exists()


@TABLES
def test_a_row_does_not_move_to_another_agency(city: models.Model, town: models.Model, model: Any) -> None:
    ours = saved(model, city)
    with pytest.raises(WrongAgency):
        model.objects.filter(pk=ours.pk).update(agency_id=town.pk)
    with scope(town):
        assert not model.objects.filter(pk=ours.pk).exists()


@TABLES
def test_every_way_to_a_table_goes_through_the_scope(model: Any) -> None:
    for manager in (model._base_manager, model._default_manager):
        assert isinstance(manager, ScopedManager)
        assert issubclass(manager._queryset_class, ScopedQuerySet)


@TABLES
def test_what_is_unique_is_unique_within_an_agency(model: Any) -> None:
    """Names that nobody can guess are the exception: a token is drawn for the whole world."""
    scoped = {field.name for field in model._meta.concrete_fields if is_scoped(field)} | {"agency", "agency_id"}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            within = scoped & set(constraint.fields) or constraint.name in WITHIN
            assert within, f"{constraint.name} is unique over all agencies"
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key and not is_scoped(field):
            assert callable(field.default), f"{model.__name__}.{field.name} is unique over all agencies"


def is_scoped(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.ForeignKey) and hasattr(field.related_model, "check_scope")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(st.sampled_from(["city", "town", "all"]), max_size=6))
def test_scopes_nest_and_end_where_they_began(city: models.Model, town: models.Model, path: list[str]) -> None:
    before = current_agency_id()
    walk(path, {"city": city, "town": town})
    assert current_agency_id() == before


def walk(path: list[str], agencies: dict[str, models.Model]) -> None:
    """Opens one scope in another; in each, a row is written and only its own agency's rows are seen."""
    if scoped_agency_id() is not None:
        made = saved_here()
        assert Attachment.objects.get(pk=made.pk) == made
        assert {other.agency_id for other in Attachment.objects.all()} == {scoped_agency_id()}
    if path:
        first, *rest = path
        with everywhere("a test") if first == "all" else scope(agencies[first]):
            assert scoped_agency_id() == (None if first == "all" else agencies[first].pk)
            walk(rest, agencies)


def saved_here() -> Attachment:
    made = Attachment(name="a")
    made.save()
    return made


def test_a_row_takes_the_agency_of_its_scope(city: models.Model) -> None:
    assert saved_here().agency_id == city.pk


def test_all_agencies_at_once_are_read_and_are_nobodys(city: models.Model, town: models.Model) -> None:
    saved(Attachment, city)
    saved(Attachment, town)
    with everywhere("a test"):
        assert Attachment.objects.count() == 2
        with pytest.raises(ScopeMissing):
            saved_here()


def test_a_scope_ends_with_an_error(city: models.Model, town: models.Model) -> None:
    with pytest.raises(ValueError, match="inside"), scope(town):
        raise ValueError("inside")
    assert current_agency_id() == city.pk


def test_a_row_unsaved_is_checked_by_what_it_points_to(city: models.Model) -> None:
    made = row(Attachment, city)
    made.check_scope()
    assert made.agency_id == city.pk
