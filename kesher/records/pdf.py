"""Render the records page as a PDF, with the same words in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.core.output.pdf import Cell, Note, Paper, Section, isolate
from kesher.records.formatting import format_moment, join_words
from kesher.records.models import RecordSource
from kesher.records.presenters import section_context, summary_context
from kesher.records.record_access import Access
from kesher.records.sources.readings import SHOWN_STATUSES, Envelope

WIDTHS = (5.2, 1.7, 1.7, 2)


def build_paper(found: Sequence[Envelope], sources: Mapping[str, RecordSource], access: Access) -> Paper:
    """Return the PDF's content from the sources' results; ``sources`` are by code."""
    summary = summary_context(found, dict(sources), access)
    return Paper(
        title=_("Everything in my name") if access.mandate is None else mandate_title(access),
        body=access.contact.agency.name,
        lead=[line for line in (owner_line(access), debt_line(summary)) if line],
        notes=build_notes(summary),
        sections=[build_section(section_context(sources[one.code], one, None)) for one in found if one.code in sources],
    )


def mandate_title(access: Access) -> str:
    """Return the PDF's title for another person's records: "In the name of …"."""
    return _("In the name of %(name)s") % {"name": isolate(access.contact.shown_name)}


def owner_line(access: Access) -> str:
    """Return the owner's name for the PDF; "" for a mandate, whose title has it."""
    return isolate(access.contact.name) if access.mandate is None else ""


def debt_line(summary: Mapping[str, Any]) -> str:
    """Return the PDF's line with the sum to pay, "" if no source answered."""
    if not summary["read"]:
        return ""
    if not summary["total"]:
        return _("Nothing to pay was found.")
    payments = ngettext("one payment", "%(count)s payments", summary["count"]) % {"count": summary["count"]}
    return f"{_('To pay, all together')}: {summary['total']} ({payments})"


def build_notes(summary: Mapping[str, Any]) -> list[Note]:
    """Return the PDF's notes: first which sources may be missing, then the findings."""
    found = []
    if summary["failed"]:
        title = _("You may not be seeing everything: %(answered)s of %(all)s sources answered") % summary
        found.append(Note("wait", title, [f"{isolate(one['name'])} {one['words']}" for one in summary["failed"]]))
    if summary["closed"]:
        title = ngettext(
            "One source waits for your word", "%(count)s sources wait for your word", len(summary["closed"])
        )
        found.append(
            Note("info", title % {"count": len(summary["closed"])}, [join_words(map(isolate, summary["closed"]))])
        )
    return found + [Note(one["kind"], str(one["title"]), [one["words"]]) for one in summary["findings"]]


def build_section(item: Mapping[str, Any]) -> Section:
    """Return a source's section of the PDF, from `presenters.section_context`."""
    as_of = _("as of %(when)s") % {"when": format_moment(item["as_of"])} if item["as_of"] else ""
    return Section(
        title=str(item["name"]),
        aside=as_of,
        heads=[pgettext("record", "What"), pgettext("record", "State"), _("Amount"), pgettext("record", "When")],
        widths=WIDTHS,
        rows=[build_row(row) for row in item["rows"]],
        notes=[words for words in (status_text(item),) if words],
    )


def build_row(row: Mapping[str, Any]) -> list[str | Cell]:
    """Return one record as a table row of the PDF."""
    small = " · ".join(str(one) for one in (row["kind"], isolate(row["provider"]), isolate(row["number"])) if one)
    more = [words for words in (isolate(row["explanation"]), small) if words]
    return [
        Cell(isolate(row["title"]), more=more), Cell(str(row["status"]), str(row["badge"])), row["amount"], row["when"],
    ]  # fmt: skip


def status_text(item: Mapping[str, Any]) -> str:
    """Return the PDF's words below a source's rows or instead of them, by its status."""
    status = item["status"]
    if status == "partial":
        return _("Some of it did not come; try again later.")
    if status in SHOWN_STATUSES:
        return "" if item["rows"] else _("There is nothing here in your name.")
    return {
        "off": _("Switched off for now."),
        "no_consent": _("We read this only if you agree."),
        "level": _("This opens with the national login.") if item["level"] == 3 else _("Confirm first that it is you."),
    }.get(status, _("It gave no answer just now. Everything else is not affected."))
