"""Any service that answers JSON over HTTPS: where to ask and what to take is settings, not code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from kesher.channels.base import ChannelError
from kesher.records.base import Check, Client, Info, Reading, Source, SourceError, Subject
from kesher.records.mapping import check_rules, reading_of

CAP = 1_000_000


class Adapter(Source):
    titles = {"he": "שירות JSON ברשת", "ar": "خدمة JSON عبر الشبكة", "ru": "Сетевая служба JSON", "en": "HTTP and JSON"}
    settings = {
        "url": "an https address; {tel} {mailto} {idp} stand for the proved address of that scheme, "
        "{id} for the number of whom another acts for by law; {lang}, {name}",
        "assurance": "how well the address must be proved (default 1)",
        "headers": "{name: value}; {secret:NAME} in a value is filled from the secrets",
        "method": "GET (default) or POST",
        "body": "for POST: a JSON object with the same places",
        "rows": "the dotted path of the list of rows",
        "fields": "{field: dotted path or rule}, see kesher/records/mapping.py",
        "as_of": "the dotted path of the answer's date",
        "absent": "statuses that mean: nothing is known of this person (default [404])",
        "limit": "how many rows at most",
    }
    secrets = {"*": "whatever the headers name"}

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        places = places_of(subject, int(info.settings.get("assurance", 1)))
        url = filled(str(info.settings.get("url", "")), places, escape=True)
        if not url:
            return Reading()  # this person has no address that the service knows people by
        headers = headers_of(info)
        body = body_of(info.settings.get("body"), places) if info.settings.get("method") == "POST" else None
        try:
            status, _headers, answer = await client.request(
                "POST" if body is not None else "GET", url, headers=headers, json=body, timeout=info.timeout, cap=CAP
            )
        except ChannelError as error:
            raise SourceError(str(error), code=error.code or "network") from error
        if status in info.settings.get("absent", [404]):
            return Reading()
        if status != 200:
            raise SourceError(f"HTTP {status}", code="refused" if status in (401, 403) else "error")
        return reading_of(parsed(answer), info.settings, subject.lang)

    def check(self, info: Info) -> Sequence[Check]:
        url = urlsplit(str(info.settings.get("url", "")))
        problem = check_rules(info.settings.get("fields"))
        named = {part for value in templates(info) for part in secret_names(value)}
        lacking = sorted(named - set(info.secrets))
        return (
            Check("url", url.scheme == "https" and bool(url.netloc) and "{" not in url.netloc, "an https address"),
            Check("fields", not problem, problem),
            Check("secrets", not lacking, f"missing: {', '.join(lacking)}" if lacking else ""),
        )


def places_of(subject: Subject, assurance: int) -> dict[str, str]:
    """What may stand in a template: only addresses that were proved well enough."""
    schemes = {one.scheme for one in subject.addresses}
    found = {scheme: subject.address(scheme, assurance) for scheme in schemes}
    return {
        **{scheme: address for scheme, address in found.items() if address},
        "lang": subject.lang,
        "name": subject.name,
    }


def filled(template: str, places: Mapping[str, str], *, escape: bool = False) -> str:
    """The template with its places filled; "" where one of them is not known. A value never becomes a place itself."""
    out, rest = [], template
    while "{" in rest:
        before, _brace, rest = rest.partition("{")
        name, closed, rest = rest.partition("}")
        if not closed or not places.get(name):
            return ""
        out += [before, quote(places[name], safe="") if escape else places[name]]
    return "".join([*out, rest])


def secret_names(template: str) -> set[str]:
    return {part.partition("}")[0] for part in template.split("{secret:")[1:]}


def templates(info: Info) -> list[str]:
    headers = info.settings.get("headers") or {}
    return [str(value) for value in headers.values()] if isinstance(headers, Mapping) else []


def headers_of(info: Info) -> dict[str, str]:
    """The headers with their secrets. Raises SourceError where one is not set: a request without it would be noise."""
    made = {"accept": "application/json"}
    for name, value in (info.settings.get("headers") or {}).items():
        text = str(value)
        for secret in secret_names(text):
            if not info.secrets.get(secret):
                raise SourceError("a secret is not set", code="settings")
            text = text.replace(f"{{secret:{secret}}}", str(info.secrets[secret]))
        made[str(name).lower()] = text
    return made


def body_of(template: Any, places: Mapping[str, str]) -> Any:
    if isinstance(template, Mapping):
        return {key: body_of(value, places) for key, value in template.items()}
    if isinstance(template, list):
        return [body_of(value, places) for value in template]
    return filled(template, places) if isinstance(template, str) else template


def parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        raise SourceError("not JSON", code="garbage") from None
