"""Open cases, change their state and assignee, close them, and update them when the person writes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kesher.agencies.business_hours import add_working, is_open, next_opening
from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import next_number
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.cases.rules import TALKS, is_talk, route_to_case
from kesher.cases.services.state_notices import notify_person
from kesher.cases.states import ENDED, TRANSITIONS, changes_of
from kesher.channels.models import Account
from kesher.contacts.models import Contact, MergeEvent
from kesher.contacts.services.merges import is_merged, record_merge_event
from kesher.conversations.models import Conversation, Message, Route
from kesher.conversations.services import conversation_of, set_waiting, writing
from kesher.conversations.services.conversation_writer import add_event_line
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.batch import save
from kesher.core.db.prepared_query import Prepared, insert
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.live.live_events import publish
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import set_dialogue_aside

State = Case.State
# A date and time in Django's format; Hebrew and Arabic letters stand for themselves.
OPENING = {"he": "יום l, j בF, בשעה H:i", "ar": "يوم l، j F، الساعة H:i", "ru": "j E, с H:i"}
# "On Monday" in Russian: the weekday's accusative, which Django does not have.
RUSSIAN_DAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")


@transaction.atomic(savepoint=False)
def open_case(
    conversation: Conversation,
    *,
    kind: str = Case.Kind.QUESTION,
    topic: Topic | None = None,
    title: str = "",
    channel: str = "",
    by: Actor = SYSTEM,
    waiting: bool = True,
    at: datetime | None = None,
    address_of: Contact | None = None,
    account: Account | None = None,
    thread: str = "",
) -> Case:
    """Create a case in this conversation with a number and due times, and return it.

    ``waiting``: the person waits for a clerk from now on. ``address_of``: the contact whose address it came from, if
    the person is several contacts. ``account``, ``thread``: where it was asked in public.
    """
    now = at or arrived_at()
    case = Case(
        agency_id=conversation.agency_id,
        conversation=conversation,
        number=next_number("case"),
        kind=kind,
        topic=topic,
        title=" ".join(title.split())[:200],
        team=topic.team if topic else None,
        channel=channel,
        account=account,
        thread=thread,
        language=conversation.contact.language,
        opened_at=now,
        waiting_since=now if waiting else None,
        from_seq=conversation.last_seq,
        **due_times(conversation.agency, topic, now),
    )
    insert(case)
    add_event(case, "open", after=State.NEW, public=True)
    record_merge_event(address_of or conversation.contact, "open", case=case.pk, waits=waiting)
    if waiting:
        set_waiting(conversation, now)
    audit("cases.open", by=by, subject=case, kind=kind)
    publish(case.stream, "cases")
    return case


def due_times(agency: Agency, topic: Topic | None, start: datetime) -> dict[str, datetime]:
    """Return {"answer_due": …, "done_due": …}, counted from ``start`` by the topic's clock."""
    answer, done = (topic.answer_hours, topic.done_hours) if topic else (8.0, 40.0)
    if topic and topic.clock == Topic.Clock.ALWAYS:
        return {"answer_due": start + timedelta(hours=answer), "done_due": start + timedelta(hours=done)}
    return {"answer_due": add_working(agency, start, answer), "done_due": add_working(agency, start, done)}


def add_event(
    case: Case, event: str, *, before: str = "", after: str = "", staff: Staff | None = None, public: bool = False
) -> None:
    """Add one event to a case's history, with the values before and after; ``public``: the person may see it."""
    save(
        CaseEvent(agency_id=case.agency_id, case=case, verb=event, before=before, after=after, by=staff, public=public)
    )


