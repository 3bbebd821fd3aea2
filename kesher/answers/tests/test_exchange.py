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

from kesher.agencies.models import Agency
from kesher.answers import harvest, markdown
from kesher.answers.models import Answer, State
from kesher.answers.services import import_answers
from kesher.answers.tests.factories import published
from kesher.channels.base import ChannelError

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
    found = markdown.read(FILE, "pool")
    assert found.texts["he"]["steps"] == ["קונים כרטיס", "נכנסים"]
    assert found.texts["he"]["bring"] == ["מגבת"]
    assert found.texts["he"]["body"] == "יש מלתחות."
    assert found.texts["en"]["short"] == "In summer."
    assert (found.start, found.review) == ("https://pool.example/", "2027-01-01")


def test_what_was_written_is_read_back_the_same() -> None:
    found = markdown.read(FILE, "pool")
    assert markdown.read(markdown.write(found), "pool") == found


@pytest.mark.parametrize("content", ["", "no fields", "---\nslug: a\n---\n", "---\n???\n---\n"])
def test_what_is_no_answer_is_refused(content: str) -> None:
    with pytest.raises(markdown.BadFile):
        markdown.read(content, "a")


def test_a_folder_goes_in_and_out_the_same(city: Agency, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pool.md").write_text(FILE, encoding="utf-8")
    call_command("answers", "import", str(tmp_path / "in"), "--publish")
    call_command("answers", "import", str(tmp_path / "in"))
    assert "made 1, changed 0, unchanged 0" in (said := capsys.readouterr().out)
    assert "made 0, changed 0, unchanged 1" in said
    call_command("answers", "export", str(tmp_path / "out"))
    written = markdown.read((tmp_path / "out" / "pool.md").read_text(encoding="utf-8"), "pool")
    assert written.texts == markdown.read(FILE, "pool").texts
    call_command("answers", "export", str(tmp_path / "out"), "--format", "json-ld", "--lang", "en")
    data = json.loads((tmp_path / "out" / "faq.en.json").read_text(encoding="utf-8"))
    assert data["mainEntity"][0]["name"] == "When is the pool open?"


def test_the_command_prints_ranked_lines(city: Agency, capsys: Any) -> None:
    import_answers([markdown.read(FILE, "pool")], by=None)
    call_command("answers", "search", "בריכות", "--lang", "he")
    line = json.loads(capsys.readouterr().out)
    assert line["slug"] == "pool"
    assert line["question"] == "מתי פתוחה הבריכה?"
    with pytest.raises(CommandError):
        call_command("answers", "import", "/nowhere")


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
    found = import_answers(harvest.answers_of(f"{site}/sitemap.xml", "en"), by=None, publish=False)
    assert found.made == 1
    row = Answer.objects.get()
    assert (row.slug, row.state) == ("how-do-i-join", State.DRAFT)
    assert len(row.texts["en"]["short"]) <= 280
    assert row.texts["en"]["short"].startswith("Online. Very long.")
    assert row.start_url == f"{site}/faq"


def asked(question: str) -> markdown.File:
    """What another site says to this question."""
    item = {"@type": "Question", "name": question, "acceptedAnswer": {"text": "כן."}}
    file = harvest.answer_of(item, "https://other.example/faq", "he")
    assert file is not None
    return file


def test_questions_of_which_only_a_number_is_latin_are_told_apart() -> None:
    slugs = [asked(text).slug for text in ("מה חדש ב-2024?", "כמה עולה חניה ב-2024?", "איך מגיעים ל-106?")]
    assert len(set(slugs)) == 3
    assert all(slug.startswith("q-") for slug in slugs)
    assert asked("What is new in 2024?").slug == "what-is-new-in-2024"


def test_two_questions_that_would_have_one_address_both_come_in() -> None:
    found = harvest.told_apart([asked("Do you pay?"), asked("Do you pay?"), asked("Do you... pay!")])
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
        harvest.answers_of(address, "he")


@pytest.mark.parametrize(
    "text", ["<urlset><!ENTITY a 'x'><url><loc>&a;</loc></url></urlset>", "<urlset><url>", "<urlset></urlset>"]
)
def test_a_bad_sitemap_leads_nowhere(text: str) -> None:
    assert harvest.places(text) == []
