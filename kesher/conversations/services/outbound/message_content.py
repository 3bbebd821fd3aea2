"""What a message to send consists of, and what of it is stored: secrets are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kesher.channels.base import Say, TemplateRef
from kesher.channels.models import Template
from kesher.channels.secret_redaction import find_private_links, is_link
from kesher.core.i18n.nested_quotes import nest_quotes


def with_nested_quotes(what: Say) -> Say:
    """Return the message with single quotation marks around words within a quoted title."""
    text = nest_quotes(what.text)
    return what if text == what.text else replace(what, text=text)


def mark_private_links(what: Say) -> Say:
    """Return the message with the private links in its text added to its secrets."""
    if not what.links and "://" not in what.text:
        return what
    found = find_private_links("\n".join([what.text, *(url for _title, url in what.links)]))
    return replace(what, secrets=tuple(dict.fromkeys([*what.secrets, *found]))) if found else what


def describe_secrets(what: Say) -> dict[str, Any]:
    """Return what may be stored of a message's secrets: their kind, and the titles of its private links."""
    if not what.secrets:
        return {}
    kind = "link" if all(is_link(secret) for secret in what.secrets) else "code"
    titles = [title for title, _url in what.private_links]
    return {"secret": kind, **({"private": titles} if titles else {})}


def extra_content(what: Say, mode: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Return the options, links and subject of a message, to be stored beside its text."""
    content: dict[str, Any] = dict(extra)
    if what.options and mode != "numbered":
        prefix = f"{what.nonce}:" if what.nonce else ""
        content["options"] = [{"key": prefix + option.key, "title": option.title} for option in what.options]
    if what.links:
        content["links"] = [list(link) for link in what.links]
    if what.expects:
        content["expects"] = what.expects
    if what.subject:
        content["subject"] = what.subject
    return content


def fill_template(template: Template, params: Sequence[str]) -> Say:
    """Return an approved template with its placeholders filled, as a message."""
    filled = template.filled(list(params))
    return Say(
        filled, lang=template.language[:2], template=TemplateRef(template.name, template.language, tuple(params))
    )


def merge_adjacent_messages(says: list[Say]) -> list[Say]:
    """Return the replies joined into as few messages as options allow, for channels such as mail.

    A reply with options ends a message: its options stand under its own text.
    """
    letters: list[list[Say]] = [[]]
    for what in says:
        letters[-1].append(what)
        if what.options or what.template:
            letters.append([])
    return [merge_messages(letter) for letter in letters if letter]


def merge_messages(letter: list[Say]) -> Say:
    """Return one message with the texts, links, files and secrets of several."""
    return replace(
        letter[-1],
        text="\n\n".join(what.text for what in letter if what.text),
        links=tuple(link for what in letter for link in what.links),
        media=tuple(media for what in letter for media in what.media),
        subject=next((what.subject for what in letter if what.subject), ""),
        secrets=tuple(secret for what in letter for secret in what.secrets),
        until=min((what.until for what in letter if what.until), default=None),
    )
