"""The agency's list of streets, areas and landmarks: import, export, search, form."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kesher.agencies.models import Agency, Place, Staff
from kesher.agencies.place_files import read_places, write_places
from kesher.agencies.services import import_places, save_place, staff_actor
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.core.models import Audit

FILE = "code\tkind\the\ten\tother_en\nherzl\tstreet\tהרצל\tHerzl\tHerzel|Hertzl\noaks\tarea\tרמת האלון\tOak Heights\t\n"
URL = "/desk/places/import/"


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("places.tsv", text.encode(), content_type="text/tab-separated-values")


def test_a_file_is_shown_first_and_stored_once_it_was_confirmed(city: Agency, miriams: Client) -> None:
    shown = miriams.post(URL, {"file": upload(FILE)})
    assert (shown.status_code, len(shown.context["changes"].new), Place.objects.count()) == (200, 2, 0)
    assert miriams.post(URL, {"text": shown.context["text"], "store": "yes"}).status_code == 302
    herzl = Place.objects.get(code="herzl")
    assert (herzl.kind, herzl.names["en"], herzl.other_names) == ("street", "Herzl", {"en": ["Herzel", "Hertzl"]})
    assert Audit.objects.get(operation="agencies.import_places").data == {"new": 2, "changed": 0}


def test_nothing_is_stored_of_a_file_with_an_error(city: Agency, miriams: Client) -> None:
    wrong = FILE + "herzl\tstreet\tהרצל\n\nsea\triver\t\n"
    answer = miriams.post(URL, {"text": wrong, "store": "yes"})
    assert answer.status_code == 422
    assert [line for line, _words in answer.context["errors"]] == [4, 6, 6]
    assert (Place.objects.count(), Audit.objects.filter(operation="agencies.import_places").count()) == (0, 0)
    with pytest.raises(Refused):
        import_places(read_places(wrong), by=SYSTEM)


@pytest.mark.parametrize(
    "text", ["", "code,kind,river\n", "kind,he\nstreet,הרצל\n", "code,code,kind\n", "code,kind,he\na b,street,הרצל\n"]
)
def test_a_file_that_cannot_be_read_has_an_error_with_its_line(city: Agency, text: str) -> None:
    assert read_places(text).errors


def test_a_second_import_changes_what_differs_and_leaves_the_rest(city: Agency) -> None:
    import_places(read_places(FILE), by=SYSTEM)
    before = Place.objects.get(code="oaks").changed_at
    done = import_places(read_places("code,kind,he\nherzl,street,הרצל פינה\n"), by=SYSTEM)
    assert (len(done.new), len(done.changed), Place.objects.count()) == (0, 1, 2)
    assert Place.objects.get(code="oaks").changed_at == before < Place.objects.get(code="herzl").changed_at


def test_an_export_is_read_back_the_same_and_runs_no_formula(city: Agency, miriams: Client) -> None:
    save_place(None, by=SYSTEM, code="odd", kind="landmark", names={"he": "=1+1"}, other_names={})
    import_places(read_places(FILE), by=SYSTEM)
    text = miriams.get("/desk/places/export.csv").content.decode()
    assert "'=1+1" in text
    found = read_places(text)
    assert not found.errors
    assert import_places(found, by=SYSTEM).same == 3
    assert write_places(Place.objects.order_by("-kind", "code")) == text.removeprefix("\ufeff")


def test_a_place_is_added_changed_found_and_removed(city: Agency, miriams: Client) -> None:
    given = {"name_he": "הרצל", "name_en": "Herzl", "kind": "street", "other_en": "Herzel, Hertzl"}
    assert miriams.post("/desk/places/new/", given).status_code == 302
    place = Place.objects.get(code="herzl")
    miriams.post("/desk/places/herzl/", {**given, "kind": "area"})
    assert list(miriams.get("/desk/places/?q=hertzl").context["places"]) == [place]
    assert not miriams.get("/desk/places/?q=bialik").context["places"]
    place.refresh_from_db()
    assert place.kind == "area"
    miriams.post("/desk/places/herzl/remove/")
    assert not Place.objects.exists()
    names = Audit.objects.filter(operation__endswith="_place").values_list("operation", flat=True)
    assert sorted(names) == ["agencies.remove_place", "agencies.save_place", "agencies.save_place"]


def test_two_places_cannot_have_one_code(city: Agency, miriams: Client, miriam: Staff) -> None:
    save_place(None, by=staff_actor(miriam), code="herzl", kind="street", names={"he": "הרצל"}, other_names={})
    answer = miriams.post("/desk/places/new/", {"name_he": "אחר", "kind": "street", "code": "herzl"})
    assert (answer.status_code, Place.objects.count()) == (422, 1)
    assert miriams.post("/desk/places/new/", {"name_he": "אחר", "kind": "street", "code": "new"}).status_code == 422


def test_no_clerk_and_no_other_body_changes_places(
    city: Agency, town: Agency, ruths: Client, sashas: Client, miriams: Client
) -> None:
    for browser in (ruths, sashas):
        assert browser.post(URL, {"text": FILE, "store": "yes"}).status_code == 403
        assert browser.post("/desk/places/new/", {"name_he": "הרצל", "kind": "street"}).status_code == 403
    with scope(town):
        save_place(None, by=SYSTEM, code="theirs", kind="street", names={"he": "שלהם"}, other_names={})
    assert miriams.get("/desk/places/theirs/").status_code == 404
    assert not Place.objects.exists()
