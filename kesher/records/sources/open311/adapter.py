"""What a person reported to a GeoReport v2 (Open311) service: ``GET requests.json``.

GeoReport v2 knows no way to ask for one reporter's requests: ``phone`` and ``email`` are fields of POST, and a service
that does not know them in a query answers with everybody's. So a request is taken only where it says itself that he
reported it; one that says nothing, only where the settings say that the service filters.

Source: wiki.open311.org/GeoReport_v2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from kesher.channels.base import ChannelError
from kesher.records.base import Check, Client, Info, Reading, Row, Source, SourceError, Subject
from kesher.records.mapping import day_of, plain
from kesher.records.sources.http_json.adapter import CAP, parsed

STATUS = {"open": "open", "closed": "ended", "acknowledged": "open", "in progress": "open"}


class Adapter(Source):
    title = "Open311 history"
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
        return reading_of(his_own(parsed(answer), by, address, info), info)

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


def reading_of(found: list[Any], info: Info) -> Reading:
    """The requests that can be read; how many could not is said."""
    rows, broken = [], 0
    for item in found:
        try:
            rows.append(row_of(item, info))
        except (SourceError, KeyError, TypeError, AttributeError):
            broken += 1
    if broken and not rows:
        raise SourceError("no request could be read", code="garbage")
    return Reading(tuple(rows), (str(broken),) if broken else ())


def row_of(item: Any, info: Info) -> Row:
    """One request. The name of its kind is its title; what the person wrote explains it."""
    number = str(item["service_request_id"])
    page = str(info.settings.get("page", ""))
    return Row(
        key=number,
        number=number,
        kind="request",
        title=str(item.get("service_name") or item["service_code"]),
        status=STATUS.get(str(item.get("status", "")).lower(), ""),
        starts=day_of(item.get("requested_datetime")),
        due=day_of(item.get("expected_datetime")),
        provider=str(item.get("agency_responsible") or ""),
        url=page.replace("{id}", number) if page else "",
        explanation=str(item.get("status_notes") or item.get("description") or ""),
    )
