"""Everything in somebody's name on paper: what the page shows, in the same words and the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.core.pdf import Cell, Note, Paper, Section, isolate
from kesher.records.access import Sight
from kesher.records.formatting import listed, moment
from kesher.records.lookup_results import SHOWN, Envelope
from kesher.records.models import RecordSource
from kesher.records.presenters import section, summary

WIDTHS = (5.2, 1.7, 1.7, 2)


def paper_of(found: Sequence[Envelope], sources: Mapping[str, RecordSource], sight: Sight) -> Paper:
    """In: what came, the sources by their code, who looks at whose things."""
    told = summary(found, dict(sources), sight)
    return Paper(
        title=_("Everything in my name") if sight.mandate is None else title_for(sight),
        body=sight.contact.agency.name,
        lead=[line for line in (owner(sight), owed(told)) if line],
        notes=notes(told),
        sections=[part(section(sources[one.code], one, None)) for one in found if one.code in sources],
    )


def title_for(sight: Sight) -> str:
    return _("In the name of %(name)s") % {"name": isolate(sight.contact.shown_name)}


def owner(sight: Sight) -> str:
    return isolate(sight.contact.name) if sight.mandate is None else ""


def owed(told: Mapping[str, Any]) -> str:
    if not told["read"]:
        return ""
    if not told["total"]:
        return _("Nothing to pay was found.")
    payments = ngettext("one payment", "%(count)s payments", told["count"]) % {"count": told["count"]}
    return f"{_('To pay, all together')}: {told['total']} ({payments})"


def notes(told: Mapping[str, Any]) -> list[Note]:
    """First what may be missing on this paper, then what is worth a look."""
    found = []
    if told["failed"]:
        title = _("You may not be seeing everything: %(answered)s of %(all)s sources answered") % told
        found.append(Note("wait", title, [f"{isolate(one['name'])} {one['words']}" for one in told["failed"]]))
    if told["closed"]:
        title = ngettext("One source waits for your word", "%(count)s sources wait for your word", len(told["closed"]))
        found.append(Note("info", title % {"count": len(told["closed"])}, [listed(map(isolate, told["closed"]))]))
    return found + [Note(one["kind"], str(one["title"]), [one["words"]]) for one in told["findings"]]


def part(item: Mapping[str, Any]) -> Section:
    """One source, as `showing.section` gives it."""
    as_of = _("as of %(when)s") % {"when": moment(item["as_of"])} if item["as_of"] else ""
    return Section(
        title=str(item["name"]),
        aside=as_of,
        heads=[pgettext("record", "What"), pgettext("record", "State"), _("Amount"), pgettext("record", "When")],
        widths=WIDTHS,
        rows=[line(row) for row in item["rows"]],
        notes=[words for words in (state(item),) if words],
    )


def line(row: Mapping[str, Any]) -> list[str | Cell]:
    small = " · ".join(str(one) for one in (row["kind"], isolate(row["provider"]), isolate(row["number"])) if one)
    more = [words for words in (isolate(row["explanation"]), small) if words]
    return [
        Cell(isolate(row["title"]), more=more), Cell(str(row["status"]), str(row["badge"])), row["amount"], row["when"],
    ]  # fmt: skip


def state(item: Mapping[str, Any]) -> str:
    """What stands where there are no rows, or beneath them; the page's words."""
    status = item["status"]
    if status == "partial":
        return _("Some of it did not come; try again later.")
    if status in SHOWN:
        return "" if item["rows"] else _("Nothing stands here in your name.")
    return {
        "off": _("Switched off for now."),
        "no_consent": _("We read this only if you agree."),
        "level": _("This opens with the national login.") if item["level"] == 3 else _("Show first that it is you."),
    }.get(status, _("It gave no answer just now. Everything else is not affected."))
