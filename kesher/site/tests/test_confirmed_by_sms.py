"""Confirmations fit into two SMS parts in each language, with the private link where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import get_language

from kesher.channels.base import Address, Say
from kesher.channels.models import Account
from kesher.channels.registry import get_channel
from kesher.contacts.models import Identity
from kesher.contests.models import Proposal
from kesher.contests.services.confirmations import proposal_confirmation, vote_confirmation
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_proposal, proposals
from kesher.language import sms_parts
from kesher.petitions.models import Petition
from kesher.petitions.services import confirmations, create_petition
from kesher.purchases.models import Pledge
from kesher.purchases.services.confirmations import offer_confirmation, pledge_confirmation, start_confirmation
from kesher.purchases.tests.factories import a_purchase, buy
from kesher.reports.services import make_receipt
from kesher.reports.tests.factories import lamp_report, topic

LANGUAGES = ("he", "ar", "ru", "en")
TITLES = {
    "he": "להגן על עצי הצל שברחובות השכונה הוותיקה ועל כל הגינות",
    "ar": "حماية أشجار الظلّ في شوارع الحيّ القديم وكلّ الحدائق",
    "ru": "Сохранить тенистые деревья на улицах старого района",
    "en": "Keep the trees that shade the streets of the old quarter",
}
PARTS = 2
PRIVATE = ("started", "gathers", "pledged", "missing", "waits", "organised")


def confirmations_of(dana: Identity) -> dict[str, Callable[[], Say]]:
    petition = create_petition(titles=TITLES, demands={"he": "צל"}, language="he", published=True, author=dana.contact)
    gathering = Petition.objects.get(pk=petition.pk)
    gathering.moderation, gathering.supporters = "gathering", 5
    contest, round = a_ballot_of("קלקלן", "סופן")
    word = a_proposal(a_contest(proposals()), "קלקלן", by=dana)
    contest.titles = word.contest.titles = TITLES
    read = Proposal(contest=word.contest, number=12345, state="submitted")
    purchase = a_purchase(minimum=4)
    line = buy(purchase, 2, dana).line
    purchase.refresh_from_db()
    purchase.titles = TITLES
    row = line.participation
    row.pk, purchase.pk = 12_345_678, 1_234_567  # as after years of use
    waits = Pledge(purchase=purchase, participation=row, standing="waiting", quantity=2, wanted=2)
    missing = Pledge(purchase=purchase, participation=row, standing="in", quantity=2, wanted=5, turn=1)
    report = lamp_report(dana, topic())
    return {
        "signed": lambda: confirmations.signature_confirmation(petition, row, dana),
        "started": lambda: confirmations.started(petition, dana),
        "gathers": lambda: confirmations.started(gathering, dana),
        "voted": lambda: vote_confirmation(round, row, dana),
        "proposed": lambda: proposal_confirmation(word, dana),
        "read": lambda: proposal_confirmation(read, dana),
        "pledged": lambda: pledge_confirmation(purchase, line, dana),
        "waits": lambda: pledge_confirmation(purchase, waits, dana),
        "missing": lambda: pledge_confirmation(purchase, missing, dana),
        "offered": lambda: offer_confirmation(purchase, dana),
        "organised": lambda: start_confirmation(purchase, dana),
        "report": lambda: make_receipt(report, dana, get_language() or "he"),
    }


def texts_of(account: Account, say: Say) -> list[str]:
    """The parameters that the provider receives."""
    payloads = get_channel("sms").render(say, Address("tel", "+972505550142"), account.capabilities())
    return [str(payload.body["body"]) for payload in payloads]


@pytest.mark.parametrize("site", ["https://city.example", "https://kesher.neve-yam.example"])
def test_each_confirmation_takes_two_parts_at_most(dana: Identity, sms: Account, site: str, settings: Any) -> None:
    made = confirmations_of(dana)
    settings.KESHER_PUBLIC_URL = site
    for name, make in made.items():
        for language in LANGUAGES:
            with translation.override(language):
                say = make()
            texts = texts_of(sms, say)
            parts = sum(sms_parts(text).parts for text in texts)
            assert parts <= PARTS, (name, language, parts, texts)
            assert "\u202e" not in texts[0], (name, language)
            assert name not in PRIVATE or site in texts[0], (name, language, texts)
