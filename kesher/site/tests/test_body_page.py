"""The page "About the public body": what every page says of the agency, checked before it is stored."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kesher.accounts.services.staff_mail import is_mail_new
from kesher.agencies.models import Agency
from kesher.agencies.setup_steps import read_progress
from kesher.agencies.staff_login import FRESH_SECONDS, SECOND, mark_second_step
from kesher.core.files.attachments import delete_unattached
from kesher.core.models import Attachment, Audit
from kesher.core.ui.colours import contrast, measure_accent, parse, theme_css
from kesher.language import LANGUAGES

FORM: dict[str, Any] = {
    "name_he": "עיריית נווה־ים",
    "name_ar": "بلدية نفيه يام",
    "name_ru": "Мэрия Неве-Ям",
    "name_en": "City of Neve Yam",
    "accent": "#0b6b6b",
    "accent_dark": "#5fc3bd",
    "address_he": "שדרות הים 1",
    "phone": "106",
    "email": "moked@neve-yam.example",
    "public_url": "https://city.example",
    "offered": ["he", "ar", "ru", "en"],
    "language": "ar",
    "country": "IL",
    "privacy": "privacy@neve-yam.example",
    "coordinator": "אורית נחמני",
    "coordinator_phone": "03-555-0110",
}


def picture(colour: tuple[int, ...] = (0, 0, 0, 0), kind: str = "PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGBA", (900, 600), colour).save(out, kind)
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


def test_what_is_saved_stands_on_the_pages(miriams: Client, client: Client, city: Agency) -> None:
    assert miriams.post("/desk/body/", FORM)["Location"] == "/desk/body/"
    city.refresh_from_db()
    assert (city.languages, city.public_url) == (["ar", "he", "ru", "en"], "")
    assert "privacy@neve-yam.example" in client.get("/privacy/").text
    assert "אורית נחמני" in client.get("/accessibility/").text
    assert "שדרות הים 1" in client.get("/").text
    assert {state.step.name for state in read_progress(city).steps if state.is_done} >= {"body", "law"}


def test_what_the_page_does_not_ask_for_stays(miriams: Client, city: Agency) -> None:
    city.contact = {"emergency": "Police 100", "coordinator": {"names": {"he": "אורית נחמני", "ar": "أوريت"}}}
    city.save()
    miriams.post("/desk/body/", FORM)
    city.refresh_from_db()
    assert city.contact["emergency"] == "Police 100"
    assert city.contact["coordinator"]["names"]["ar"] == "أوريت"


def test_a_save_is_audited_with_what_changed_only(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/body/", FORM)
    miriams.post("/desk/body/", FORM)
    row = Audit.objects.get(operation="site.save_profile")
    assert "contact" in str(row.data)
    assert "timezone" not in str(row.data)


def test_the_logo_stands_in_the_header_and_keeps_its_transparent_ground(
    miriams: Client, client: Client, city: Agency
) -> None:
    miriams.post("/desk/body/", {**FORM, "logo": picture(), "logo_alt": "סמל העיר"})
    city.refresh_from_db()
    source = re.search(r'<img class="mark" src="([^"]+)"', client.get("/").text)
    assert source is not None
    file = client.get(source[1])
    assert file["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(file.content)) as drawn:
        assert (drawn.size, drawn.mode, drawn.convert("RGBA").getpixel((0, 0))) == ((512, 341), "RGBA", (0, 0, 0, 0))
    assert city.logo_alt == {"ar": "סמל העיר"}


def test_a_logo_outlives_the_sweep_of_unattached_files_until_it_is_removed(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/body/", {**FORM, "logo": picture()})
    Attachment.objects.update(created="2026-01-01T00:00:00Z")
    assert delete_unattached() == 0
    miriams.post("/desk/body/", {**FORM, "no_logo": "on"})
    assert (delete_unattached(), Attachment.objects.count()) == (1, 0)


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nno"])
def test_what_is_no_picture_is_refused_as_a_logo(miriams: Client, city: Agency, content: bytes) -> None:
    file = SimpleUploadedFile("logo.png", content, "image/png")
    assert miriams.post("/desk/body/", {**FORM, "logo": file}).status_code == 422
    city.refresh_from_db()
    assert (city.logo, Attachment.objects.count()) == ("", 0)


def test_a_colour_that_nobody_can_read_is_refused_with_the_nearest_that_passes(miriams: Client, city: Agency) -> None:
    page = miriams.post("/desk/body/", {**FORM, "accent": "#ffdd00"}, headers={"accept-language": "en"})
    nearest = re.search(r"nearest colour that passes is \u2066(#\w{6})\u2069", page.text)
    assert page.status_code == 422
    assert nearest is not None
    assert miriams.post("/desk/body/", {**FORM, "accent": nearest[1]}).status_code == 302


@pytest.mark.parametrize("colour", ["#ffdd00", "#0b6b6b", "#888888", "#ffffff", "#000000"])
@pytest.mark.parametrize("dark", [False, True])
def test_the_nearest_colour_passes_and_is_the_one_of_the_style_sheet(colour: str, dark: bool) -> None:
    found = measure_accent(colour, dark=dark)
    assert measure_accent(found.nearest, dark=dark).passes
    sheet = theme_css(colour, colour)
    pair = re.search(r"--accent: light-dark\((#\w{6}), (#\w{6})\)", sheet)
    assert pair is not None
    assert pair[2 if dark else 1] == found.nearest
    assert contrast(parse("#ffffff"), parse("#000000")) == pytest.approx(21)


@pytest.mark.parametrize(
    "change",
    [
        {"public_url": "city.example"},
        {"public_url": "https://city.example/path"},
        {"public_url": "ftp://city.example"},
        {"public_url": "https://x@city.example"},
        {"language": "ru", "offered": ["he", "ar"]},
        {"offered": []},
        {"accent": "red"},
        {"email": "moked"},
        {"country": "XX"},
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_written(
    admins: Client, city: Agency, change: dict[str, Any]
) -> None:
    assert admins.post("/desk/body/", {**FORM, **change}).status_code == 422
    city.refresh_from_db()
    assert (city.public_url, city.contact) == ("", {})
    assert not Audit.objects.filter(operation="site.save_profile").exists()


def test_an_agency_of_a_country_that_is_not_listed_keeps_it(miriams: Client, city: Agency) -> None:
    city.contact = {"country": "JP"}
    city.timezone = "Asia/Tokyo"
    city.save()
    assert miriams.post("/desk/body/", {**FORM, "country": "JP"}).status_code == 302
    city.refresh_from_db()
    assert (city.contact["country"], city.timezone) == ("JP", "Asia/Tokyo")
    miriams.post("/desk/body/", {**FORM, "country": "GB"})
    city.refresh_from_db()
    assert city.timezone == "Europe/London"


def test_the_page_has_names_and_addresses_in_every_language(miriams: Client, city: Agency) -> None:
    page = miriams.get("/desk/body/").text
    assert all(f'name="name_{lang}"' in page and f'name="address_{lang}"' in page for lang in LANGUAGES)


def test_a_clerk_may_not_change_the_agency(ruths: Client, city: Agency) -> None:
    assert ruths.post("/desk/body/", FORM).status_code == 403
    city.refresh_from_db()
    assert city.contact == {}


def test_a_clerk_of_another_town_may_not_change_the_agency(sashas: Client, city: Agency) -> None:
    assert sashas.post("/desk/body/", FORM).status_code == 403
    city.refresh_from_db()
    assert city.contact == {}


def test_only_an_administrator_with_a_fresh_second_step_moves_the_site(
    miriams: Client, admins: Client, city: Agency
) -> None:
    """Links of sign-ins and passwords begin with this address."""
    old = admins.session
    old[SECOND] = {**old[SECOND], "at": time.time() - FRESH_SECONDS - 1}
    old.save()
    for browser in (miriams, admins):
        assert browser.post("/desk/body/", {**FORM, "public_url": "https://evil.example"}).status_code == 302
        city.refresh_from_db()
        assert city.public_url == ""
    mark_second_step(old, "app")
    old.save()
    admins.post("/desk/body/", FORM)
    city.refresh_from_db()
    assert city.public_url == "https://city.example"
    row = Audit.objects.filter(operation="site.save_profile").latest("pk")
    assert (row.data["before"]["public_url"], row.data["after"]["public_url"]) == ("", "https://city.example")
    assert is_mail_new(), "nobody agrees to a reset by a mailed link that may lead elsewhere"


@pytest.mark.parametrize(
    "url",
    ["https://city.example\nBcc: x@y.example", "https://a b", "https://x@y.example", "javascript:1", "https://a/b"],
)
def test_what_is_no_address_of_a_site_is_refused(admins: Client, city: Agency, url: str) -> None:
    assert admins.post("/desk/body/", {**FORM, "public_url": url}).status_code == 422
    city.refresh_from_db()
    assert city.public_url == ""


def test_the_site_may_not_move_to_a_strange_or_another_body_s_host(
    admins: Client, city: Agency, town: Agency, settings: Any
) -> None:
    assert admins.post("/desk/body/", {**FORM, "public_url": "https://town.example"}).status_code == 422
    settings.ALLOWED_HOSTS = ["testserver", "city.example"]
    assert admins.post("/desk/body/", {**FORM, "public_url": "https://evil.example"}).status_code == 422


def test_a_long_name_and_an_old_pale_colour_do_not_block_the_page(miriams: Client, city: Agency) -> None:
    city.accent = "#eeeeee"
    city.save()
    name = "Министерство " * 7
    form = {**FORM, "name_ru": name.strip(), "accent": "#eeeeee"}
    assert miriams.post("/desk/body/", form).status_code == 302
