"""What a person reported to a GeoReport v2 (Open311) service: ``GET requests.json``.

GeoReport v2 knows no way to ask for one reporter's requests: ``phone`` and ``email`` are fields of POST, and a service
that does not know them in a query answers with everybody's. So a request is taken only where it says itself that he
reported it; one that says nothing, only where the settings say that the service filters.

Source: wiki.open311.org/GeoReport_v2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kesher.channels.base import ChannelError
from kesher.records.base import Check, Client, Info, Reading, Row, Source, SourceError, Subject
from kesher.records.mapping import day_of, gathered, plain
from kesher.records.sources.http_json.adapter import CAP, parsed

STATUS = {"open": "open", "closed": "ended", "acknowledged": "open", "in progress": "open"}


class Adapter(Source):
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
        by = by_of(info)
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
            status, _headers, answer = await client.request("GET", url, timeout=info.timeout, cap=CAP)
        except ChannelError as error:
            raise SourceError(str(error), code=error.code or "network") from error
        if status == 404:
            return Reading()
        if status != 200:
            raise SourceError(f"HTTP {status}", code="refused" if status in (401, 403) else "error")
        return gathered(his_own(parsed(answer), by, address, info), lambda item: row_of(item, info))

    def check(self, info: Info) -> Sequence[Check]:
        base = urlsplit(str(info.settings.get("base", "")))
        by, filters = by_of(info), str(info.settings.get("filters", ""))
        said = f"only requests that say the reporter's {by} are shown" if not filters else f"trusted to filter by {by}"
        return (
            Check("base", base.scheme == "https" and bool(base.netloc), "an https address"),
            Check("filters", filters in ("", by), said if filters in ("", by) else f"{by}, or nothing"),
        )


def by_of(info: Info) -> str:
    return "email" if info.settings.get("by") == "email" else "phone"


def his_own(found: Any, by: str, address: str, info: Info) -> list[Any]:
    """Those of the requests that he reported. Raises SourceError where none says who did, and the settings do not say
    that the service filters."""
    if not isinstance(found, list):
        raise SourceError("no list of requests", code="garbage")
    trusted = info.settings.get("filters") == by
    named = [(str(item.get(by) or "") if isinstance(item, dict) else "", item) for item in found]
    if found and not trusted and not any(name for name, _item in named):
        raise SourceError(f"no request says its reporter's {by}: see the setting filters", code="settings")
    return [item for name, item in named if (plain(name) == plain(address) if name else trusted)]


def row_of(item: Any, info: Info) -> Row:
    """One request. The name of its kind is its title; what the person wrote explains it. Raises SourceError."""
    if not isinstance(item, dict):
        raise SourceError("a request that is none", code="garbage")
    number = text(item, "service_request_id")
    page = str(info.settings.get("page", ""))
    return Row(
        key=number,
        number=number,
        kind="request",
        title=text(item, "service_name") or text(item, "service_code"),
        status=STATUS.get(text(item, "status").lower(), ""),
        starts=day_of(item.get("requested_datetime")),
        due=day_of(item.get("expected_datetime")),
        provider=text(item, "agency_responsible"),
        url=page.replace("{id}", quote(number, safe="")) if page else "",
        explanation=text(item, "status_notes") or text(item, "description"),
    )


def text(item: dict[str, Any], name: str) -> str:
    """What stands under a name, "" where nothing does. Raises SourceError where it is no text and no number."""
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise SourceError(f"{name}: a text that is none", code="garbage")
    return str(value)