@transaction.atomic
def move_case(
    case: Case,
    transition: str,
    *,
    staff: Staff | None = None,
    tell: bool = False,
    message: str = "",
    at: datetime | None = None,
) -> Case:
    """Move a case to another state by this transition, if it is still in the state that was seen; return it.

    ``tell``: notify the person on their best route; ``at``: when the cause happened, if not now. Raise Refused if the
    table has no such transition, or the case was moved meanwhile.
    """
    before, now = case.state, at or timezone.now()
    changes = changes_of(before, transition, now)
    if changes is None:
        raise Refused(_("This request cannot be moved that way now. Reload the page to see where it stands."))
    if not Case.objects.filter(pk=case.pk, state=before).update(**changes, version=F("version") + 1):
        raise Refused(_("Somebody else moved this request a moment ago. Reload the page to see where it stands."))
    case.refresh_from_db()
    add_event(case, transition, before=before, after=case.state, staff=staff, public=True)
    audit("cases.move", by=Actor("staff", staff.pk, "desk") if staff else SYSTEM, subject=case, step=transition)
    add_event_line(
        find_home_conversation(case), f"#{case.number}: {case.get_state_display()}", staff=staff, case=case.pk
    )
    if transition != "wake":  # the person's message is recorded instead
        record_merge_event(find_case_owner(case), "move", case=case.pk, verb=transition, at=now.isoformat())
    refresh_waiting(case.conversation)
    hold_or_release(case, before)
    publish(case.stream, "cases")
    if tell:
        notify_person(case, message, staff=staff)
    return case


@transaction.atomic
def solve_in_public(case: Case, *, staff: Staff) -> None:
    """Solve a case whose person was answered where everybody can read it; a case that is over stays as it is."""
    now = timezone.now()
    Case.objects.filter(pk=case.pk, answered_at=None).update(answered_at=now)
    if changes_of(case.state, "solve", now) is not None:
        move_case(case, "solve", staff=staff)


@transaction.atomic
def take_case(case: Case, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """Assign a case that ``expected`` still has to ``to``; return False if it changed meanwhile."""
    changed = Case.objects.filter(pk=case.pk, assignee=expected).update(assignee=to, version=F("version") + 1)
    if changed:
        add_event(case, "assign", before=str(expected or ""), after=str(to or ""), staff=staff)
        record_merge_event(find_case_owner(case), "take", case=case.pk, to=to.pk if to else None)
        audit("cases.assign", by=Actor("staff", staff.pk, "desk"), subject=case, to=to.pk if to else None)
        publish(case.stream, "cases", "inbox")
    return bool(changed)


@transaction.atomic
def set_topic(case: Case, topic: Topic, *, staff: Staff) -> None:
    """Change a case's topic; its team and due times (counted from the opening) follow."""
    before = str(case.topic or "")
    case.topic, case.team = topic, topic.team
    for name, value in due_times(case.conversation.agency, topic, case.opened_at).items():
        setattr(case, name, value)
    case.save(update_fields=["topic", "team", "answer_due", "done_due"])
    add_event(case, "topic", before=before, after=str(topic), staff=staff)
    audit("cases.set_topic", by=Actor("staff", staff.pk, "desk"), subject=case, topic=topic.code)
    publish(case.stream, "cases")


@transaction.atomic
def record_answer(conversation: Conversation, *, staff: Staff | None, message: Message | None = None) -> None:
    """Update the person's open cases after a clerk wrote: first answer set, in progress, waiting no more.

    ``message``: to one of the person's addresses. ``staff`` None: the clerk is not known.
    """
    now = timezone.now()
    to = message.identity.contact if message and message.identity else conversation.contact
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.root().family_ids()).open()
    thread = {}
    if message is not None and message.public:
        thread = {"thread": message.thread}
        rows = rows.filter(account=message.account, **thread)
    record_merge_event(
        to,
        "answered",
        message=message.pk if message else 0,
        staff=staff.pk if staff else None,
        at=now.isoformat(),
        **thread,
    )
    rows.filter(answered_at=None).update(answered_at=now)
    rows.update(waiting_since=None)
    for case in rows.filter(state=State.NEW):
        Case.objects.filter(pk=case.pk).update(state=State.OPEN, assignee=case.assignee or staff)
        add_event(case, "start", before=State.NEW, after=State.OPEN, staff=staff, public=True)
        publish(case.stream)
    if thread:
        refresh_waiting(conversation)  # who waits in private waits on
    publish("cases")


