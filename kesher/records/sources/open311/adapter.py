"""Record source: the requests that a person reported to a GeoReport v2 (Open311) service.

GeoReport v2 cannot filter by reporter: ``phone`` and ``email`` are fields of POST, and a service that does not know
them in a query returns all people's requests. So a request is shown only if it names the person as its reporter; one
that names no reporter, only if the settings say that the service filters.

Source: wiki.open311.org/GeoReport_v2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kesher.channels.base import ChannelError
from kesher.records.sources.base import Check, Client, Info, Reading, Row, Source, SourceError, Subject
from kesher.records.sources.field_mapping import collect_rows, normalise_address, parse_day
from kesher.records.sources.http_json.adapter import BODY_BYTES_MAX, parse_answer

STATUS = {"open": "open", "closed": "ended", "acknowledged": "open", "in progress": "open"}


class Adapter(Source):
    """The adapter of Open311."""

    titles = {
        "he": "היסטוריית פניות Open311",
        "ar": "سجل بلاغات Open311",
        "ru": "История заявок Open311",
        "en": "Open311 history",
    }
    settings = {
        "base": "the service's address, up to and without requests.json",
        "jurisdiction": "jurisdiction_id, where the service has one",
        "by": "phone (default) or email: how the service knows who reported",
        "filters": "phone or email, the same as by: where the service itself leaves out everybody else's requests, and "
        "does not say who reported. Never where you are not sure: one person would see another's",
        "page": "a template of a request's own page, {id} in it",
        "assurance": "how well the address must be proved (default 1)",
    }
    secrets = {"api_key": "the service's key, where it asks for one"}

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the service requests that the person reported, from the Open311 server."""
        by = reporter_field(info)
        scheme = {"email": "mailto", "phone": "tel"}[by]
        address = subject.address(scheme, int(info.settings.get("assurance", 1)))
        if not address:
            return Reading()
        query = {
            by: address,
            "jurisdiction_id": info.settings.get("jurisdiction", ""),
            "api_key": info.secrets.get("api_key", ""),
        }
        asked = urlencode({name: value for name, value in query.items() if value})
        url = f"{str(info.settings.get('base', '')).rstrip('/')}/requests.json?{asked}"
        try:
            status, _headers, answer = await client.request("GET", url, timeout=info.timeout, cap=BODY_BYTES_MAX)
        except ChannelError as error:
            raise SourceError(str(error), code=error.code or "network") from error
        if status == 404:
            return Reading()
        if status != 200:
            raise SourceError(f"HTTP {status}", code="refused" if status in (401, 403) else "error")
        return collect_rows(
            filter_own_requests(parse_answer(answer), by, address, info), lambda item: request_to_row(item, info)
        )

    def check(self, info: Info) -> Sequence[Check]:
        """Return the results of checking that the base URL is https and the filter is valid."""
        base = urlsplit(str(info.settings.get("base", "")))
        by, filters = reporter_field(info), str(info.settings.get("filters", ""))
        said = f"only requests that say the reporter's {by} are shown" if not filters else f"trusted to filter by {by}"
        return (
            Check("base", base.scheme == "https" and bool(base.netloc), "an https address"),
            Check("filters", filters in ("", by), said if filters in ("", by) else f"{by}, or nothing"),
        )


def reporter_field(info: Info) -> str:
    """Return the Open311 field that names the reporter by the settings: "phone" or "email"."""
    return "email" if info.settings.get("by") == "email" else "phone"


def filter_own_requests(found: Any, by: str, address: str, info: Info) -> list[Any]:
    """Return those of the Open311 requests that have this person's address as the reporter.

    Raise SourceError if no request names its reporter, unless the settings say that the service filters.
    """
    if not isinstance(found, list):
        raise SourceError("no list of requests", code="garbage")
    trusted = info.settings.get("filters") == by
    named = [(str(item.get(by) or "") if isinstance(item, dict) else "", item) for item in found]
    if found and not trusted and not any(name for name, _item in named):
        raise SourceError(f"no request says its reporter's {by}: see the setting filters", code="settings")
    return [
        item for name, item in named if (normalise_address(name) == normalise_address(address) if name else trusted)
    ]


def request_to_row(item: Any, info: Info) -> Row:
    """Return an Open311 service request as a row of records. Raise SourceError.

    The name of its service is the title; the person's own words are the explanation.
    """
    if not isinstance(item, dict):
        raise SourceError("a request that is none", code="garbage")
    number = read_text(item, "service_request_id")
    page = str(info.settings.get("page", ""))
    return Row(
        key=number,
        number=number,
        kind="request",
        title=read_text(item, "service_name") or read_text(item, "service_code"),
        status=STATUS.get(read_text(item, "status").lower(), ""),
        starts=parse_day(item.get("requested_datetime")),
        due=parse_day(item.get("expected_datetime")),
        provider=read_text(item, "agency_responsible"),
        url=page.replace("{id}", quote(number, safe="")) if page else "",
        explanation=read_text(item, "status_notes") or read_text(item, "description"),
    )


def read_text(item: dict[str, Any], name: str) -> str:
    """Return a field of a request, a text or number, as text; "" if missing. Raise SourceError for other types."""
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise SourceError(f"{name}: a text that is none", code="garbage")
    return str(value)
