"""Pages of the site itself: home, search, privacy, accessibility, files, languages, errors."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from kesher.accounts.services.staff_mail import proved_mail
from kesher.agencies.emergency_numbers import emergency_numbers
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import PublicText, Role, Staff, in_language
from kesher.agencies.rules import RIGHT_TITLES, RIGHTS, RightMissing, administrators, has_right, staff_of
from kesher.answers.presenters import split_paragraphs
from kesher.answers.views import search_context
from kesher.cases.models import Topic
from kesher.cases.services import request_call_back
from kesher.contacts.services import keyed_digest
from kesher.conversations.agency_contact_points import all_contact_points
from kesher.core.files.attachments import file_path
from kesher.core.http.client_ip import allow_from
from kesher.core.http.page_cache import shared_page
from kesher.core.http.safe_paths import safe_path
from kesher.core.http.throttle import allow
from kesher.core.live.live_events import read_ticket, sign_live_ticket
from kesher.core.models import Attachment
from kesher.core.ui.charts import sparkline
from kesher.core.ui.colours import theme_css
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.reports.services import standard_time
from kesher.site.forms.call_back import CallBackForm
from kesher.site.home_stats import get_week, now_card, open_petitions, other_cards
from kesher.site.search import find_results, url_for_number
from kesher.site.services import as_jpeg, smaller_version

log = logging.getLogger("kesher.site")

A_YEAR, A_DAY, AN_HOUR = 31_536_000, 86_400, 3600
# How often strangers may ask an agency to call: in an hour from one network, in a day to one number, and in all.
CALLS_OF_NETWORK, CALLS_TO_NUMBER, CALLS_A_DAY = 5, 3, 500
WIDTHS = (160, 320, 640, 1280)
WIDTHS_BY_NAME = frozenset(map(str, WIDTHS))
# An uploaded file must not run scripts, load anything or be framed.
FILE_POLICY = "default-src 'none'; sandbox"
INBOX = "inbox"
DESK_STREAMS = frozenset({INBOX, "cases", "channels"})
STREAM = re.compile(r"[a-z_]{1,30}(:[A-Za-z0-9_-]{1,28})?")
DESK = "/desk/"
HIDDEN = ("/desk/", "/files/", "/go/", "/in/", "/live/", "/chat/", "/simulator/", "/search/")
WORDS = {400: "bad request", 403: "forbidden", 404: "not found", 500: "something broke on our side"}


@require_safe
@shared_page()
def home(request: AgencyRequest) -> HttpResponse:
    """Show the home page: search, channels, entries and figures; for htmx, only the part with current events."""
    petitions = open_petitions()
    cards, streams = [now_card(petition) for petition in petitions], [row.action.stream for row in petitions]
    if request.headers.get("HX-Request"):
        return render(request, "site/_now.html", {"cards": cards, "live_streams": streams})
    numbers = get_week(request.agency)
    spark = sparkline([float(count) for count in numbers.per_day], _("New reports, day by day"))
    context = {
        "petitions": cards,
        "live_streams": streams,
        "week": numbers,
        "spark": spark,
        "others": other_cards(request.agency),
        "ways": all_contact_points(request.agency),
    }
    return render(request, "site/home.html", context)


@require_safe
def search(request: AgencyRequest) -> HttpResponse:
    """Show the results of the home page's search; redirect if the text is the number of a case or the like."""
    question = request.GET.get("q", "").strip()[:200]
    if target := url_for_number(question):
        return redirect(target)
    answers, found = search_context(request, question), find_results(question)
    context = {"question": question, "answers": answers, "found": found, "ways": all_contact_points(request.agency)}
    return render(request, "site/search.html", context)


@require_safe
@shared_page()
def privacy(request: AgencyRequest) -> HttpResponse:
    """Show the privacy page: which data is stored, why, for how long, and people's rights."""
    return render(request, "site/privacy.html", {"ways": all_contact_points(request.agency)})


