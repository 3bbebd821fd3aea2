"""Answers from files and other sites, and out again the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kesher.agencies.models import Agency, Team
from kesher.answers import faq_importer, markdown
from kesher.answers.models import Answer, AnswerTopic, Fact, State
from kesher.answers.services import import_answers, import_facts, import_owners, import_topics, set_fact
from kesher.answers.services.answers import snapshot
from kesher.answers.tests.factories import published
from kesher.channels.base import ChannelError
from kesher.core.db.agency_scope import scope

FILE = """---
slug: pool
owner: culture
question.he: מתי פתוחה הבריכה?
short.he: בקיץ.
hidden.he: שחייה, מגלשות
question.en: When is the pool open?
short.en: In summer.
start: https://pool.example/
review: 2027-01-01
---
יש מלתחות.

## איך עושים
1. קונים כרטיס
2. נכנסים

## מה להביא
- מגבת
"""
FAQ = {
    "@context": "https://schema.org",
    "@type": "FAQPage",
    "mainEntity": [
        {"@type": "Question", "name": "How do I join?", "acceptedAnswer": {"@type": "Answer", "text": "<p>Online.</p>" + "Very long. " * 60}},
        {"@type": "Question", "name": "No answer", "acceptedAnswer": {"@type": "Answer", "text": " "}},
    ],
}  # fmt: skip


def test_a_file_is_read_with_its_parts() -> None:
    found = markdown.parse_file(FILE, "pool")
    assert found.texts["he"]["steps"] == ["קונים כרטיס", "נכנסים"]
    assert found.texts["he"]["bring"] == ["מגבת"]
    assert found.texts["he"]["body"] == "יש מלתחות."
    assert found.texts["en"]["short"] == "In summer."
    assert (found.start, found.review) == ("https://pool.example/", "2027-01-01")


def test_what_was_written_is_read_back_the_same() -> None:
    found = markdown.parse_file(FILE, "pool")
    assert markdown.parse_file(markdown.render_file(found), "pool") == found


@pytest.mark.parametrize("content", ["", "no fields", "---\nslug: a\n---\n", "---\n???\n---\n"])
def test_what_is_no_answer_is_refused(content: str) -> None:
    with pytest.raises(markdown.BadFile):
        markdown.parse_file(content, "a")


def test_a_folder_goes_in_and_out_the_same(city: Agency, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pool.md").write_text(FILE, encoding="utf-8")
    call_command("answers", "import", str(tmp_path / "in"), "--publish")
    call_command("answers", "import", str(tmp_path / "in"))
    assert "made 1, changed 0, unchanged 0" in (said := capsys.readouterr().out)
    assert "made 0, changed 0, unchanged 1" in said
    call_command("answers", "export", str(tmp_path / "out"))
    written = markdown.parse_file((tmp_path / "out" / "pool.md").read_text(encoding="utf-8"), "pool")
    assert written.texts == markdown.parse_file(FILE, "pool").texts
    call_command("answers", "export", str(tmp_path / "out"), "--format", "json-ld", "--lang", "en")
    data = json.loads((tmp_path / "out" / "faq.en.json").read_text(encoding="utf-8"))
    assert data["mainEntity"][0]["name"] == "When is the pool open?"


def test_the_command_prints_ranked_lines(city: Agency, capsys: Any) -> None:
    import_answers([markdown.parse_file(FILE, "pool")], by=None)
    call_command("answers", "search", "בריכות", "--lang", "he")
    line = json.loads(capsys.readouterr().out)
    assert line["slug"] == "pool"
    assert line["question"] == "מתי פתוחה הבריכה?"
    with pytest.raises(CommandError):
        call_command("answers", "import", "/nowhere")


SUBMAPS = ("/gone.xml", "http://[bad", "/map?page=2")


@pytest.fixture
def site(settings: Any) -> Iterator[str]:
    """Another body's site: a sitemap, a page with a FAQ, a page without one, and one that is gone."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            pages = {
                "/sitemap.xml": "<urlset>" + "".join(f"<url><loc>{place}{p}</loc></url>" for p in ("/faq", "/no", "/gone"))
                + "<url><loc>http://10.0.0.1/secret</loc></url></urlset>",
                "/faq": f'<html><script type="application/ld+json">{json.dumps(FAQ)}</script></html>',
                "/no": "<html></html>",
                "/index.xml": "<sitemapindex>" + "".join(f"<sitemap><loc>{p}</loc></sitemap>" for p in SUBMAPS) + "</sitemapindex>",
                "/map?page=2": f"<urlset><url><loc>{place}/faq</loc></url><url><loc>{place}/index.xml</loc></url></urlset>",
            }  # fmt: skip
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    settings.KESHER_SSRF_ALLOW = [f"127.0.0.1:{server.server_port}"]
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_another_sites_questions_come_in_as_drafts(city: Agency, site: str) -> None:
    found = import_answers(faq_importer.fetch_faq(f"{site}/sitemap.xml", "en"), by=None, publish=False)
    assert found.made == 1
    row = Answer.objects.get()
    assert (row.slug, row.state) == ("how-do-i-join", State.DRAFT)
    assert len(row.texts["en"]["short"]) <= 280
    assert row.texts["en"]["short"].startswith("Online. Very long.")
    assert row.start_url == f"{site}/faq"