def on_answered(*, message: Message) -> None:
    """Update the cases after staff answered in the provider's own application; a private answer silences the bot."""
    assert message.identity is not None
    if not message.public:
        record_merge_event(message.identity.contact, "hold")
    record_answer(message.conversation, staff=None, message=message)


def find_case_owner(case: Case) -> Contact:
    """Return the contact whose address this case came from; it may be merged into another."""
    contact = case.conversation.contact
    opened = (
        MergeEvent.objects.filter(kind="open", data__case=case.pk) if is_merged(contact) else MergeEvent.objects.none()
    )
    event = opened.select_related("contact").first()
    return event.contact if event else contact


def find_home_conversation(case: Case) -> Conversation:
    """Return the conversation whose page shows this case."""
    return conversation_of(case.conversation.contact)


def refresh_waiting(conversation: Conversation) -> None:
    """Update since when the person waits, from their cases, and until when free text reopens a solved case.

    It reopens only while no talk is open.
    """
    home = conversation_of(conversation.contact)
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.root().family_ids())
    waiting = rows.filter(closed_at=None, waiting_since__isnull=False).order_by("waiting_since")
    talks = rows.filter(kind__in=TALKS)
    solved = talks.filter(state=State.SOLVED).aggregate(last=Max("solved_at"))["last"]
    until = solved + timedelta(days=home.agency.reopen_days) if solved else None
    with writing(home) as writer:
        writer.set(
            waiting_since=waiting.values_list("waiting_since", flat=True).first(),
            reopens_until=until if until and not talks.filter(closed_at=None).exists() else None,
        )


def hold_or_release(case: Case, before: str) -> None:
    """Let the bot answer again when the last question or call ends; silence it when one is reopened."""
    if case.state in ENDED:
        rows = Case.objects.filter(conversation__contact__in=case.conversation.contact.root().family_ids())
        if rows.filter(kind__in=TALKS, closed_at=None).exists():
            return
    elif before not in ENDED or not is_talk(case):
        return
    with writing(find_home_conversation(case)) as writer:
        writer.set(held=case.state not in ENDED)


def on_inbound(*, message: Message, wants_person: bool) -> None:
    """Attach a message for a clerk to the person's open case, else to a recently solved one, else to a new one."""
    if not wants_person or message.public:  # see `public_threads`
        return
    conversation = message.conversation
    sender = message.identity.contact if message.identity else conversation.contact
    at, days = message.received, conversation.agency.reopen_days
    rows = query_recent_cases(conversation.contact.root().family_ids(), at - timedelta(days=days))
    case = route_to_case(rows, held=conversation.held, at=at, days=days)
    if case is None:
        open_case(conversation, title=message.text, channel=message.channel, at=at, address_of=sender)
    else:
        wait_for_clerk(case, at)
        record_merge_event(sender, "words", message=message.pk, at=at.isoformat())


@Prepared.of(list[int], datetime)
def query_recent_cases(contacts: list[int], solved_since: datetime) -> QuerySet[Case]:
    """Return a queryset of these contacts' cases that are open or were solved since then, oldest first."""
    recent = Q(closed_at=None) | Q(state=State.SOLVED, solved_at__gte=solved_since)
    return Case.objects.filter(recent, conversation__contact__in=contacts).order_by("id")


@Prepared.of(list[int])
def query_open_talks(contacts: list[int]) -> QuerySet[Case]:
    """Return a queryset of the newest open question or call of these contacts."""
    talks = Case.objects.filter(conversation__contact__in=contacts, kind__in=TALKS)
    return talks.filter(closed_at=None).order_by("-id")[:1]


def wait_for_clerk(case: Case, at: datetime) -> None:
    """Mark that the person waits for a clerk in this case; a paused or solved case is in progress again."""
    if (case.state, "wake") in TRANSITIONS:
        move_case(case, "wake", at=at)
    elif case.waiting_since is None:
        Case.objects.filter(pk=case.pk).update(waiting_since=at)
        set_waiting(conversation_of(case.conversation.contact), at)