@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: AgencyRequest) -> HttpResponse:
    """Ask for a number to call back, and open a case for it; then show its number to the browser that asked."""
    form, wait = CallBackForm(request.POST or None, agency=request.agency), ""
    if request.method == "POST" and form.is_valid():
        number, matter = form.cleaned_data["number"], form.cleaned_data["matter"].strip()
        wait = count_call_back(request, number)
        if not wait:
            words = matter or _("Please call me back.")
            case = request_call_back(number, words, language=translation.get_language()[:2])
            return remember_done(redirect("site:call_back"), "call-back", "", str(case.number))
    number = find_done(request, "call-back", "") if request.method != "POST" else ""
    context = {"form": form, "number": number or "", "wait": wait, "emergency": emergency_numbers(request.agency)}
    return render(request, "site/call_back.html", context, status=422 if form.errors else 200)


def count_call_back(request: AgencyRequest, number: str) -> str:
    """Count a wish to be called at a number, and return what to say if there were too many; "" if there were not.

    By number, too: nobody shall be called again and again at somebody else's wish.
    """
    if not allow_from(request, "call-back", CALLS_OF_NETWORK, AN_HOUR):
        return _("Many requests came from your connection. Please try again in an hour, or write to us.")
    called, everybody = f"call-back:{keyed_digest(number, request.agency.pk)}", f"call-back-of:{request.agency.pk}"
    if allow(called, CALLS_TO_NUMBER, A_DAY) and allow(everybody, CALLS_A_DAY, A_DAY):
        return ""
    return _("Too many requests at once. Please try again tomorrow, or write to us.")


@require_safe
@shared_page()
def public_text(request: AgencyRequest, kind: str) -> HttpResponse:
    """Show the agency's house rules, or its service charter with the standard time of each topic; 404 without one."""
    row = PublicText.objects.filter(kind=kind).first()
    text = in_language(row.texts) if row else ""
    if row is None or not text:
        raise Http404
    with translation.override(next(lang for lang, words in row.texts.items() if words == text)):
        blocks = split_paragraphs(text.replace("{agency}", request.agency.name))
    topics = Topic.objects.select_related("agency").filter(is_active=True).order_by("-reportable", "order", "id")
    is_charter = kind == PublicText.Kind.CHARTER
    context = {
        "title": PublicText.Kind(kind).label,
        "blocks": blocks,
        "text": text,
        "changed": row.changed,
        "emergency": emergency_numbers(request.agency),
        "standards": [(topic.name, standard_time(topic)) for topic in topics] if is_charter else [],
        "ways": all_contact_points(request.agency),
    }
    return render(request, "site/public_text.html", context)


@require_safe
@shared_page()
def accessibility(request: AgencyRequest) -> HttpResponse:
    """Show the accessibility statement with the agency's coordinator."""
    coordinator = dict(request.agency.contact.get("coordinator") or {})
    coordinator["name"] = in_language(coordinator.get("names") or {})
    return render(
        request, "site/accessibility.html", {"coordinator": coordinator, "ways": all_contact_points(request.agency)}
    )


def language(request: HttpRequest, code: str) -> HttpResponse:
    """Store the chosen language in a cookie and redirect back to the page."""
    target = request.GET.get("next", "")
    response = redirect(safe_path(target) or reverse("site:home"))
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


@require_safe
def theme(request: AgencyRequest) -> HttpResponse:
    """Return the style sheet with the agency's colours; its URL changes with them, so it may be cached for a year."""
    css = theme_css(request.agency.accent, request.agency.accent_dark)
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if "v" in request.GET else "no-cache"
    return response


@require_safe
def file(request: AgencyRequest, key: str) -> HttpResponse:
    """Return an uploaded file, as inline picture or as a download, to anybody who knows its unguessable key.

    ``?w=640`` is a picture in that width and at most 60 kB; with ``.jpg`` behind the name a picture is a JPEG.
    """
    key, dot, kind = key.partition(".")
    row = Attachment.objects.filter(key=key, state="ready").first()
    if row is None or (dot and not (row.is_picture and kind == "jpg")):
        raise Http404
    try:
        path, mime = find_file_version(row, kind, request.GET.get("w", ""))
        response = HttpResponse(path.read_bytes(), content_type=mime)
    except OSError as error:
        raise Http404 from error
    shown = row.kind in ("image", "audio", "video")
    name = quote(row.name or f"{key}")
    response["Content-Disposition"] = "inline" if shown else f"attachment; filename*=UTF-8''{name}"
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    # A file never changes, but who may cache it depends on the file.
    response["Cache-Control"] = f"{'public' if row.public else 'private'}, max-age={A_DAY}"
    return response


