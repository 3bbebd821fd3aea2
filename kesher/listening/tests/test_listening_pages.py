"""Pages of listening: clerks read what was heard, managers change watches and sources, the public reads the register."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.core.models import Audit
from kesher.listening import presenters
from kesher.listening.models import Mention, Source, Watch
from kesher.listening.tests.factories import VALUES, a_feed, a_watch, some_mentions

pytestmark = pytest.mark.django_db
WATCHES = "/desk/listening/watches/"


@pytest.fixture
def watch(miriam: Staff) -> Watch:
    """A watch that heard four posts."""
    found = a_watch(miriam)
    some_mentions(a_feed())
    return found


def form(owner: Staff, **changes: Any) -> dict[str, Any]:
    """Return the fields of a watch as they are posted."""
    values = {**VALUES, "name": "מים", "query": "מים -משקה", "owner": owner.pk, "is_active": "on", "action": "save"}
    return {**values, **changes}


def test_a_clerk_reads_what_was_heard_by_filters(watch: Watch, ruths: Client) -> None:
    page = ruths.get("/desk/listening/").content.decode()
    assert page.count('class="card mention"') == 4
    arabic = ruths.get("/desk/listening/?language=ar").content.decode()
    assert ("بلدية" in arabic, "муниципалитету" in arabic) == (True, False)
    assert "הפנס" in ruths.get("/desk/listening/?question=on").content.decode()
    assert "ambulance" in ruths.get("/desk/listening/?urgency=sure").content.decode()


def test_the_page_of_mentions_costs_few_queries(
    watch: Watch, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    ruths.get("/desk/listening/")
    with django_assert_max_num_queries(16):
        ruths.get("/desk/listening/")


def test_a_manager_tries_a_query_and_sees_what_matched(city: Agency, miriam: Staff, miriams: Client) -> None:
    page = miriams.post(WATCHES + "new/", form(miriam, action="try", sample="אין מים ברחוב", name="")).content.decode()
    assert "<mark>מים</mark>" in page
    assert not Watch.objects.exists()
    other = miriams.post(WATCHES + "new/", form(miriam, action="try", sample="משקה")).content.decode()
    assert "<mark>" not in other


def test_a_manager_adds_changes_and_removes_a_watch(city: Agency, miriam: Staff, miriams: Client) -> None:
    miriams.post(WATCHES + "new/", form(miriam))
    watch = Watch.objects.get()
    miriams.post(f"{WATCHES}{watch.pk}/", form(miriam, query="מים OR ביוב"))
    watch.refresh_from_db()
    assert watch.query == "מים OR ביוב"
    miriams.post(f"{WATCHES}{watch.pk}/remove/")
    assert not Watch.objects.exists()
    assert set(Audit.objects.filter(operation__startswith="listening").values_list("operation", flat=True)) == {
        "listening.save_watch",
        "listening.remove_watch",
    }


def test_a_wrong_query_is_shown_with_its_place(city: Agency, miriam: Staff, miriams: Client) -> None:
    answer = miriams.post(WATCHES + "new/", form(miriam, query="מים (ביוב"))
    assert (answer.status_code, "(ביוב" in answer.content.decode()) == (422, True)
    assert not Watch.objects.exists()


def test_a_clerk_may_not_change_a_watch_or_a_source(watch: Watch, ruth: Staff, ruths: Client) -> None:
    source = Source.objects.get()
    for path in (f"{WATCHES}{watch.pk}/remove/", f"/desk/listening/sources/{source.pk}/remove/"):
        assert ruths.post(path).status_code == 403
    assert ruths.post(WATCHES + "new/", form(ruth)).status_code == 403
    assert (Watch.objects.count(), Source.objects.count(), Mention.objects.count()) == (1, 1, 4)


def test_a_manager_adds_a_feed_and_lets_it_be_read_now(city: Agency, miriams: Client) -> None:
    path = "/desk/listening/sources/"
    assert miriams.post(path + "new/feed/", {"name": "חדשות", "url": "ftp://x", "is_active": "on"}).status_code == 422
    miriams.post(path + "new/feed/", {"name": "חדשות", "url": "https://news.example/rss", "is_active": "on"})
    source = Source.objects.get()
    assert miriams.post(f"{path}{source.pk}/fetch/").status_code == 302
    assert miriams.get(path + "new/nothing/").status_code == 404


def test_another_body_sees_nothing_of_it(watch: Watch, sashas: Client) -> None:
    assert sashas.get("/desk/listening/", headers={"host": "town.example"}).content.decode().count("הפנס") == 0
    assert sashas.post(f"{WATCHES}{watch.pk}/remove/", headers={"host": "town.example"}).status_code in (403, 404)
    assert Watch.objects.filter(pk=watch.pk).exists()


def test_everybody_reads_the_register_without_queries_and_names(watch: Watch, client: Client) -> None:
    page = client.get("/watches/").content.decode()
    assert watch.purpose in page
    assert ("מרים" in page, watch.query in page) == (False, False)


def test_pieces_of_a_text_are_the_text() -> None:
    text = "אין מים בעיר"
    for spans in ([], [(4, 7)], [(0, 3), (2, 7)], [(0, len(text))]):
        assert "".join(piece for piece, _matched in presenters.cut_text(text, spans)) == text
