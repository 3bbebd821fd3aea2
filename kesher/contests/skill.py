"""What conversations say about proposing, voting and taking back; and the dialogue that opens a contest."""

from __future__ import annotations

import re
from functools import partial

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.contests import services
from kesher.contests.micro_vote_next_question import keys_on_ballot
from kesher.contests.models import Choice, Contest, ProposalCredit, Round
from kesher.contests.presenters import describe_closed_contest, find_contest
from kesher.contests.rules import may_take_back
from kesher.contests.services.proposals import Proposed
from kesher.contests.services.round_close import late_for, too_late
from kesher.contests.services.votes import PIECES, Voted
from kesher.contests.services.withdrawals import proposals_of
from kesher.conversations.services.identity_linkage import find_own_address
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import GO, begin_skill
from kesher.initiatives.forms import ShownNameForm
from kesher.language import digits
from kesher.participation.models import Participation
from kesher.participation.services import find_participation
from kesher.verbs.declaration import Receipt

OFFERED = 8
OPEN_MOST = 3  # contests offered to somebody who names none; a link leads to all
# The number alone, or with a few words around it ("48213 please"); more than that is a sentence, not a code.
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")
Method = Round.Method
OPEN_WORDS = {
    "he": ("תחרות", "תחרויות", "סקר", "סקרים", "תחרות ציבורית"),
    "ar": ("مسابقة", "مسابقات", "استطلاع", "استطلاعات"),
    "ru": ("конкурс", "конкурсы", "опрос", "опросы"),
    "en": ("contest", "contests", "poll", "polls"),
}


def find_published_contest(code: str) -> Contest | None:
    """Return the public contest with this short code, also one that is over, or None."""
    found = CODE.fullmatch(digits(code).strip())
    return find_contest(found[1]) if found is not None else None


def open_verbs_of(contest: Contest) -> list[str]:
    """Return which of "propose" and "vote" people may do in the contest now."""
    return [verb for verb in ("propose", "vote") if services.round_for(contest, verb) is not None]


def offer_contests(turn: Turn, verb: str, question: str) -> Say:
    """Return a message that offers the contests open for this verb as options, newest first.

    For a verb they are the three newest and a link to all; "" offers those with any verb.
    """
    running = list(Contest.objects.running().with_page().order_by("-published_at", "-id")[:50])
    options = []
    for contest in running:
        now = open_verbs_of(contest)
        if verb in now or (now and not verb):
            options.append(Option(f"{GO}contests.{verb or 'open'}:{contest.code}", contest.title))
    if not options:
        return Say(_("Nothing is open for it now."), (Option(f"{GO}menu", _("Menu")),))
    every = ((_("All contests"), absolute(reverse("contests:list"))),)
    return Say(question, tuple(options[: OPEN_MOST if verb else OFFERED]), links=every if verb else ())


def offer_own(turn: Turn, rows: QuerySet[Contest], skill_name: str, question: str, nothing: str) -> Say:
    """Return a message that offers the running ones of these contests; ``nothing`` if there are none."""
    running = Contest.objects.running().filter(pk__in=rows.values("pk"))
    found = running.with_page().order_by("-published_at", "-id")[:OFFERED]
    options = tuple(Option(f"{GO}contests.{skill_name}:{row.code}", row.title) for row in found)
    return Say(question, options) if options else Say(nothing, (Option(f"{GO}menu", _("Menu")),))


def before_opening(turn: Turn, contest: Contest | None) -> Say | None:
    """Return the question which contest to open, if none was named, else None."""
    return offer_contests(turn, "", _("Which one?")) if contest is None else None


@skill(
    "contests.open",
    title=gettext_lazy("Contests and polls"),
    form=StepForm,
    intents=OPEN_WORDS,
    subject=find_published_contest,
    intro=before_opening,
    menu=30,
    icon="star",
    needs_subject=True,
)
def open_contest(turn: Turn, contest: Contest, answers: Answers) -> Say | list[Say]:
    """Begin the contest's only open dialogue, or offer to propose or to vote, or say that it is closed."""
    verbs = open_verbs_of(contest)
    if len(verbs) == 1:
        return begin_skill(REGISTRY[f"contests.{verbs[0]}"], turn, code=contest.code)
    titles = {"propose": _("Propose"), "vote": _("Vote")}
    options = tuple(Option(f"{GO}contests.{verb}:{contest.code}", titles[verb]) for verb in verbs)
    return Say(contest.title, options) if options else describe_closed_contest(contest)


def before_proposing(turn: Turn, contest: Contest | None) -> Say | None:
    """Return a message that introduces the contest. Raise Refused where it takes no proposals now."""
    if contest is None:
        return offer_contests(turn, "propose", _("What do you want to propose for?"))
    if services.round_for(contest, "propose") is None:
        words = _("“%(title)s” takes no proposals now.") % {"title": contest.title}
        raise Refused(words + late_for(contest, "propose"))
    # Where every part of a message costs money, the link replaces the brief.
    brief = "" if turn.capabilities.part else contest.brief[:400]
    text = "\n\n".join(part for part in (contest.title, brief) if part)
    return Say(text, lang=turn.lang, links=((_("More"), contest.page_url),))


