"""Demo data loader: the agency, its teams, staff, topics, channel accounts and canned responses."""

from __future__ import annotations

from dataclasses import dataclass

from kesher.accounts.models import NationalLogin
from kesher.accounts.services import save_national_login
from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.place_files import read_places
from kesher.agencies.services import add_public_texts, add_staff, import_places
from kesher.cases.models import Topic
from kesher.cases.services import save_canned_response
from kesher.cases.services.starter_sets import read_starter_set
from kesher.channels.models import Account
from kesher.channels.services import approve_template, open_account
from kesher.core.audit import SYSTEM
from kesher.core.db.ids import token
from kesher.demo.data_files import Row, fields, read, read_text, read_topics


@dataclass(frozen=True, slots=True)
class Municipality:
    """The demo agency with what its content names: staff by user name, topics by code, accounts by channel."""

    agency: Agency
    staff: dict[str, Staff]
    topics: dict[str, Topic]
    accounts: dict[str, Account]

    @property
    def manager(self) -> Staff:
        """Return the member of staff who publishes and decides."""
        return self.staff["miriam"]


def create_municipality(agency: Agency) -> Municipality:
    """Create the agency's teams, staff, topics, places, accounts and canned responses, and return them."""
    data = read("agency")
    teams = create_teams(agency, data["teams"])
    staff = {row["username"]: create_staff(row, data["password"], teams) for row in data["staff"]}
    topics = create_topics(agency, teams)
    add_public_texts(agency, read_starter_set("municipality").public_texts, by=SYSTEM)
    import_places(read_places(read_text("places.tsv")), by=SYSTEM)
    accounts = {row["channel"]: create_account(row, order) for order, row in enumerate(data["accounts"], 1)}
    for row in data["templates"]:
        for lang, body in row["texts"].items():
            approve_template(accounts["whatsapp"], language=lang, body=body, **fields(row, "texts"))
    made = Municipality(agency, staff, topics, accounts)
    for row in data["canned_responses"]:
        topic = topics.get(row.get("topic", ""))
        save_canned_response(None, topic=topic, staff=made.manager, **fields(row, "topic"))
    return made


def create_teams(agency: Agency, names: dict[str, dict[str, str]]) -> dict[str, Team]:
    """Create the missing ones of these teams ({slug: names}), and return those by slug."""
    known = set(Team.objects.values_list("slug", flat=True))
    rows = [Team(agency=agency, slug=slug, names=words) for slug, words in names.items() if slug not in known]
    return {team.slug: team for team in Team.objects.bulk_create(rows)}


def create_staff(row: Row, password: str, teams: dict[str, Team]) -> Staff:
    """Create a member of staff and return them."""
    of = tuple(teams[slug] for slug in row["teams"])
    staff = add_staff(password=password, teams=of, **fields(row, "teams", "languages"))
    staff.languages = row["languages"]
    staff.save(update_fields=["languages"])
    return staff


def create_topics(agency: Agency, teams: dict[str, Team]) -> dict[str, Topic]:
    """Create the topics and return them by code."""
    rows = [
        Topic(agency=agency, team=teams[row["team"]], order=order * 10, **fields(row, "team"))
        for order, row in enumerate(read_topics(), 1)
    ]
    return {topic.code: topic for topic in Topic.objects.bulk_create(rows)}


def create_account(row: Row, order: int) -> Account:
    """Create an account on a channel, with secrets, and return it."""
    secret = token(32)
    # Twilio signs with our access token; Telegram's token has its own format.
    key = {"sms": secret, "telegram": f"5550100:{token(35)}", "email": ""}.get(row["channel"], token(32))
    return open_account(row["channel"], secrets=(secret,), token=key, order=order * 10, **fields(row, "channel"))


def set_national_login(issuer: str = "") -> NationalLogin | None:
    """Set the demo's national login to the provider with this URL; without one it is off, as none would answer.

    Return it, or None where it is unchanged or was configured by hand.
    """
    login = read("agency")["national_login"]
    found = NationalLogin.objects.filter(key=login["key"]).first()
    wanted = issuer or login["issuer"]
    if found is not None and (found.client_id != login["client_id"] or found.issuer == wanted):
        return None
    fields = {**login, "issuer": wanted, "is_active": bool(issuer)}
    return save_national_login(client_secret=token(32), by=SYSTEM, **fields)