@pytest.mark.parametrize("most", [1, 500])
def test_a_sitemap_that_cannot_be_read_hides_no_other_and_a_map_is_known_by_its_text(
    city: Agency, site: str, most: int
) -> None:
    found = faq_importer.fetch_faq(f"{site}/index.xml", "en", most=most)
    assert [file.slug for file in found] == ["how-do-i-join"]


def asked(question: str) -> markdown.AnswerFile:
    """What another site says to this question."""
    item = {"@type": "Question", "name": question, "acceptedAnswer": {"text": "כן."}}
    file = faq_importer.question_to_file(item, "https://other.example/faq", "he")
    assert file is not None
    return file


def test_questions_of_which_only_a_number_is_latin_are_told_apart() -> None:
    slugs = [asked(text).slug for text in ("מה חדש ב-2024?", "כמה עולה חניה ב-2024?", "איך מגיעים ל-106?")]
    assert len(set(slugs)) == 3
    assert all(slug.startswith("q-") for slug in slugs)
    assert asked("What is new in 2024?").slug == "what-is-new-in-2024"


def test_two_questions_that_would_have_one_address_both_come_in() -> None:
    found = faq_importer.make_slugs_unique([asked("Do you pay?"), asked("Do you pay?"), asked("Do you... pay!")])
    assert [file.texts["he"]["question"] for file in found] == ["Do you pay?", "Do you... pay!"]
    assert found[0].slug == "do-you-pay"
    assert found[1].slug.startswith("do-you-pay-")


def test_another_site_changes_none_of_our_answers_but_its_own(city: Agency) -> None:
    ours = published("do-you-pay", "Do you pay?", lang="en")
    found = import_answers([asked("Do you pay?"), asked("Do you eat?")], by=None, source="https://other.example/")
    assert (found.made, found.changed, len(found.refused)) == (1, 0, 1)
    assert "he" not in ours.again().texts
    changed = asked("Do you eat?")
    changed.texts["he"]["short"] = "לא."
    assert import_answers([changed], by=None, source="https://third.example/").changed == 0
    assert import_answers([changed], by=None, source="https://other.example/").changed == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd"])
def test_our_own_network_may_not_be_read(address: str) -> None:
    with pytest.raises(ChannelError):
        faq_importer.fetch_faq(address, "he")


@pytest.mark.parametrize(
    "text", ["<urlset><!ENTITY a 'x'><url><loc>&a;</loc></url></urlset>", "<urlset><url>", "<urlset></urlset>"]
)
def test_a_bad_sitemap_leads_nowhere(text: str) -> None:
    assert faq_importer.parse_sitemap(text) == []


WHOLE = markdown.AnswerFile(
    "pool",
    {
        "he": {"question": "מתי?", "short": "בקיץ.", "body": "גוף\n\n## איך עושים\nשורה", "steps": ["קונים | משלמים"], "hidden": ["שחייה, מים"]},
        "ar": {"question": "متى؟", "short": "في الصيف.", "bring": ["منشفة"], "cost": "{{fact:fee}}"},
        "ru": {"question": "Когда?", "short": "Летом.", "where": "Улица", "who": "Все", "time": "Час\nили два"},
        "en": {"question": "When?", "short": "In summer.", "body": "One.\n\n- two\n- three", "steps": ["Buy", "Go"]},
    },
    "culture", "sport", "tel:106", "2026-01-01", "2027-12-31", "2027-06-01", "retired",
)  # fmt: skip


