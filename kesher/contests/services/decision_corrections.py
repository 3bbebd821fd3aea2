"""Correct a published decision on a contest; the earlier text and the reason stay on the page."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contests.models import Contest, Decision, EarlierDecision, Proposal
from kesher.contests.services.contests import Texts
from kesher.contests.services.results import (
    check_choice,
    differs,
    participants_of,
    reasons_given,
    send_news,
    tell_of_decision,
)
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.language import LANGUAGES


@transaction.atomic
def amend_decision(
    contest: Contest,
    proposal: Proposal | None,
    reasons: Texts,
    why: Texts,
    *,
    staff: Staff | None,
    tell: bool = False,
) -> Decision:
    """Change the proposal or the reasons of a contest's decision, and store the earlier version.

    ``why`` is public. ``tell`` sends the news to everybody who got the decision. Raise Refused.
    """
    words, causes = reasons_given(reasons), {lang: text.strip() for lang, text in why.items() if text.strip()}
    if not causes:
        raise Refused(_("Say why it is corrected: everybody can read it."))
    check_choice(contest, proposal)
    row = Decision.objects.select_for_update().filter(contest=contest).first()  # one correction at a time
    if row is None:
        raise Refused(_("There is no decision yet that could be corrected."))
    chosen = proposal.pk if proposal else None
    if (row.proposal_id, row.reasons) == (chosen, words):
        raise Refused(_("The decision says this already."))
    earlier = EarlierDecision(
        contest=contest, proposal_id=row.proposal_id, reasons=row.reasons, by=row.by, at=row.at, why=causes,
        corrected_by=staff,
    )  # fmt: skip
    earlier.save()
    Proposal.objects.filter(contest=contest, place=1).update(place=None)
    if proposal is not None:
        Proposal.objects.filter(pk=proposal.pk).update(place=1)
    row.proposal_id, row.reasons, row.by, row.at = chosen, words, staff, timezone.now()
    row.differs = differs(contest, proposal)
    if tell:
        news = correction_news(contest, proposal, causes)
        if earlier.proposal_id == chosen:  # the thanks went out before: now all get the same news
            row.broadcast = send_news(contest, "decision", participants_of(contest), news, staff)
        else:
            row.broadcast = tell_of_decision(contest, proposal, news, staff=staff)
    row.save()
    audit("contests.amend_decision", by=staff_actor(staff), subject=contest, before=earlier.proposal_id, after=chosen)
    publish(contest.action.stream)
    return row


def correction_news(contest: Contest, proposal: Proposal | None, why: Texts) -> dict[str, str]:
    """Return {language: message} that the decision was corrected, and why."""
    found = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            names = {"title": contest.title, "text": proposal.text if proposal else _("None of them")}
            lead = _("The decision in “%(title)s” was corrected. It is now: %(text)s.") % names
            found[lang] = "\n".join((lead, contest.words(dict(why)), contest.page_url))
    return found
