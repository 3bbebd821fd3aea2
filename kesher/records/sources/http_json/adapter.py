"""Record source: any service that answers JSON over HTTPS, described by settings instead of code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from kesher.channels.base import ChannelError
from kesher.records.sources.base import Check, Client, Info, Reading, Source, SourceError, Subject
from kesher.records.sources.field_mapping import check_rules, map_reading

BODY_BYTES_MAX = 1_000_000


class Adapter(Source):
    """The adapter of HTTP and JSON."""

    titles = {"he": "שירות JSON ברשת", "ar": "خدمة JSON عبر الشبكة", "ru": "Сетевая служба JSON", "en": "HTTP and JSON"}
    settings = {
        "url": "an https address; {tel} {mailto} {idp} stand for the proved address of that scheme, "
        "{id} for the number of whom another acts for by law; {lang}, {name}",
        "assurance": "how well the address must be proved (default 1)",
        "headers": "{name: value}; {secret:NAME} in a value is filled from the secrets",
        "method": "GET (default) or POST",
        "body": "for POST: a JSON object with the same places",
        "rows": "the dotted path of the list of rows",
        "fields": "{field: dotted path or rule}, see kesher/records/sources/field_mapping.py",
        "as_of": "the dotted path of the answer's date",
        "absent": "statuses that mean: nothing is known of this person (default [404])",
        "limit": "how many rows at most",
    }
    secrets = {"*": "whatever the headers name"}

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Send the source's HTTP request about the person, and return the rows in the JSON answer."""
        places = template_values(subject, int(info.settings.get("assurance", 1)))
        url = fill_template(str(info.settings.get("url", "")), places, escape=True)
        if not url:
            return Reading()  # the person has no address that the service knows
        headers = build_headers(info)
        body = build_body(info.settings.get("body"), places) if info.settings.get("method") == "POST" else None
        try:
            status, _headers, answer = await client.request(
                "POST" if body is not None else "GET",
                url,
                headers=headers,
                json=body,
                timeout=info.timeout,
                cap=BODY_BYTES_MAX,
            )
        except ChannelError as error:
            raise SourceError(str(error), code=error.code or "network") from error
        if status in info.settings.get("absent", [404]):
            return Reading()
        if status != 200:
            raise SourceError(f"HTTP {status}", code="refused" if status in (401, 403) else "error")
        return map_reading(parse_answer(answer), info.settings, subject.lang)

    def check(self, info: Info) -> Sequence[Check]:
        """Return the results of checking that the URL is https, the rules are valid and all secrets are set."""
        url = urlsplit(str(info.settings.get("url", "")))
        problem = check_rules(info.settings.get("fields"))
        named = {part for value in header_templates(info) for part in secret_names(value)}
        lacking = sorted(named - set(info.secrets))
        return (
            Check("url", url.scheme == "https" and bool(url.netloc) and "{" not in url.netloc, "an https address"),
            Check("fields", not problem, problem),
            Check("secrets", not lacking, f"missing: {', '.join(lacking)}" if lacking else ""),
        )


def template_values(subject: Subject, assurance: int) -> dict[str, str]:
    """Return {placeholder: value} for URL and body: lang, name, and addresses proved at this assurance level."""
    schemes = {one.scheme for one in subject.addresses}
    found = {scheme: subject.address(scheme, assurance) for scheme in schemes}
    return {
        **{scheme: address for scheme, address in found.items() if address},
        "lang": subject.lang,
        "name": subject.name,
    }


def fill_template(template: str, places: Mapping[str, str], *, escape: bool = False) -> str:
    """Return the template with its {placeholders} filled in, or "" if a value is unknown.

    Braces in values are not replaced.
    """
    out, rest = [], template
    while "{" in rest:
        before, _brace, rest = rest.partition("{")
        name, closed, rest = rest.partition("}")
        if not closed or not places.get(name):
            return ""
        out += [before, quote(places[name], safe="") if escape else places[name]]
    return "".join([*out, rest])


def secret_names(template: str) -> set[str]:
    """Return the names of the secrets that a template uses as placeholders."""
    return {part.partition("}")[0] for part in template.split("{secret:")[1:]}


def header_templates(info: Info) -> list[str]:
    """Return the templates of all request headers in the source's settings."""
    headers = info.settings.get("headers") or {}
    return [str(value) for value in headers.values()] if isinstance(headers, Mapping) else []


def build_headers(info: Info) -> dict[str, str]:
    """Return the request headers with their secrets filled in. Raise SourceError if one is not set."""
    made = {"accept": "application/json"}
    for name, value in (info.settings.get("headers") or {}).items():
        text = str(value)
        for secret in secret_names(text):
            if not info.secrets.get(secret):
                raise SourceError("a secret is not set", code="settings")
            text = text.replace(f"{{secret:{secret}}}", str(info.secrets[secret]))
        made[str(name).lower()] = text
    return made


def build_body(template: Any, places: Mapping[str, str]) -> Any:
    """Return the request's JSON body, its placeholders filled in at any depth."""
    if isinstance(template, Mapping):
        return {key: build_body(value, places) for key, value in template.items()}
    if isinstance(template, list):
        return [build_body(value, places) for value in template]
    return fill_template(template, places) if isinstance(template, str) else template


def parse_answer(answer: bytes) -> Any:
    """Return the parsed JSON of the answer's bytes. Raise SourceError if it is none."""
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        raise SourceError("not JSON", code="garbage") from None