def proposal_receipt(done: Proposed) -> Receipt:
    """Return what the proposer gets: the number, and whether others proposed the same."""
    contest = done.proposal.contest
    if done.joined is not None:
        words = _("Others proposed “%(text)s” too, and you are credited with it beside them. Number %(number)s.")
    elif contest.reviewed:
        words = _("Thank you. “%(text)s” is number %(number)s. It will be on the page when we have read it.")
    else:
        words = _("Thank you. “%(text)s” is on the page, number %(number)s.")
    page = ((_("All proposals"), absolute(f"{contest.get_absolute_url()}proposals/")),)
    credit = done.proposal.credits.order_by("id").first()
    stored = _("No name is shown beside it.")
    if credit is not None and credit.name:
        stored = _("Shown beside it: %(name)s.") % {"name": credit.name}
    text = words % {"text": done.shown.text, "number": done.shown.number}
    named = Option(f"{GO}contests.proposer_name:{contest.code}", _("Add my name"))
    news = Option(f"{GO}contests.news:{contest.code}", _("Get news"))
    more = [*([named] if done.own and credit and not credit.name else []), *([news] if done.reachable else [])]
    return Receipt(text=f"{text}\n{stored}", links=page, options=tuple(more))


own_skill = partial(skill, subject=find_published_contest, needs_subject=True, changes_own=True)


@own_skill("contests.proposer_name", title=gettext_lazy("Add my name"), form=ShownNameForm, icon="user")
def add_name(turn: Turn, contest: Contest, answers: Answers) -> Say:
    """Show the person's name beside their newest proposal; without one, change nothing."""
    if not answers["name"]:
        return Say(_("Nothing was changed."))
    credit = services.name_proposer(contest, turn.call, answers["name"])
    news = (Option(f"{GO}contests.news:{contest.code}", _("Get news")),) if turn.assurance >= 1 else ()
    return Say(_("Saved. Shown beside it: %(name)s.") % {"name": credit.name}, news)


@own_skill("contests.news", title=gettext_lazy("Get news"), form=StepForm, icon="megaphone")
def get_news(turn: Turn, contest: Contest, answers: Answers) -> Say:
    """Record that the person wants to hear what becomes of the contest: choosing this is the yes."""
    if turn.identity is None or turn.assurance < 1:
        raise Refused(_("We have no address of yours to write to."))
    services.record_news_consent(turn.identity, turn.door)
    mine = ProposalCredit.objects.filter(proposal__contest=contest, contact__in=turn.contact.family_ids())
    unnamed = mine.order_by("-id").values_list("name", flat=True).first() == ""
    named = (Option(f"{GO}contests.proposer_name:{contest.code}", _("Add my name")),) if unnamed else ()
    return Say(_("Saved. We will tell you what happens to “%(title)s”.") % {"title": contest.title}, named)


def before_voting(turn: Turn, contest: Contest | None) -> Say | None:
    """Return a message that introduces the vote. Raise Refused where none is open, or no change is allowed."""
    if contest is None:
        return offer_contests(turn, "vote", _("Which vote?"))
    round = contest.vote_round
    if round is None or not round.allows("vote"):
        raise Refused(describe_closed_contest(contest).text + too_late(round))
    mine = find_participation(round.action, turn.contact)
    many = round.method in PIECES
    if mine is not None and not many and "change" not in round.verbs:
        words = _("You have voted already. Your receipt: %(receipt)s.")
        raise Refused(words % {"receipt": mine.receipt})
    lines = [contest.title]
    if mine is not None and not many:
        lines.append(_("You have voted already. What you choose now takes its place."))
    if not turn.capabilities.part:
        lines.append(contest.brief[:400])
    if round.results_hidden:
        lines.append(_("Nobody sees the results before the vote is over."))
    if round.anonymous:
        words = choose_wording(
            _(
                "At the end no vote leads to a person, but your words stay in this conversation. "
                "On the page they do not: %(link)s"
            ),
            _("At the end no vote leads to a person, but what you say here is kept. On the page it is not."),
        )
        lines.append(words % {"link": absolute(f"{contest.get_absolute_url()}vote/")})
    return Say("\n\n".join(line for line in lines if line), lang=turn.lang)


def micro_vote_path(contest: Contest | None) -> str:
    """Return the path of the page where opinions or pairs are voted on; "" for other methods.

    Earlier answers do not come along: a link would put one person's answers into another's browser.
    """
    round = contest.vote_round if contest is not None else None
    if contest is None or round is None or round.method not in PIECES:
        return ""
    return f"{contest.get_absolute_url()}{'pairs' if round.method == Method.PAIRWISE else 'opinions'}/"


