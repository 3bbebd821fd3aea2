"""Demo data loader: communities, their members, and weeks of what they wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

from kesher.cases.models import Case, CaseEvent
from kesher.cases.services import open_case
from kesher.communities.models import Community
from kesher.communities.services import KIND
from kesher.contacts.models import Contact, Identity
from kesher.conversations.services import conversation_of
from kesher.demo.data_files import Row, fields, moment, read
from kesher.demo.services.municipality import Municipality
from kesher.demo.services.residents import create_residents, seeded
from kesher.discussions.models import Discussion, Participant, Post, PostDecision
from kesher.discussions.rules import text_digest
from kesher.discussions.states import find_moderator_transition

FIRST_NUMBER = 49_000  # of the members' telephones
JOINED_BEFORE = timedelta(days=10)  # that long before the first post, everybody was a member


def load_communities(municipality: Municipality) -> None:
    """Create the communities."""
    data = read("communities")
    for order, row in enumerate(data["communities"]):
        CommunityLoader(row, municipality).load(data["silent"], FIRST_NUMBER + order * 100)


class CommunityLoader:
    """Loads one community."""

    def __init__(self, row: Row, municipality: Municipality) -> None:
        """Create the community; its members and posts are still to be written."""
        self.row, self.municipality = row, municipality
        self.discussion = Discussion.objects.create(agency=municipality.agency, kind=KIND)
        texts = fields(row, "members", "threads")
        Community.objects.create(agency=municipality.agency, discussion=self.discussion, **texts)
        self.members: dict[str, Participant] = {}
        self.authors: dict[int | None, Identity] = {}

    def load(self, silent: int, first_number: int) -> None:
        """Create the members, of whom ``silent`` only read, and write the posts, oldest first."""
        self.create_members(silent, first_number)
        entries = [(entry, thread) for thread in self.row["threads"] for entry in (thread, *thread["replies"])]
        written: dict[int, Post] = {}
        for entry, thread in sorted(entries, key=lambda pair: moment(pair[0]["at"])):
            post = self.write_post(entry, None if entry is thread else written[id(thread)])
            written[id(entry)] = post
        for thread in self.row["threads"]:
            if "asked" in thread:
                self.ask(written[id(thread)], moment(thread["asked"]))

    def create_members(self, silent: int, first_number: int) -> None:
        """Create the members of the row, and those who only read."""
        named: dict[str, str] = self.row["members"]
        people = create_residents(self.municipality.agency, len(named) + silent, first_number, seeded(first_number))
        since = moment(self.row["threads"][0]["at"]) - JOINED_BEFORE
        for person, (name, lang) in zip(people, named.items(), strict=False):
            person.contact.name, person.contact.language = name, lang
        Contact.objects.bulk_update([person.contact for person in people[: len(named)]], ["name", "language"])
        names = {name.casefold(): name for name in named}
        rows = []
        for person in people:
            if person.contact.name not in named and person.contact.name.casefold() in names:
                continue
            names[person.contact.name.casefold()] = person.contact.name
            rows.append(self.make_member(person, since))
        self.members = {row.name: row for row in Participant.objects.bulk_create(rows)}
        self.authors = {row.pk: row.identity for row in self.members.values() if row.identity}

    def make_member(self, person: Identity, since: datetime) -> Participant:
        """Return an unsaved member."""
        names = {"agency": self.municipality.agency, "discussion": self.discussion, "identity": person}
        return Participant(**names, name=person.contact.name, joined=since)

    def write_post(self, entry: Row, parent: Post | None) -> Post:
        """Write a post of a member, or an official one of a member of staff, with what a moderator decided."""
        staff = self.municipality.staff.get(entry["by"])
        post = Post.objects.create(
            agency=self.municipality.agency,
            discussion=self.discussion,
            participant=None if staff else self.members[entry["by"]],
            staff=staff,
            parent=parent,
            text=entry["text"],
            digest=text_digest(entry["text"]),
            created=moment(entry["at"]),
        )
        if "decision" in entry:
            self.decide(post, **fields(entry["decision"]))
        return post

    def decide(self, post: Post, *, transition: str, at: str, reason: str) -> None:
        """Write what a moderator decided."""
        post.state = find_moderator_transition(post.state, transition) or post.state
        post.save(update_fields=["state"])
        PostDecision.objects.create(
            agency=self.municipality.agency,
            post=post,
            transition=transition,
            reason=reason,
            quoted=post.text,
            staff=self.municipality.manager,
            at=moment(at),
        )

    def ask(self, post: Post, at: datetime) -> None:
        """Open the request of a thread; an official answer in it solved the request."""
        contact = self.authors[post.participant_id].contact
        answer = post.replies.filter(staff__isnull=False).first()
        post.case = open_case(
            conversation_of(contact),
            kind=Case.Kind.DISCUSSION,
            title=post.text[:200],
            channel="web",
            waiting=False,
            at=at,
            address_of=contact,
        )
        post.save(update_fields=["case"])
        CaseEvent.objects.filter(case=post.case).update(at=at)
        if answer is not None:
            times = dict.fromkeys(["answered_at", "solved_at", "closed_at"], answer.created)
            Case.objects.filter(pk=post.case.pk).update(state=Case.State.SOLVED, assignee=answer.staff, **times)
            event = CaseEvent.objects.create(
                agency=post.agency, case=post.case, verb="solve", before="new", after="solved", by=answer.staff
            )
            CaseEvent.objects.filter(pk=event.pk).update(at=answer.created)