def find_file_version(row: Attachment, kind: str, width: str) -> tuple[Path, str]:
    """Return (path, MIME type) of a file: the original, a smaller picture or a JPEG."""
    if kind:
        return as_jpeg(row), "image/jpeg"
    if row.is_picture and width in WIDTHS_BY_NAME:
        return smaller_version(row, int(width)), row.mime
    return file_path(row.sha256), row.mime


@require_safe
@cache_control(no_store=True)
def live_ticket(request: AgencyRequest) -> HttpResponse:
    """Return as JSON a new ticket for live updates, for the streams of an old ticket that is at most a day old.

    It is valid for the old one's streams; those of the desk, and any other, need a staff sign-in.
    """
    try:
        agency_id, old = read_ticket(request.GET.get("ticket", ""), max_age=A_DAY)
    except BadSignature:
        agency_id, old = request.agency.pk, frozenset()
    wanted = frozenset(filter(None, request.GET.get("streams", "").split(","))) or old
    if agency_id != request.agency.pk:
        old = frozenset()
    granted = wanted_streams(wanted, old, staff=has_right(staff_of(request), "desk"))
    return JsonResponse({"ticket": sign_live_ticket(granted)}) if granted else JsonResponse({}, status=403)


def wanted_streams(wanted: frozenset[str], old: frozenset[str], *, staff: bool) -> frozenset[str]:
    """Return those of the wanted live streams that the old ticket or a staff sign-in permits.

    Every ticket of the desk has the inbox, so that whoever is not signed in any more gets no stream of the desk again.
    """
    if staff:
        known = frozenset(name for name in wanted if STREAM.fullmatch(name))
        return known | {INBOX} if known else known
    found = set() if old & DESK_STREAMS else wanted & old
    if settings.KESHER_SIMULATOR:
        found |= {name for name in wanted if name.partition(":")[0] in ("conversation", "simulator")}
    return frozenset(found)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt, which lets search engines index public pages but not personal ones."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in HIDDEN)]
    lines.append(f"Sitemap: {request.build_absolute_uri(reverse('answers:sitemap'))}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for HTTP error 400."""
    return render_error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for HTTP error 403."""
    staff = desk_staff(request)
    if staff is None:
        return render_error(request, 403)
    right = exception.right if isinstance(exception, RightMissing) else ""
    context = {
        "needed": RIGHT_TITLES.get(right, ""),
        "roles": [Role(role).label for role in Role if right and role in RIGHTS[right]],
        "administrators": [(person.name, proved_mail(person)) for person in administrators()],
    }
    return render_error(request, 403, "site/desk_403.html", context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for HTTP error 404."""
    return render_error(request, 404, "site/desk_404.html" if desk_staff(request) else "404.html")


def desk_staff(request: HttpRequest) -> Staff | None:
    """Return the member of staff who asked for a page of the desk; None for everybody and everything else."""
    return staff_of(request) if request.path.startswith(DESK) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for HTTP error 500."""
    return render_error(request, 500)


def render_error(
    request: HttpRequest, status: int, template: str = "", context: dict[str, Any] | None = None
) -> HttpResponse:
    """Return an HTTP error as a page in the reader's language, or as JSON for the API.

    The failure may break this page, too; then return plain text, which needs nothing.
    """
    if request.path.startswith("/api/"):
        return JsonResponse({"error": WORDS[status], "errors": {"__all__": [WORDS[status]]}}, status=status)
    try:
        return render(request, template or f"{status}.html", context, status=status)
    except Exception:
        log.exception("the page of an error failed itself")
        return HttpResponse(f"{status} {WORDS[status]}", status=status, content_type="text/plain")
