"""The list of people: who stands in it, in which order, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases.desk.navigation import person_url
from kesher.cases.inbox import PAGE, make_listing, parse_cursor
from kesher.cases.tests.factories import a_person, crowd, page_of, waits, writes
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Conversation
from kesher.conversations.services import assign
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope


def names(staff: Staff, tab: str = "waiting", after: str = "") -> list[str]:
    return [row.name for row in make_listing(staff, tab, after).rows]


def test_who_waits_longest_stands_first(whatsapp: Account, ruth: Staff) -> None:
    waits(whatsapp, hours=1, person=a_person("אחרון"))
    waits(whatsapp, hours=5, person=a_person("ראשון"))
    writes(whatsapp, "תודה", person=a_person("לא מחכה"))
    assert names(ruth) == ["ראשון", "אחרון"]


def test_a_row_says_the_persons_words_and_the_case(whatsapp: Account, ruth: Staff) -> None:
    case = waits(whatsapp, "הפנס כבוי")
    row = make_listing(ruth, "waiting").rows[0]
    assert (row.text, row.numbers, row.mark.title, row.wait) == ("הפנס כבוי", (case.number,), "וואטסאפ", "wait")


def test_of_who_wrote_nothing_a_row_says_what_they_reported(whatsapp: Account, ruth: Staff) -> None:
    case = waits(whatsapp, "הפנס כבוי")
    type(case).objects.update(title="פנס כבוי ליד הגן")
    Conversation.objects.update(last_text="שלחנו קוד", last_in_at=None, last_out_at=timezone.now())
    assert make_listing(ruth, "waiting").rows[0].text == "פנס כבוי ליד הגן"


def test_a_wait_beyond_the_standard_is_marked(whatsapp: Account, ruth: Staff) -> None:
    case = waits(whatsapp)
    type(case).objects.update(answer_due=timezone.now() - timedelta(minutes=1))
    assert make_listing(ruth, "waiting").rows[0].wait == "bad"


def test_mine_shows_only_what_is_with_me(whatsapp: Account, ruth: Staff, miriam: Staff) -> None:
    mine, hers = waits(whatsapp, person=a_person("שלי")), waits(whatsapp, person=a_person("שלה"))
    assign(mine.conversation, ruth, expected=None, staff=ruth)
    assign(hers.conversation, miriam, expected=None, staff=ruth)
    assert names(ruth, "mine") == ["שלי"]


def test_pages_follow_one_another_without_gap_or_double(city: Agency, whatsapp: Account, ruth: Staff) -> None:
    crowd(city, whatsapp, people=2 * PAGE + 5, messages=1)
    seen, query = [], ""
    for _page in range(3):
        found = make_listing(ruth, "all", query)
        seen += [row.key for row in found.rows]
        query = found.after.partition("after=")[2].replace("%3A", ":").replace("%2B", "+")
    assert query == ""
    assert len(seen) == len(set(seen)) == 2 * PAGE + 5


def test_people_who_began_to_wait_at_the_same_moment_are_all_shown(
    city: Agency, whatsapp: Account, ruth: Staff
) -> None:
    crowd(city, whatsapp, people=PAGE + 10, messages=1)
    Conversation.objects.update(waiting_since=timezone.now())
    first = make_listing(ruth, "waiting")
    after = first.after.partition("after=")[2].replace("%3A", ":").replace("%2B", "+")
    assert len({row.key for row in (*first.rows, *make_listing(ruth, "waiting", after).rows)}) == PAGE + 10


def test_a_made_up_cursor_shows_the_beginning(whatsapp: Account, ruth: Staff) -> None:
    waits(whatsapp)
    for text in (
        "",
        "x",
        "2026-01-01_5",
        "9999-99-99T99:99:99Z_1",
        "2026-01-01T00:00:00+00:00_x",
        "_",
        "9999-12-31T23:59:59-12:00_1",
        "0001-01-01T00:00:00+12:00_1",
    ):
        assert parse_cursor(text) is None
        assert len(names(ruth, "waiting", text)) == 1


def test_a_merged_person_has_one_row_with_the_cases_of_both(whatsapp: Account, sms: Account, ruth: Staff) -> None:
    kept, absorbed = a_person("נשארת"), a_person("מוזגה")
    one, two = waits(whatsapp, person=kept), waits(sms, person=absorbed)
    merge_contacts(kept, absorbed, reason="code", by=SYSTEM)
    rows = make_listing(ruth, "waiting").rows
    assert [row.name for row in rows] == ["נשארת"]
    assert set(rows[0].numbers) == {one.number, two.number}


def test_a_blocked_sender_waits_in_no_queue(whatsapp: Account, ruths: Client, ruth: Staff) -> None:
    case = waits(whatsapp)
    ruths.post(page_of(case.conversation) + "block/", {"block": "yes", "note": "איומים"})
    assert names(ruth) == []
    assert len(names(ruth, "all")) == 1


def test_nobody_sees_another_agencys_people(whatsapp: Account, town: Agency, sasha: Staff, ruths: Client) -> None:
    with scope(town):
        theirs = waits(open_account("demo", address="d"), person=a_person("תושבת העיירה"))
    assert "תושבת העיירה" not in ruths.get("/desk/?tab=all").content.decode()
    assert ruths.get(page_of(theirs.conversation)).status_code == 404


def test_the_count_stops_at_a_hundred(city: Agency, whatsapp: Account, ruth: Staff) -> None:
    crowd(city, whatsapp, people=330, messages=1)
    assert make_listing(ruth, "all").waiting == "99+"


def test_the_inbox_costs_ten_queries_however_full(
    city: Agency, whatsapp: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    crowd(city, whatsapp, people=300, messages=2)
    for tab in ("waiting", "mine", "all"):
        with django_assert_max_num_queries(10):  # the ninth is of incidents, the tenth the audit
            assert ruths.get(f"/desk/?tab={tab}").status_code == 200


def test_a_live_update_of_the_list_costs_no_more(
    city: Agency, whatsapp: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    crowd(city, whatsapp, people=90, messages=1)
    with django_assert_max_num_queries(8):
        page = ruths.get("/desk/", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert page.count("data-item") == PAGE
    assert "<html" not in page


def test_the_list_counts_no_whole_table(
    city: Agency, whatsapp: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    crowd(city, whatsapp, people=90, messages=1)
    with django_assert_max_num_queries(10) as asked:
        ruths.get("/desk/?tab=all")
    counting = [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]]
    assert all("LIMIT 100" in sql for sql in counting)


def test_empty_tabs_say_what_to_do(ruths: Client, city: Agency) -> None:
    for tab in ("waiting", "mine", "all"):
        assert re.search(r'class="empty"', ruths.get(f"/desk/?tab={tab}").content.decode())


def test_the_bar_counts_who_waits_on_every_page(ruths: Client, whatsapp: Account) -> None:
    url = reverse("cases:waiting")
    assert ruths.get(url).content == b""
    waits(whatsapp)
    assert ruths.get(url).content == b"1"
    assert f'data-live="inbox" hx-get="{url}"' in ruths.get(reverse("cases:merges")).content.decode()


def test_the_way_back_to_the_beginning_on_a_persons_page_names_its_list(
    whatsapp: Account, ruths: Client, ruth: Staff
) -> None:
    """Without the list in the link, the page before would bring the empty page back."""
    contact = waits(whatsapp).conversation.contact
    page = person_url(contact, tab="all", after="2020-01-01T00:00:00+00:00_1")
    link = f"{person_url(contact)}?tab=all"
    assert f'href="{link}"' in ruths.get(page).text
    listing = ruths.get(link, headers={"referer": f"http://testserver{page}"}).context["listing"]
    assert len(listing.rows) == 1
