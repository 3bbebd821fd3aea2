"""Update cases when two contacts are merged, and restore each person's own when the merge is undone."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from kesher.agencies.models import Staff
from kesher.cases.merge_reversal import FIELDS, CaseStanding, Replay, case_record, parse_moment
from kesher.cases.models import Case
from kesher.cases.services.cases import add_event, open_case, refresh_waiting
from kesher.cases.services.public_threads import describe_thread
from kesher.contacts.models import Contact, Merge, MergeEvent
from kesher.contacts.services.merges import contacts_without_base
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import conversation_of
from kesher.conversations.services.merges import messages_since_merge, move_messages
from kesher.core.live.live_events import publish


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Update cases and waiting after contacts were merged; when that is undone, restore each person's own cases."""
    if undone:
        restore_cases(kept, absorbed, merge)
    else:
        record_cases(kept.family_ids())
    for contact in (kept, absorbed) if undone else (kept,):
        refresh_waiting(conversation_of(contact))
    publish("cases")


def record_cases(ids: list[int]) -> None:
    """Write the present state of these contacts' cases to the merge journal, once for each contact."""
    for contact in Contact.objects.filter(pk__in=contacts_without_base("cases", ids)):
        rows = [case_record(case) for case in Case.objects.filter(conversation__contact=contact).order_by("pk")]
        MergeEvent.objects.create(agency_id=contact.agency_id, contact=contact, kind="cases", data={"cases": rows})


def restore_cases(kept: Contact, absorbed: Contact, merge: Merge) -> None:
    """Replay the journal of two separated contacts without their merge, and store the resulting cases."""
    ids = [*kept.family_ids(), *absorbed.family_ids()]
    replay = replay_journal(ids, merge)
    roots = {pk: Contact.objects.get(pk=pk).root() for pk in ids}
    for row in replay.cases:
        write_case(row, roots[row.owner])
    for root in {contact.pk: contact for contact in roots.values()}.values():
        write_person(root, replay)
    for home in Conversation.objects.filter(contact__in=ids):
        move_event_lines(home, merge)


def replay_journal(ids: list[int], merge: Merge) -> Replay:
    """Return the state of people and cases that these contacts' journal gives if this merge is left out."""
    events = list(MergeEvent.objects.filter(contact__in=ids).order_by("id"))
    known = {event.data["merge"] for event in events if event.kind == "merge"}
    old = Merge.objects.filter(absorbed__in=ids, kept__in=ids, state=Merge.State.DONE).exclude(pk__in=known)
    opened = Case.objects.in_bulk([event.data["case"] for event in events if event.kind == "open"])
    stand = set(Merge.objects.filter(pk__in=known, state=Merge.State.DONE).values_list("pk", flat=True))
    replay = Replay(dict(old.values_list("absorbed", "kept")), stand, merge.kept.agency.reopen_days, opened)
    for event in events:
        replay.play(event.contact_id, event.kind, {**event.data, "event": event.pk})
    return replay


def write_case(row: CaseStanding, root: Contact) -> None:
    """Store one case's replayed state in its person's conversation; create a case that only the replay opened."""
    if row.case:
        case = Case.objects.get(pk=row.case)
    else:
        message = Message.objects.filter(pk=row.message).first()
        said: dict[str, Any] = {"title": message.text, "channel": message.channel} if message else {}
        if message is not None and message.public:
            said = describe_thread(message)
        case = open_case(conversation_of(root), at=message.received if message else None, **said)
        # From now on it exists, whichever merge is undone next.
        MergeEvent.objects.filter(kind="open", data__case=case.pk).delete()
        MergeEvent.objects.filter(pk=row.event).update(kind="open", data={"case": case.pk, "waits": True})
    changes = {name: value for name, value in case_columns(row).items() if getattr(case, name) != value}
    if case.conversation.contact.root().pk != root.pk:
        changes["conversation_id"] = conversation_of(root).pk
    if not changes:
        return
    Case.objects.filter(pk=case.pk).update(**changes, version=F("version") + 1)
    if "state" in changes:
        add_event(case, "part", before=case.state, after=row.state, public=True)
    publish(case.stream)


def case_columns(row: CaseStanding) -> dict[str, object]:
    """Return the model fields to set for a replayed case."""
    return {"assignee_id" if name == "assignee" else name: getattr(row, name) for name in FIELDS}


def write_person(root: Contact, replay: Replay) -> None:
    """Store a person's assignee, hold, name and language from the replay, if the journal has them."""
    person = replay.people.get(root.pk, {})
    if "held" in person:
        holder = Staff.objects.filter(pk=person["assignee"]).first()
        home = conversation_of(root)
        Conversation.objects.filter(pk=home.pk).update(held=person["held"], assignee=holder)
    if "name" in person:
        root.name, root.language, root.noticed_at = (
            person["name"],
            person["language"],
            parse_moment(person["noticed_at"]),
        )
        root.save(update_fields=["name", "language", "noticed_at"])


def move_event_lines(home: Conversation, merge: Merge) -> None:
    """Move the system lines about cases into the conversations that show these cases now."""
    lines = messages_since_merge(home, merge).filter(direction="event").exclude(content={})
    cases = Case.objects.in_bulk({line.content["case"] for line in lines if "case" in line.content})
    for line in list(lines):
        case = cases.get(line.content.get("case", 0))
        owner = case.conversation.contact.root() if case else None
        if owner is not None and owner.pk != home.contact.root().pk:
            move_messages([line.pk], owner)
