"""Accept the forms of pages that visitors share, which have no token; say in the title that a form has errors."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

INVALID = 422  # the status of every page that shows a form again, with its errors
Handler = Callable[[HttpRequest], HttpResponse]


def accept_own_forms(get_response: Handler) -> Handler:
    """Let a form that was posted from a page of ours pass Django's CSRF check, which asks all others for a token.

    A browser writes Sec-Fetch-Site and Origin itself, and no page can change them. Staff (their session's cookie)
    always need the token: their pages have it. See ADR 0016.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Mark a request from our own page as checked, and handle it."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES and is_from_own_page(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]  # Django's own mark
        return get_response(request)

    return middleware


def is_from_own_page(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this very site sent this request.

    Sec-Fetch-Site decides where the browser sends it (over TLS); else Origin must be this site. Neither: False.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return request.headers.get("Origin") in own


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Return whether the browser says that another site's page sent this request; a program says nothing."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in ("same-origin", "none")
    return "Origin" in request.headers and not is_from_own_page(request)


def name_errors(get_response: Handler) -> Handler:
    """Put "Error:" before the title of a page whose form has errors: a screen reader reads the title first.

    Every such page is answered with the status 422; a fragment has no title.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Handle the request, and change the title of a page with errors."""
        response = get_response(request)
        if response.status_code == INVALID and not response.streaming:
            response.content = response.content.replace(b"<title>", f"<title>{_('Error:')} ".encode(), 1)
        return response

    return middleware