def stored() -> list[dict[str, Any]]:
    """Everything of the answers that an editor can change, in the order of their addresses."""
    return [{"slug": row.slug, "state": row.state, **snapshot(row)} for row in Answer.objects.order_by("slug")]


def test_what_one_body_exported_another_one_imports_the_same(city: Agency, town: Agency, tmp_path: Path) -> None:
    import_topics({"roads": {"he": "דרכים"}, "culture": {"he": "תרבות", "en": "Culture", "icon": "star"}})
    import_owners({"sport": {"he": "ספורט"}})
    import_facts({"fee": {"he": "30 ₪", "en": "30 NIS"}})
    assert import_answers([WHOLE, markdown.parse_file(FILE.replace("pool", "bath", 1))], by=None).made == 2
    before, shelves = stored(), list(AnswerTopic.objects.values_list("code", "names", "icon", "order"))
    call_command("answers", "export", str(tmp_path), "--agency", city.slug)
    with scope(town):
        call_command("answers", "import", str(tmp_path), "--publish", "--agency", town.slug)
        assert stored() == before
        assert list(AnswerTopic.objects.values_list("code", "names", "icon", "order")) == shelves
        assert Fact.objects.get().words == {"he": "30 ₪", "en": "30 NIS"}
        assert Team.objects.get().names == {"he": "ספורט"}
    assert (before[1]["topic"], before[1]["owner"]) == ("culture", "sport")


def test_a_fact_that_is_here_keeps_its_words_and_the_difference_is_said(
    city: Agency, capsys: Any, tmp_path: Path
) -> None:
    set_fact("fee", {"he": "30 ₪"}, by=None)
    files = {"facts": {"fee": {"he": "40 ₪"}, "Bad name": {"he": "x"}}, "topics": {"a b": {"he": "לא"}}}
    for kind, names in files.items():
        (tmp_path / f"{kind}.json").write_text(json.dumps(names), encoding="utf-8")
    call_command("answers", "import", str(tmp_path), "--lang", "en")
    assert Fact.objects.get().words == {"he": "30 ₪"}
    said = capsys.readouterr().err
    assert "fee: “30 ₪” stays, the file says “40 ₪”" in said
    assert "Bad name: A fact's name" in said
    assert "a b: this can be no part of an address" in said


def test_a_topic_and_a_team_that_nobody_has_are_named_and_take_nothing_away(city: Agency) -> None:
    import_topics({"culture": {"he": "תרבות"}})
    import_answers([markdown.AnswerFile("pool", WHOLE.texts | {"ar": {}}, "culture")], by=None)
    found = import_answers(
        [markdown.AnswerFile("pool", {"he": {"question": "מתי?", "short": "כן."}}, "nowhere", "nobody")], by=None
    )
    assert (found.changed, len(found.left_out)) == (1, 2)
    assert "nowhere" in found.left_out[0]
    row = Answer.objects.get()
    assert (row.topic and row.topic.code, row.owner) == ("culture", None)


@pytest.mark.parametrize("valid_to", ["2026-02-31", "soon", "2020-01-01"])
def test_a_date_that_is_none_is_refused_and_the_rest_comes_in(city: Agency, valid_to: str) -> None:
    bad = markdown.AnswerFile("a", {"he": {"question": "מתי?"}}, valid_from="2025-01-01", valid_to=valid_to)
    found = import_answers([bad, markdown.AnswerFile("b", {"he": {"question": "איך?"}})], by=None, publish=False)
    assert (found.made, len(found.refused)) == (1, 1)


@pytest.mark.parametrize("text", ["[1]", "{", '{"fee": "30"}'])
def test_a_file_of_names_that_holds_none_stops_the_import_before_it_begins(
    city: Agency, tmp_path: Path, text: str
) -> None:
    (tmp_path / "pool.md").write_text(FILE, encoding="utf-8")
    (tmp_path / "facts.json").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("answers", "import", str(tmp_path))
    assert not Answer.objects.exists()