def on_handoff(*, turn: Turn, reason: str, session: DialogueSession | None = None) -> str:
    """Open a case, or let an open one wait, for a person who needs a clerk; return the text to tell them."""
    conversation = conversation_of(turn.contact)
    sender, now = turn.identity.contact if turn.identity else turn.contact, arrived_at()
    case = next(iter(query_open_talks(conversation.contact.family_ids())), None)
    if case is None:
        title = turn.text if reason == "free_text" else last_message_before(conversation, turn)
        case = open_case(conversation, title=title, channel=turn.door, by=turn.actor, address_of=sender)
    else:
        wait_for_clerk(case, now)
        asked = (
            Message.objects.filter(conversation=conversation, seq=turn.seq or 0).first() if is_merged(sender) else None
        )
        record_merge_event(sender, "words", message=asked.pk if asked else 0, at=now.isoformat(), talks=True)
    hold_for_clerk(conversation, sender)
    agency = calendar_of(turn, conversation.agency)
    voice = turn.capabilities.voice
    words = promise_call_back(turn) if voice else _("A person will answer you here. Your request number is %(number)s.")
    text = words % {"number": case.number}
    if not is_open(agency, now):
        opening = next_opening(agency, now).astimezone(timezone.get_current_timezone())
        when = date_format(opening, OPENING.get(turn.lang, "l, j F, H:i"))
        if turn.lang == "ru":
            when = f"{RUSSIAN_DAYS[opening.weekday()]}, {when}"
        own = agency.texts.get("closed", {}).get(turn.lang, "")
        text = " ".join(filter(None, [text, _("We are back on %(when)s.") % {"when": when}, own]))
    return text if voice else f"{text} {bot_hint(session)}"


def promise_call_back(turn: Turn) -> str:
    """Return what to tell a caller who waits for a person; whoever withholds their number is asked for it."""
    if turn.identity is not None and turn.identity.address.startswith("+"):
        return _("A person will call you back. Your request number is %(number)s.")
    return _("We do not see your number. Say on which number to call you back. Your request number is %(number)s.")


def calendar_of(turn: Turn, agency: Agency) -> Agency:
    """Return the agency with the opening hours of the account that a person writes to, if it has its own."""
    if turn.identity is None:
        return agency
    routes = Route.objects.filter(identity=turn.identity, account__channel=turn.door).select_related("account")
    # PostgreSQL puts NULL first in a descending order, SQLite last: routes on which nothing came in are the last.
    route = routes.order_by(F("last_in_at").desc(nulls_last=True), "-pk").first()
    return route.account.calendar(agency) if route else agency


def bot_hint(session: DialogueSession | None) -> str:
    """Return a sentence on how to go on with the bot: an unfinished form waits."""
    skill = REGISTRY.get(session.skill) if session else None
    if skill is None:
        return _("For the menu, write “menu”.")
    return _("Not done yet: %(form)s. To finish it, write “continue”.") % {"form": skill.title}


def hold_for_clerk(conversation: Conversation, sender: Contact) -> None:
    """Silence the bot in this conversation for a clerk: its open question is set aside, free text waits."""
    set_dialogue_aside(conversation.contact)
    with writing(conversation) as writer:
        writer.set(held=True, reopens_until=None)
    record_merge_event(sender, "hold")


def last_message_before(conversation: Conversation, turn: Turn) -> str:
    """Return the person's last message before they asked for a clerk."""
    rows = Message.objects.filter(conversation=conversation, direction="in").exclude(seq=turn.seq or 0)
    return rows.order_by("-seq").values_list("text", flat=True).first() or turn.text


def find_case_by_number(number: str) -> Case | None:
    """Return the case with this number; None if there is none. Show no personal data by it."""
    return Case.objects.filter(number=int(number)).first() if number.isdecimal() and len(number) <= 12 else None