def find_voter_address(turn: Turn, contest: Contest) -> Address:
    """Return the address to which a code for a vote can go. Raise Refused, with where to vote instead, for none."""
    round = contest.vote_round
    found = find_own_address(turn) if round is not None and round.method not in PIECES else None
    if found is None:
        page = absolute(f"{contest.get_absolute_url()}vote/")
        words = choose_wording(
            _("To vote, write to us from your phone or your e-mail, or vote here: %(link)s"),
            _("That cannot be done in a call. Please vote on our website, or press 0 to talk to a person."),
        )
        raise Refused(words % {"link": page})
    return found


def vote_receipt(done: Voted) -> Receipt:
    """Return what a voter gets: the receipt, and how to change the vote; after small answers, how many there are."""
    round, contest = done.round, done.round.contest
    if round.method in PIECES:
        return answers_receipt(done)
    rows = Choice.objects.filter(ballot=done.ballot).select_related("proposal").order_by("rank", "id")
    names = " · ".join(row.proposal.text for row in rows)
    if done.changed:
        words = _("Your vote was changed. It says: %(names)s. Your receipt: %(receipt)s.")
    elif done.new:
        words = _("Thank you. You have voted: %(names)s. Your receipt: %(receipt)s.")
    else:
        words = _("You had voted so already: %(names)s. Your receipt: %(receipt)s.")
    lines = [words % {"names": names, "receipt": done.receipt}]
    if "change" in round.verbs:
        change = choose_wording(
            _("Until the vote is over you may change it: write vote %(code)s"),
            _("Until the vote is over you may change it: say “vote %(code)s”."),
        )
        lines.append(change % {"code": contest.code})
    if done.news:
        lines.append(_("We will tell you what is decided."))
    news = Option(f"{GO}contests.news:{contest.code}", _("Tell me what is decided"))
    options = (news,) if done.own and not done.news else ()
    return Receipt(text="\n".join(lines), links=((_("The contest's page"), contest.page_url),), options=options)


def answers_receipt(done: Voted) -> Receipt:
    """Return how many statements or pairs somebody has answered, and offer more."""
    if done.ballot is None:
        return Receipt(text=_("You have answered everything. Thank you."))
    words = _("Thank you. You have answered %(count)s so far.") % {"count": len(keys_on_ballot(done.ballot))}
    more = Option(f"{GO}contests.vote:{done.round.contest.code}", _("Go on"))
    return Receipt(text=words, options=(more, Option(f"{GO}menu", _("Menu"))))


def before_taking_back(turn: Turn, contest: Contest | None) -> Say | None:
    """Return a message about the vote to withdraw. Raise Refused without one, or for too weak a proof."""
    if contest is None:
        states = [Participation.State.COUNTED, Participation.State.PENDING]
        voted = Participation.objects.filter(contact__in=turn.contact.family_ids(), state__in=states)
        mine = Contest.objects.filter(rounds__action__in=voted.values("action")).distinct()
        nothing = _("You have voted in nothing that is open now, as far as we know you here.")
        return offer_own(turn, mine, "unvote", _("Which vote?"), nothing)
    round = contest.vote_round
    if round is None or find_participation(round.action, turn.contact) is None:
        raise Refused(_("You have not voted in “%(title)s” from here.") % {"title": contest.title})
    require_level(turn, contest, max(round.level, 1))
    lines = [contest.title]
    if "change" not in round.verbs:
        lines.append(_("In this vote nothing can be changed: whoever takes his vote back cannot vote again."))
    return Say("\n\n".join(lines), lang=turn.lang)


def require_level(turn: Turn, contest: Contest, level: int) -> None:
    """Raise Refused, with a link to a page that sends a code, where the person's proof is below ``level``."""
    if turn.assurance < level:
        page = absolute(f"{contest.get_absolute_url()}back/")
        words = choose_wording(
            _("First show that it is you, with a code that we send: %(link)s"),
            _("That cannot be done in a call: first you show on our website that it is you, with a code."),
        )
        raise Refused(words % {"link": page})


def before_unproposing(turn: Turn, contest: Contest | None) -> Say | None:
    """Raise Refused where this person has no proposal to withdraw; ask which contest, if none is named."""
    if contest is None:
        credits = ProposalCredit.objects.filter(contact__in=turn.contact.family_ids())
        rows = Contest.objects.filter(pk__in=credits.values("proposal__contest"))
        nothing = _("You have proposed nothing that is open now, as far as we know you here.")
        return offer_own(turn, rows, "unpropose", _("Which one?"), nothing)
    mine = proposals_of(contest, turn.contact)
    if not mine:
        raise Refused(_("You have proposed nothing in “%(title)s” from here.") % {"title": contest.title})
    if not may_take_back("proposal", services.round_for(contest, "propose")):
        words = _("This contest takes no proposals any more, so what was proposed stays.")
        raise Refused(words + late_for(contest, "propose"))
    return None
