"""The site as an app on a phone: its manifest, its icons, its service worker, and the page shown without a network."""

from __future__ import annotations

import io
from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageOps

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.core.files.attachments import file_path
from kesher.core.models import Attachment
from kesher.core.output.share_image import load_font
from kesher.core.templatetags.components import stored_url
from kesher.core.ui.colours import parse
from kesher.site.context_processors import brand_initial, theme_url

SIZES: Final = (192, 512)
NAME_MOST: Final = 14  # letters of a name under an icon
GROUND: Final = "#ffffff"
LOGO_SHARE: Final = 0.56  # of an icon's side: the square in the circle of 80 per cent that any mask leaves
# What the page without a network needs; nothing else is put into the cache when the worker is installed.
ASSETS: Final = (
    *("core/kesher.css", "core/components.css", "core/forms.css", "core/chat.css", "core/print.css"),
    *("core/kesher.js", "core/live.js", "core/icons.svg", "core/favicon.svg", "reports/draft.js"),
)


@require_safe
def manifest(request: AgencyRequest) -> HttpResponse:
    """Return the web app manifest in the reader's language: name, colours, icons, and where shared text goes."""
    agency = request.agency
    version = urlencode({"v": icon_version(agency)})
    icons = [
        {
            "src": f"{reverse('site:icon', args=[size])}?{version}",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    report = reverse("reports:new")
    found = {
        "id": "/",
        "name": agency.name,
        "short_name": agency.name if len(agency.name) <= NAME_MOST else agency.name.rpartition(" ")[2][:NAME_MOST],
        "lang": get_language() or "he",
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("site:home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": agency.accent,
        "background_color": GROUND,
        "icons": [{**row, "type": "image/png"} for row in icons],
        "shortcuts": [
            {"name": _("Report a problem"), "url": report},
            {"name": _("What concerns me"), "url": reverse("following:follow")},
        ],
        "share_target": {
            "action": reverse("reports:shared"),
            "method": "POST",  # shared words are in no address, so in no log and no history
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    return JsonResponse(found, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@cache_control(public=True, max_age=86_400)
def icon(request: AgencyRequest, size: int) -> HttpResponse:
    """Return the icon of the installed site as PNG: the agency's logo, else the first letter of the place."""
    if size not in SIZES:
        raise Http404
    agency = request.agency
    letter = brand_initial(agency.names.get("he") or agency.name)
    drawn = draw_logo_icon(agency.logo, size) or draw_icon(letter, agency.accent, size)
    return HttpResponse(drawn, content_type="image/png")


def icon_version(agency: Agency) -> str:
    """Return what changes with the icon, so that it may be cached."""
    return agency.logo or agency.accent.replace("#", "")


def draw_logo_icon(key: str, size: int) -> bytes:
    """Return the logo with this key as a square PNG on white, whole in the circle that any mask leaves, or b""."""
    row = Attachment.objects.filter(key=key, state="ready").first() if key else None
    if row is None:
        return b""
    image = Image.new("RGB", (size, size), GROUND)
    try:
        with Image.open(file_path(row.sha256)) as found:
            logo = ImageOps.contain(found.convert("RGBA"), (int(size * LOGO_SHARE), int(size * LOGO_SHARE)))
    except OSError:
        return b""
    image.paste(logo, ((size - logo.width) // 2, (size - logo.height) // 2), logo)
    return encode_png(image)


@lru_cache(maxsize=64)
def draw_icon(letter: str, colour: str, size: int) -> bytes:
    """Return a square PNG with a letter in the middle, inside the circle that any mask leaves (W3C: 80 per cent)."""
    image = Image.new("RGB", (size, size), parse(colour))
    middle = (size / 2, size / 2)
    ImageDraw.Draw(image).text(middle, letter, font=load_font(size // 2), fill="white", anchor="mm")
    return encode_png(image)


def encode_png(image: Image.Image) -> bytes:
    """Return a picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@require_safe
@never_cache
def service_worker(request: AgencyRequest) -> HttpResponse:
    """Return the service worker, at the root, so that it may serve the page without a network for every path.

    It asks for that page without cookies, so the page's address names the reader's language. Its version is that of
    its files and of that language.
    """
    logo = stored_url("site:file", request.agency.logo) if request.agency.logo else ""
    assets = [*(static(name) for name in ASSETS), theme_url(request.agency), logo]
    page = f"{reverse('site:offline')}?{urlencode({'lang': get_language() or 'he'})}"
    version = sha256("\n".join([page, *assets]).encode()).hexdigest()[:12]
    context = {"assets": [*filter(None, assets)], "page": page, "version": version}
    return render(request, "site/service_worker.js", context, content_type="text/javascript; charset=utf-8")


@require_safe
@never_cache
def offline(request: HttpRequest) -> HttpResponse:
    """Show the page that a browser without a network gets: what was written for a report, and room to write one.

    It is stored in the browser, so it has nothing of a visitor: no message that waits for them, and no notice of today.
    """
    lang = request.GET.get("lang", "")
    with translation.override(lang if lang in dict(settings.LANGUAGES) else get_language()):
        return render(request, "site/offline.html")
