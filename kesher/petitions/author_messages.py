"""Texts of the messages to a petition's author: what happened to it, and what they can do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.templatetags.ui import deadline, number
from kesher.petitions.models import Milestone, Petition
from kesher.petitions.models.policy import proof_of
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.rules import may_rewrite
from kesher.verbs.declaration import Receipt


def author_message(petition: Petition, step: str, milestone: Milestone | None = None, note: str = "") -> str:
    """Return the message to a petition's author about a step (publish, reject, reached …); "" if there is none."""
    facts = {"title": petition.title, "code": petition.code}
    if milestone is not None:
        return milestone_message(petition, step, milestone)
    match step:
        case "gather":
            return supporters_wanted(petition)
        case "submit":
            words = _("“%(title)s” is with us for review. You hear from us by %(day)s, and need do nothing until then.")
            return words % {**facts, "day": deadline(petition.review_due)}
        case "ask_changes":
            words = _("Before “%(title)s” can be published, please change this: %(asked)s")
            return f"{words % {**facts, 'asked': petition.asked}}\n{words_to_change(petition)}"
        case "publish":
            words = _(
                "“%(title)s” is published. Its number is %(code)s: whoever writes “sign %(code)s” to us signs it. "
                "It is open until %(day)s. Now pass it on."
            )
            return words % {**facts, "day": deadline(petition.closes_at)}
        case "reject" | "take_down":
            return refusal_message(petition, step)
        case "lapse":
            return _("“%(title)s” found too few supporters in time. You may start it again whenever you like.") % facts
        case "close":
            words = _("“%(title)s” is closed and takes no more signatures. What was signed stays counted.") % facts
            return "\n".join(part for part in (words, petition.closed_note) if part)
        case "reopen":
            return _("“%(title)s” is open again.") % facts
        case "response":
            return _("We have answered “%(title)s”: %(answer)s") % {**facts, "answer": petition.answer}
        case "update_published":
            return _("Your news about “%(title)s” is on its page, and on its way to those who signed.") % facts
        case "update_refused":
            words = _("Your news about “%(title)s” were not published: %(note)s You may write them anew.")
            return words % {**facts, "note": note}
    return ""


def start_receipt(petition: Petition) -> Receipt:
    """Return what the author of a new petition gets: its number, what comes next, its page and their own."""
    step = "gather" if petition.moderation == Petition.Moderation.GATHERING else "submit"
    private = petition.author_url
    links = ((_("Its page, to pass on"), petition.page_url), (_("Your own page: keep it"), private))
    return Receipt(text=author_message(petition, step), links=links, secrets=(private,))


def started_data(petition: Petition) -> dict[str, Any]:
    """Return, as JSON data, where a new petition stands, and its author's own page."""
    data = {"id": int(petition.code), "state": petition.moderation, "supporters_needed": petition.supporters}
    return data | {"links": {"author": petition.author_url}}


def state_message(petition: Petition) -> str:
    """Return the message to the author on the state (review, changes, refused …) of an unpublished petition."""
    step = {"submitted": "submit", "changes": "ask_changes", "rejected": "reject", "lapsed": "lapse"}
    return author_message(petition, step.get(petition.moderation, ""))


def meanwhile(petition: Petition) -> str:
    """Return the text for people who have a petition's number while it is in review, or after it lapsed.

    Its words are left out, because nobody has checked them yet.
    """
    facts = {"code": petition.code, "day": deadline(petition.review_due)}
    if petition.moderation == Petition.Moderation.LAPSED:
        return _("Petition %(code)s found too few supporters in time. It takes no more signatures.") % facts
    if petition.moderation == Petition.Moderation.SUBMITTED and not petition.is_overdue:
        words = _(
            "Petition %(code)s has found its first supporters, and now we read it. By %(day)s we decide whether it is "
            "published; nobody can sign it until then. What was signed stays counted."
        )
        return words % facts
    if petition.moderation == Petition.Moderation.CHANGES:
        words = _(
            "We read petition %(code)s and asked its author for changes. Nobody can sign it until it is published. "
            "What was signed stays counted."
        )
        return words % facts
    words = _(
        "Petition %(code)s has found its first supporters, and now we read it. Nobody can sign it until it is "
        "published. What was signed stays counted."
    )
    return words % facts


def words_to_change(petition: Petition) -> str:
    """Return the sentence that says what to write in a conversation to change the petition.

    The words after the colon wake the skill.
    """
    return _("To change it here, write: change petition %(code)s") % {"code": petition.code}


def supporters_wanted(petition: Petition) -> str:
    """Return the message on how many supporters must sign before the review, until when, and how to find them."""
    first = _("Your petition “%(title)s” is number %(code)s.") % {"title": petition.title, "code": petition.code}
    wanted = ngettext(
        "%(count)s supporter must sign before we review it.",
        "%(count)s supporters must sign before we review it.",
        petition.supporters,
    ) % {"count": petition.supporters}
    how = _("Pass this on: %(words)s, or its page. You have until %(day)s.") % {
        "words": _("write to us “sign %(code)s”") % {"code": petition.code},
        "day": deadline(petition.gather_until),
    }
    return f"{first}\n{wanted}\n{how}"


def refusal_message(petition: Petition, step: str) -> str:
    """Return the message on why a petition was refused: the reason, the moderator's words, what to do instead."""
    reason, other = reason_of(petition.reason), petition.same_as
    if step == "take_down":
        head = _("“%(title)s” was taken off the site.") % {"title": petition.title}
    else:
        head = _("“%(title)s” will not be published.") % {"title": petition.title}
    parts = [
        head,
        *([str(reason.text)] if reason else []),
        petition.reason_note,
        *([str(reason.advice)] if reason else []),
        *([f"“{other.title}”: {other.page_url}"] if other else []),
        *([words_to_change(petition)] if may_rewrite(petition) else []),
    ]
    return "\n".join(part for part in parts if part)


def milestone_message(petition: Petition, step: str, milestone: Milestone) -> str:
    """Return the message that a threshold was reached or lost, or that its promise was fulfilled."""
    count = f"{number(milestone.count)} {proof_of(milestone.level)}".strip()
    facts = {"title": petition.title, "count": count, "promise": milestone.title}
    if step == "reached":
        words = _("“%(title)s” has reached %(count)s signatures. What follows: %(promise)s, by %(day)s.")
        return words % {**facts, "day": deadline(milestone.due_at)}
    if step == "lost":
        words = _("“%(title)s” is below %(count)s signatures again, because some no longer count.")
        return words % facts
    return (
        _("“%(title)s”: what was promised at %(count)s signatures was done. Read on its page what came of it.") % facts
    )
