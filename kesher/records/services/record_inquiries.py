"""Open a case from a citizen's question about one row of their records."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.cases.models import Case
from kesher.cases.services import open_case
from kesher.contacts.models import Contact
from kesher.conversations.services import conversation_of, writing
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.records.models import Mandate, RecordSource
from kesher.records.sources.base import Row


@transaction.atomic
def ask_about_row(
    person: Contact, source: RecordSource, row: Row, words: str, *, about: str, mandate: Mandate | None = None
) -> Case:
    """Open a case with a person's question about one of their records. Raise Refused for an empty question.

    ``about`` is the row in words, for the clerk; with a mandate the case also says for whom the person asks.
    """
    asked = " ".join(words.split())
    if not asked:
        raise Refused(_("Write what you would like to know."))
    conversation = conversation_of(person)
    case = open_case(conversation, title=f"{row.title}: {asked}", channel="web", by=Actor("contact", person.pk, "web"))
    lines = [words.strip(), "", f"{source.name}: {about}"]
    if mandate is not None and mandate.giver is not None:
        by_law = _("On behalf of %(name)s, as a clerk granted.")
        words_of = by_law if mandate.ward_id is not None else _("On behalf of %(name)s, who agreed to it.")
        lines.append(words_of % {"name": mandate.giver.root().shown_name})
    with writing(conversation) as writer:
        writer.add("in", text="\n".join(lines), lang=person.language, channel="web", content={"case": case.number})
    audit("records.ask_about", by=Actor("contact", person.pk, "web"), subject=case, source=source.code)
    return case
