"""A word proposed by SMS wins: merged with a duplicate from WhatsApp, scored by a jury, voted for, chosen, announced."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

from django.utils import timezone

from kesher.agencies.services import add_staff
from kesher.channels.base import Address
from kesher.contests.models import Ballot, Contest, Proposal, Round
from kesher.contests.services import (
    Plan,
    add_juror,
    add_statement,
    create_contest,
    decide,
    declare_conflict,
    review,
    score,
    shortlist,
)
from kesher.contests.services.results import close_due_rounds
from kesher.conversations.services.broadcasts import expand_broadcasts
from kesher.participation.services import drain_deltas, read_tallies
from tests.end_to_end import KesherServer, until

COINER = Address("tel", "+972505550142", "דנה לוי")
TWIN = Address("tel", "+972505550143", "עומר חדד")
VOTER = Address("tel", "+972505550144", "סבטלנה")
SURFER = Address("tel", "+972505550145", "")
CODE = re.compile(r"\b\d{6}\b")


def call_for_words() -> Contest:
    """Create a contest with proposals and jury now, and the vote later."""
    now = timezone.now()
    return create_contest(
        kind="words",
        titles={"he": "מילה עברית לספוילר"},
        code="70128",
        published=True,
        rounds=[
            Plan("proposals", now - timedelta(days=9), now + timedelta(days=1)),
            Plan("jury", now - timedelta(days=8), now + timedelta(days=1)),
            Plan("vote", now + timedelta(days=2), now + timedelta(days=9), method="one", stands="shortlist"),
        ],
    )


def set_times(contest: Contest, position: int, opens: float, closes: float) -> Round:
    """Move the rounds' dates."""
    now = timezone.now()
    dates = {"opens_at": now + timedelta(days=opens), "closes_at": now + timedelta(days=closes)}
    contest.rounds.filter(position=position).update(**dates)
    return contest.rounds.select_related("contest__action", "action").get(position=position)


def propose(kesher_server: KesherServer, channel: str, who: Address, word: str, *, name: str, expect: str) -> None:
    kesher_server.ask(channel, who, "להציע 70128", "איזו מילה")
    kesher_server.ask(channel, who, word, "איך הגעתם")
    kesher_server.ask(channel, who, "מי שמקלקל לכולם את הסוף", expect)
    kesher_server.ask(channel, who, "1", "איזה שם")
    kesher_server.ask(channel, who, name, name)
    kesher_server.ask(channel, who, "1", "נעדכן אתכם")


def vote_on_the_web(kesher_server: KesherServer, choice: int) -> None:
    """Vote on the page with a code by SMS."""
    page = kesher_server.http.get("/contests/70128/vote/").text
    before = len(kesher_server.providers.sent)
    sent = {"csrfmiddlewaretoken": token_of(page), "choice": str(choice), "address": SURFER.address}
    confirm = kesher_server.http.post("/contests/70128/vote/", data=sent, headers={"referer": kesher_server.url}).text
    found = CODE.search(kesher_server.hears("sms", SURFER, "", before).text)
    assert found is not None
    done = {"csrfmiddlewaretoken": token_of(confirm), "code": found[0]}
    thanks = kesher_server.http.post("/contests/70128/vote/confirm/", data=done, headers={"referer": kesher_server.url})
    assert "תודה. הצבעתם." in thanks.text


def token_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', unescape(page))
    assert found is not None, page[:400]
    return found[1]


def test_a_word_proposed_by_sms_wins_and_its_author_is_informed_by_sms(
    kesher_server: KesherServer, noon: datetime
) -> None:
    contest = call_for_words()
    propose(kesher_server, "sms", COINER, "קלקלן", name="דנה לוי", expect="קלקלן")
    propose(kesher_server, "whatsapp", TWIN, "הקַלְקְלָן", name="עומר חדד", expect="יחד איתם")
    word = Proposal.objects.get(number=1)
    assert Proposal.objects.get(number=2).merged_into == word
    miriam = add_staff(username="miriam", name="מרים אזולאי", password="a-long-password", role="manager")
    for proposed in (word, Proposal.objects.get(number=2)):
        review(proposed, "publish", staff=miriam)
    tell_everybody()
    kesher_server.hears("sms", COINER, "פורסמה")
    other = add_statement(contest, {"he": "סופגל"}, staff=miriam)
    judge(contest, word, other)
    set_times(contest, 1, -9, -0.01)
    set_times(contest, 2, -8, -0.01)
    round = set_times(contest, 3, -0.005, 5)

    kesher_server.ask("sms", VOTER, "להצביע 70128", "קלקלן")
    kesher_server.ask("sms", VOTER, "1", "זו ההצבעה")
    kesher_server.ask("sms", VOTER, "1", "הצבעתם")
    kesher_server.ask("sms", VOTER, "1", "נעדכן אתכם")
    vote_on_the_web(kesher_server, word.number)
    assert set(Ballot.objects.of(round).values_list("channel", "value")) == {("sms", "1"), ("web", "1")}
    until(lambda: drain_deltas() or read_tallies(round.action).get("value", {}).get("1") == 2)

    set_times(contest, 3, -1, -0.001)
    kesher_server.processes["worker"].terminate()
    kesher_server.processes["worker"].wait(20)
    close_due_rounds()
    assert round.again().result["order"][0] == {"number": 1, "votes": 2}
    before = len(kesher_server.providers.sent)
    decide(contest, word, {"he": "קצרה, ברורה ונוחה להטיה"}, staff=miriam)
    tell_everybody()
    for channel, who in (("sms", COINER), ("whatsapp", TWIN)):
        assert "נבחרה" in kesher_server.hears(channel, who, "קלקלן", before).text
    assert "ההחלטה" in kesher_server.hears("sms", VOTER, "קלקלן", before).text
    credits = kesher_server.http.get("/contests/70128/credits/").text
    assert "דנה לוי" in credits
    assert "עומר חדד" in credits


def tell_everybody() -> None:
    """Send now, because the worker may be in quiet hours on this machine."""
    while expand_broadcasts():
        pass


def judge(contest: Contest, word: Proposal, other: Proposal) -> None:
    """One juror scores both, one is recused from the second; both words go to the vote."""
    linguist, writer = add_juror(contest, "ד״ר אלונה שדה"), add_juror(contest, "אורי תבור")
    score(linguist, word, 5, reason="קצרה וברורה")
    score(linguist, other, 3, reason="משעשעת")
    score(writer, word, 4, reason="נשמעת טוב")
    declare_conflict(writer, other, reason="הציע אותה בן דוד שלי")
    shortlist(word, {"he": "קצרה וברורה"}, staff=None)
    shortlist(other, {"he": "משעשעת"}, staff=None)
