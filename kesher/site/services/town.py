"""Demo data loader: the demo agency, once, completely or not at all; later starts only update its URLs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from kesher.accounts.models import NationalLogin
from kesher.accounts.services import save_national_login
from kesher.accounts.services.oidc import national_address
from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.services import add_staff, create_agency
from kesher.cases.models import Topic
from kesher.cases.services import save_canned_response
from kesher.channels.models import Account
from kesher.channels.services import approve_template, open_account
from kesher.contacts.services import create_identity, find_identity, get_or_create_identity, prove_identity
from kesher.core.agency_scope import scope
from kesher.core.audit import SYSTEM, audit
from kesher.core.ids import token
from kesher.site.demo import town
from kesher.site.demo.people import PEOPLE
from kesher.site.demo.ready import READY
from kesher.site.demo.topics import SUBJECTS
from kesher.site.services.contests import load_contests
from kesher.site.services.crowd import load_history
from kesher.site.services.knowledge import load_answers
from kesher.site.services.petitions import load_campaigns
from kesher.site.services.purchases import load_purchases
from kesher.site.services.records import load_records
from kesher.site.services.talks import load_talks
from kesher.site.services.votes import load_votes
from kesher.site.simulator_client import HOST, mail_port

PROVIDERS = "/simulator/provider"


def load_demo(address: str) -> tuple[Agency, bool]:
    """Return the demo agency with all its data, and whether it was created now.

    ``address`` is this server's URL for the fake providers; it is set at every start, because the port may change.
    """
    agency = Agency.objects.filter(slug=town.SLUG, demo=True).first()
    if agency is not None:
        with scope(agency):
            point_accounts(address)
            point_national(address)
        return agency, False
    with translation.override("he"):
        return make_demo(address), True


@transaction.atomic
def make_demo(address: str) -> Agency:
    """Create the demo agency with all its data, and return it."""
    agency = create_agency(slug=town.SLUG, names=town.NAMES, demo=True, **town.AGENCY)
    with scope(agency):
        teams = make_teams(agency)
        staff = make_staff(agency, teams)
        topics = make_topics(agency, teams)
        accounts = make_accounts()
        point_accounts(address)
        for name, topic, words in READY:
            save_canned_response(None, name=name, texts=words, topic=topics.get(topic), staff=staff["miriam"])
        load_history(agency, topics, accounts, staff)
        load_talks(topics, accounts, staff)
        load_campaigns(agency, staff["miriam"])
        load_votes(agency, staff["miriam"])
        load_contests(agency, staff["miriam"])
        load_purchases(agency, staff["miriam"])
        load_answers(agency)
        load_records(agency)
        point_national(address)
        audit("site.load_demo", by=SYSTEM, subject=agency)
    return agency


def make_teams(agency: Agency) -> dict[str, Team]:
    """Create the demo's teams and return them by slug."""
    rows = [Team(agency=agency, slug=slug, names=names) for slug, names in town.TEAMS.items()]
    return {team.slug: team for team in Team.objects.bulk_create(rows)}


def make_staff(agency: Agency, teams: dict[str, Team]) -> dict[str, Staff]:
    """Create the demo's members of staff and return them by user name."""
    found = {}
    for username, name, role, of, languages in town.STAFF:
        staff = add_staff(
            username=username, name=name, password=town.PASSWORD, role=role, teams=tuple(teams[slug] for slug in of)
        )
        staff.languages = list(languages)
        staff.save(update_fields=["languages"])
        found[username] = staff
    return found


def make_topics(agency: Agency, teams: dict[str, Team]) -> dict[str, Topic]:
    """Create the demo's topics and return them by code."""
    rows = [
        Topic(
            agency=agency,
            code=subject.code,
            names=subject.names,
            group=subject.group,
            reportable=subject.reportable,
            needs_place=subject.place,
            team=teams[subject.team],
            clock=Topic.Clock.ALWAYS if subject.always else Topic.Clock.WORKING,
            answer_hours=subject.answer,
            done_hours=subject.done,
            synonyms={lang: list(words) for lang, words in (subject.synonyms or {}).items()},
            order=order * 10,
        )
        for order, subject in enumerate(SUBJECTS, 1)
    ]
    return {topic.code: topic for topic in Topic.objects.bulk_create(rows)}


def make_accounts() -> dict[str, Account]:
    """Create a demo account on each channel, with secrets and templates, and return them by channel."""
    found = {}
    for order, (channel, address, shown, values, public) in enumerate(town.ACCOUNTS, 1):
        secret = token(32)
        # Twilio signs with our access token; Telegram's token has its own format.
        key = {"sms": secret, "telegram": f"5550100:{token(35)}", "email": ""}.get(channel, token(32))
        found[channel] = open_account(
            channel, address=address, secrets=(secret,), token=key, shown_address=shown, settings=values,
            names=town.SHORT.get(channel, {}), is_public=public, order=order * 10,
        )  # fmt: skip
    for name, purpose, words in town.TEMPLATES:
        for lang, body in words.items():
            approve_template(found["whatsapp"], name=name, language=lang, body=body, purpose=purpose)
    return found


@transaction.atomic
def point_accounts(address: str) -> None:
    """Set the URLs of the demo accounts to the fake providers at this address, if the simulator is on."""
    for account in Account.objects.all():
        values: dict[str, Any] = {"api": f"{address}{PROVIDERS}/{account.channel}"}
        if account.channel == "email":
            values = {"smtp_host": HOST, "smtp_port": mail_port(), "smtp_tls": "none", "allow_private": True}
        if account.channel == "webchat" or not settings.KESHER_SIMULATOR:
            continue
        if values.items() <= account.settings.items():
            continue
        account.settings = {**account.settings, **values}
        account.save(update_fields=["settings"])


@transaction.atomic
def point_national(address: str) -> None:
    """Set the URL of the demo's national login to the fake identity provider at this address.

    Without the simulator it is inactive, because no provider would answer.
    """
    issuer = f"{address}{PROVIDERS}/nation" if settings.KESHER_SIMULATOR else town.NATIONAL["issuer"]
    row = NationalLogin.objects.filter(key=town.NATIONAL["key"]).first()
    if row is not None and (row.client_id != town.NATIONAL["client_id"] or row.issuer == issuer):
        return  # configured by hand, or unchanged
    fields = {**town.NATIONAL, "issuer": issuer, "is_active": settings.KESHER_SIMULATOR}
    row = save_national_login(client_secret=token(32), by=SYSTEM, **fields)
    for person in PEOPLE.values() if settings.KESHER_SIMULATOR else ():
        theirs = national_address(row, person.key)
        if find_identity(theirs) is None:
            contact = get_or_create_identity(person.address("tel"), assurance=1, language=person.lang).contact.root()
            prove_identity(create_identity(theirs, contact=contact), level=3, evidence={"provider": row.key})
