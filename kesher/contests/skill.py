"""Chat dialogues of contests: propose, vote, withdraw."""

from __future__ import annotations

import re
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity
from kesher.contests import services
from kesher.contests.ballot_codec import parse_key
from kesher.contests.contact_address_forms import withdrawal_words
from kesher.contests.forms.ballots import ALL, ConfirmForm, NoForm, ProposeForm, TakeBackForm, UnproposeForm, VoteForm
from kesher.contests.forms.micro_votes import answers_in, places_in
from kesher.contests.micro_vote_next_question import keys_answered_by
from kesher.contests.models import Contest, Round
from kesher.contests.presenters import describe_closed_contest, render_vote_receipt
from kesher.contests.rules import may_take_back
from kesher.contests.services.round_close import late_for, too_late
from kesher.contests.services.votes import adds_to_ballot
from kesher.contests.services.withdrawals import proposals_of
from kesher.conversations.services.identity_linkage import find_own_address
from kesher.core.errors import Refused
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import GO, begin_skill
from kesher.language import digits
from kesher.participation.services import find_participation

OFFERED = 8
# The number alone, or with a few words around it ("48213 please"); more than that is a sentence, not a code.
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")
Method = Round.Method

OPEN_WORDS = {
    "he": ("תחרות", "תחרויות", "סקר", "סקרים", "תחרות ציבורית"),
    "ar": ("مسابقة", "مسابقات", "استطلاع", "استطلاعات"),
    "ru": ("конкурс", "конкурсы", "опрос", "опросы"),
    "en": ("contest", "contests", "poll", "polls"),
}
PROPOSE_WORDS = {
    "he": ("להציע", "הציעו", "הצעה", "להציע מילה", "להציע שם", "להציע רעיון", "מילה חדשה"),
    "ar": ("اقترح", "اقتراح", "أقترح", "اقتراح كلمة", "كلمة جديدة"),
    "ru": ("предложить", "предложение", "предложить слово", "новое слово"),
    "en": ("propose", "proposal", "suggest", "propose a word", "new word"),
}
VOTE_WORDS = {
    "he": ("להצביע", "הצביעו", "הצבעה", "לבחור", "מצביע"),
    "ar": ("صوّت", "تصويت", "أصوت", "التصويت"),
    "ru": ("голосовать", "проголосовать", "голос", "голосование"),
    "en": ("vote", "voting", "cast a vote"),
}
UNPROPOSE_WORDS = {
    "he": ("לבטל הצעה", "ביטול הצעה", "למשוך הצעה", "לבטל את ההצעה"),
    "ar": ("سحب الاقتراح", "إلغاء الاقتراح", "الغاء الاقتراح"),
    "ru": ("отозвать предложение", "снять предложение"),
    "en": ("unpropose", "withdraw my proposal", "take my proposal back"),
}
TAKE_BACK_WORDS = {
    "he": ("לבטל הצבעה", "ביטול הצבעה", "לבטל את ההצבעה"),
    "ar": ("إلغاء التصويت", "الغاء التصويت", "سحب الصوت"),
    "ru": ("отозвать голос", "снять голос"),
    "en": ("unvote", "take my vote back", "withdraw my vote"),
}


def find_published_contest(code: str) -> Contest | None:
    """Return the public contest with this short code, also one that is over, or None."""
    found = CODE.fullmatch(digits(code).strip())
    if found is None:
        return None
    return Contest.objects.published().with_page().filter(action__code=found[1]).first()


def open_verbs_of(contest: Contest) -> list[str]:
    """Return which of "propose" and "vote" people may do in the contest now."""
    return [verb for verb in ("propose", "vote") if services.round_for(contest, verb) is not None]


def offer_contests(turn: Turn, verb: str, question: str, *, opens: str = "") -> Say:
    """Return a message that offers the contests open for this verb ("" for any) as options.

    What is chosen opens the skill ``opens``, else the one of the verb.
    """
    running = list(Contest.objects.running().with_page().order_by("-published_at", "-id")[:50])
    options = []
    for contest in running:
        now = open_verbs_of(contest)
        if verb in now or (now and not verb):
            options.append(Option(f"{GO}contests.{opens or verb or 'open'}:{contest.code}", contest.title))
    if not options:
        return Say(_("Nothing is open for it now."), (Option(f"{GO}menu", _("Menu")),))
    return Say(question, tuple(options[:OFFERED]))


def before_opening(turn: Turn, contest: Contest | None) -> Say | None:
    """Return the question which contest to open, if none was named, else None."""
    return offer_contests(turn, "", _("Which one?")) if contest is None else None


@skill(
    "contests.open",
    title=gettext_lazy("Contests and polls"),
    form=NoForm,
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


@skill(
    "contests.propose",
    table_row="propose",
    title=gettext_lazy("Propose a word, a name or an idea"),
    form=ProposeForm,
    intents=PROPOSE_WORDS,
    subject=find_published_contest,
    intro=before_proposing,
    icon="lightbulb",
    needs_subject=True,
)
def propose(turn: Turn, contest: Contest, answers: Answers) -> Say:
    """Submit the proposal from a conversation; return the message with its number."""
    identity = any_identity(turn)
    if identity is None:
        raise Refused(_("To propose, write to us from your phone, or use the contest's page."))
    found = services.submit_proposal(
        contest,
        talk_call(turn, identity),
        text=answers["text"],
        meaning=answers.get("meaning") or "",
        picture=answers.get("picture"),
        name=answers.get("name") or "",
        updates=bool(answers.get("updates")),
    )
    page = ((_("All proposals"), absolute(f"{contest.get_absolute_url()}proposals/")),)
    if found.joined is not None:
        words = _("Others proposed “%(text)s” too, and you are credited with it beside them. Number %(number)s.")
    elif contest.reviewed:
        words = _("Thank you. “%(text)s” is number %(number)s. It will be on the page when we have read it.")
    else:
        words = _("Thank you. “%(text)s” is on the page, number %(number)s.")
    return Say(words % {"text": found.shown.text, "number": found.shown.number}, links=page)


def any_identity(turn: Turn) -> Identity | None:
    """Return the identity that a person writes from; on a web page, their best proved one."""
    return turn.identity or turn.contact.identities.order_by("-assurance", "id").first()


def before_voting(turn: Turn, contest: Contest | None) -> Say | None:
    """Return a message that introduces the vote. Raise Refused where none is open, or no change is allowed."""
    if contest is None:
        return offer_contests(turn, "vote", _("Which vote?"))
    round = services.vote_round(contest)
    if round is None or not round.allows("vote"):
        raise Refused(describe_closed_contest(contest).text + too_late(round))
    mine = find_participation(round.action, turn.contact)
    many = round.method in (Method.PAIRWISE, Method.OPINION)
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
        words = _(
            "At the end no vote leads to a person, but your words stay in this conversation. On the page they do not: "
            "%(link)s"
        )
        lines.append(words % {"link": absolute(f"{contest.get_absolute_url()}vote/")})
    return Say("\n\n".join(line for line in lines if line), lang=turn.lang)


def micro_vote_path(contest: Contest | None) -> str:
    """Return the path of the page where opinions or pairs are voted on; "" for other methods.

    Earlier answers do not come along: a link would put one person's answers into another's browser.
    """
    round = services.vote_round(contest) if contest is not None else None
    if contest is None or round is None or round.method not in (Method.PAIRWISE, Method.OPINION):
        return ""
    return f"{contest.get_absolute_url()}{'pairs' if round.method == Method.PAIRWISE else 'opinions'}/"


@skill(
    "contests.vote",
    table_row="vote",
    title=gettext_lazy("Vote"),
    form=VoteForm,
    intents=VOTE_WORDS,
    subject=find_published_contest,
    intro=before_voting,
    icon="check-circle",
    needs_subject=True,
    page=micro_vote_path,
)
def vote(turn: Turn, contest: Contest, answers: Answers) -> Say | list[Say]:
    """Cast the vote of an address that the channel proves; else send a code and ask for it."""
    round = open_round(contest)
    if round.method in (Method.PAIRWISE, Method.OPINION):
        return vote_in_pieces(turn, round, answers)
    numbers = [*(answers.get("numbers") or [int(answers["choice"])]), *places_in(answers)]
    updates, call = bool(answers.get("updates")), talk_call(turn, turn.identity)
    if turn.identity is None or turn.assurance < round.level:
        address = answers.get("address") or find_own_address(turn)
        if address is None:
            raise Refused(vote_elsewhere(contest))
        call = replace(call, identity=None, address=address)
    done = services.cast_vote(round, call, numbers=numbers, updates=updates, add=adds_to_ballot(round))
    if done.ballot is None:
        return ask_vote_code(turn, contest, done.identity, numbers, updates=updates)
    return render_vote_receipt(round, done)


def talk_call(turn: Turn, identity: Identity | None) -> Call:
    """Return a Call for a conversation, with its channel, language and level of proof."""
    return Call(door=turn.door, lang=turn.lang, identity=identity, level=turn.assurance)


def vote_elsewhere(contest: Contest) -> str:
    """Return the message where to vote, to a person whose address cannot be proved on this channel."""
    page = absolute(f"{contest.get_absolute_url()}vote/")
    return _("To vote, write to us from your phone or your e-mail, or vote here: %(link)s") % {"link": page}


def open_round(contest: Contest) -> Round:
    """Return the contest's round that people vote in now. Raise Refused where there is none."""
    round = services.vote_round(contest)
    if round is None or not round.allows("vote"):
        raise Refused(_("This vote is not open now.") + too_late(round))
    return round


def vote_in_pieces(turn: Turn, round: Round, answers: Answers) -> Say:
    """Store the answers to statements or pairs; return a message that offers more questions."""
    if turn.identity is None or turn.assurance < round.level:
        raise Refused(vote_elsewhere(round.contest))
    given = answers_in(answers)
    if not given:
        return Say(_("You have answered all there is. Thank you."))
    services.cast_vote(round, talk_call(turn, turn.identity), answers=given)
    more = Option(f"{GO}contests.vote:{round.contest.code}", _("Go on"))
    words = _("Thank you. You have answered %(count)s so far.") % {"count": len(keys_answered_by(round, turn.contact))}
    return Say(words, (more, Option(f"{GO}menu", _("Menu"))))


def ask_vote_code(
    turn: Turn, contest: Contest, identity: Identity, numbers: list[int], *, updates: bool, lead: str = ""
) -> list[Say]:
    """Return messages that ask for the code of a vote, which may be typed or opened as a link."""
    told_where = _(
        "We sent a code and a link to %(address)s. Write the code here, or open the link: then you have voted."
    )
    text = lead or told_where % {"address": mask_address(identity.scheme, identity.address)}
    known = {
        "address": identity.address,
        "numbers": " ".join(map(str, numbers)),
        "updates": "on" if updates else "",
    }
    asked = begin_skill(REGISTRY["contests.confirm"], turn, code=contest.code, answers=known)
    # A page cannot ask further: the link completes the vote, or the code where it arrived.
    return [Say(text, lang=turn.lang), *(asked if turn.identity is not None else [])]


@skill(
    "contests.confirm",
    title=gettext_lazy("Confirm my vote"),
    form=ConfirmForm,
    subject=find_published_contest,
    commits=False,
)
def confirm(turn: Turn, contest: Contest, answers: Answers) -> Say | list[Say]:
    """Count the waiting vote by the typed code; ask again for a wrong one.

    It must not raise for a wrong code: the try would be rolled back and not counted.
    """
    identity = find_identity(answers["address"])
    assert identity is not None  # it was known when the code went out
    round = services.round_of_newest_code(contest, identity) or open_round(contest)
    numbers, updates = answers["numbers"], bool(answers.get("updates"))
    call = Call(door=turn.door, lang=turn.lang, identity=identity)
    try:
        done = services.cast_vote(
            round, call, numbers=numbers, updates=updates, add=adds_to_ballot(round), code=answers["code"]
        )
    except Refused as refusal:
        if refusal.code != "code":
            return Say(refusal.message)
        return ask_vote_code(turn, contest, identity, numbers, updates=updates, lead=refusal.message)
    return render_vote_receipt(round, done)


def before_taking_back(turn: Turn, contest: Contest | None) -> Say | None:
    """Return a message about the vote to withdraw. Raise Refused without one, or for too weak a proof."""
    if contest is None:
        return offer_contests(turn, "vote", _("Which vote?"), opens="unvote")
    round = services.vote_round(contest)
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
        raise Refused(_("First show that it is you, with a code that we send: %(link)s") % {"link": page})


@skill(
    "contests.unvote",
    title=gettext_lazy("Take my vote back"),
    form=TakeBackForm,
    intents=TAKE_BACK_WORDS,
    subject=find_published_contest,
    intro=before_taking_back,
    icon="undo",
    needs_subject=True,
)
def take_back(turn: Turn, contest: Contest, answers: Answers) -> Say:
    """Withdraw the person's vote, or the chosen part of it; return the message that confirms it."""
    round, key, call = open_round(contest), parse_key(answers.get("which", ALL)), talk_call(turn, turn.identity)
    if key is None:
        services.withdraw_vote(round, call)
        return Say(_("Your vote in “%(title)s” was taken back.") % {"title": contest.title})
    services.withdraw_vote(round, call, keys={key})
    return Say(_("Taken back. The rest of your vote in “%(title)s” stands.") % {"title": contest.title})


def before_unproposing(turn: Turn, contest: Contest | None) -> Say | None:
    """Raise Refused where this person has no proposal to withdraw; ask which contest, if none is named."""
    if contest is None:
        return offer_contests(turn, "propose", _("Which one?"), opens="unpropose")
    mine = proposals_of(contest, turn.contact)
    if not mine:
        raise Refused(_("You have proposed nothing in “%(title)s” from here.") % {"title": contest.title})
    if not may_take_back("proposal", services.round_for(contest, "propose")):
        words = _("This contest takes no proposals any more, so what was proposed stays.")
        raise Refused(words + late_for(contest, "propose"))
    return None


@skill(
    "contests.unpropose",
    title=gettext_lazy("Take my proposal back"),
    form=UnproposeForm,
    intents=UNPROPOSE_WORDS,
    subject=find_published_contest,
    intro=before_unproposing,
    icon="undo",
    needs_subject=True,
)
def unpropose(turn: Turn, contest: Contest, answers: Answers) -> Say:
    """Withdraw the person's chosen proposal; return the message that confirms it."""
    mine = proposals_of(contest, turn.contact)
    row = next((row for row in mine if str(row.number) == answers["proposal"]), None)
    if row is None:
        raise Refused(_("There is nothing of yours to take back here."))
    gone = services.withdraw_proposal(row, talk_call(turn, any_identity(turn)))
    return Say(withdrawal_words(gone) % {"text": row.text})
